"""Whether a probability of 0.3 comes true three times in ten, and making it so.

Sources: Brier (1950), Monthly Weather Review 78(1); Platt (1999), Probabilistic Outputs for Support Vector Machines;
Wilson (1927), JASA 22(158) for the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anello.intelligence.numerics.arrays import Floats, floats
from anello.intelligence.numerics.lift import Interval, wilson


def brier(probability: ArrayLike, happened: ArrayLike) -> float:
    """Mean squared distance of forecast and outcome: 0 is perfect, lower is better."""
    return float(np.mean((floats(probability) - floats(happened)) ** 2))


@dataclass(frozen=True)
class Bin:
    """Customers of about one forecast: how many, what was said on average, what happened (with its interval)."""

    count: int
    said: float
    happened: Interval


def reliability(probability: ArrayLike, happened: ArrayLike, bins: int = 10) -> list[Bin]:
    """The reliability curve in bins of about equal size; equal forecasts stay in one bin."""
    said, true = floats(probability), floats(happened)
    if not len(said):
        return []
    edges = np.unique(np.quantile(said, np.linspace(0, 1, bins + 1)[1:-1]))
    which = np.searchsorted(edges, said, side="right")
    return [
        Bin(int(inside.sum()), float(said[inside].mean()), wilson(int(true[inside].sum()), int(inside.sum())))
        for n in range(len(edges) + 1)
        if (inside := which == n).any()
    ]


@dataclass(frozen=True)
class Platt:
    """probability = 1 / (1 + e^−(slope · score + offset))."""

    slope: float
    offset: float

    def __call__(self, scores: ArrayLike) -> Floats:
        from scipy.special import expit

        return expit(self.slope * floats(scores) + self.offset)


def platt(scores: ArrayLike, happened: ArrayLike) -> Platt:
    """Slope and offset for scores in log-odds; for few examples. Targets are smoothed as Platt does."""
    from scipy.optimize import minimize
    from scipy.special import expit

    x, y = floats(scores), np.asarray(happened, dtype=bool)
    yes, no = int(y.sum()), int((~y).sum())
    target = np.where(y, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] * x + at[1]
        wrong = expit(z) - target
        return float(np.mean(np.logaddexp(0, z) - target * z)), np.array([np.mean(wrong * x), np.mean(wrong)])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS")
    return Platt(float(found.x[0]), float(found.x[1]))
