"""Whether targeting by uplift pays.

Sources: Radcliffe (2007), Using Control Groups to Target on Predicted Lift, Direct Marketing Analytics Journal 1;
Efron & Tibshirani (1993), ch. 13 (percentile bootstrap).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anello.intelligence.numerics.arrays import Floats, floats
from anello.intelligence.numerics.lift import LEVEL, Interval


@dataclass(frozen=True)
class Qini:
    """Incremental outcomes when the most promising come first: `gain` per customer after each `share` of them; the
    `coefficient` is the area between this curve and treating at random, with its bootstrap interval."""

    share: list[float]
    gain: list[float]
    coefficient: Interval
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)


POINTS = 21


def qini(
    score: ArrayLike,
    treated: ArrayLike,
    outcome: ArrayLike,
    *,
    level: float = LEVEL,
    samples: int = 400,
    seed: int = 1,
) -> Qini:
    """Of a randomised treatment: does the score find those whom it moves? Where the interval spans zero it does not."""
    score, outcome = floats(score), floats(outcome)
    treated = np.asarray(treated, dtype=bool)
    if not treated.any() or treated.all():
        raise ValueError("a Qini curve needs treated customers and a control group")
    # Equal scores in random order: the file's order must not help.
    generator = np.random.default_rng(seed)
    order = np.lexsort((generator.random(len(score)), -score))
    treated, outcome = treated[order], outcome[order]
    curve = _gains(treated, outcome, np.ones(len(score)))
    draws = []
    for _ in range(samples):
        weight = np.bincount(generator.integers(len(score), size=len(score)), minlength=len(score))
        if (weight * treated).any() and (weight * ~treated).any():
            draws.append(_gains(treated, outcome, weight.astype(np.float64)))
    tails = ((1 - level) / 2, (1 + level) / 2)
    low, high = np.quantile(np.array(draws), tails, axis=0)
    bottom, top = np.quantile([_area(one) for one in draws], tails)
    grid = np.linspace(0, 1, POINTS)
    return Qini(
        grid.tolist(),
        curve.tolist(),
        Interval(_area(curve), float(bottom), float(top)),
        low.tolist(),
        high.tolist(),
    )


def _gains(treated: NDArray[np.bool_], outcome: Floats, weight: Floats) -> Floats:
    """Incremental outcomes per customer, of the treated over the control scaled to their number, on the grid."""
    of_treated, of_control = np.cumsum(weight * treated), np.cumsum(weight * ~treated)
    gained = np.cumsum(weight * treated * outcome)
    anyway = np.cumsum(weight * ~treated * outcome)
    scale = np.divide(of_treated, of_control, out=np.zeros_like(of_treated), where=of_control > 0)
    reached = np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
    gain = np.concatenate([[0.0], gained - anyway * scale]) / of_treated[-1]
    return np.interp(np.linspace(0, 1, POINTS), reached, gain)


def _area(curve: Floats) -> float:
    """Between the curve and the straight line to its end."""
    return float(np.trapezoid(curve, dx=1 / (POINTS - 1)) - curve[-1] / 2)
