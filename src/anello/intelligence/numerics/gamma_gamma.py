"""What customers spend per purchase: the gamma-gamma model.

Amounts of a customer are gamma(p, ν), and ν is gamma(q, γ) among customers; how often somebody buys is assumed to say
nothing of how much (`correlation` checks it). History: `x` purchases of `mean` amount.

Source: Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, brucehardie.com/notes/025, equations (1a), (5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from anello.intelligence.numerics import CannotFit
from anello.intelligence.numerics.arrays import Floats, floats
from anello.intelligence.numerics.optimum import REACH, covariance, maximise

BUYERS = 50
NAMES = ("p", "q", "gamma")


@dataclass(frozen=True)
class GammaGamma:
    """Parameters, and what follows from them. `excluded` counts customers whose amounts were zero or less."""

    p: float
    q: float
    gamma: float
    covariance: Floats | None = None
    """3 × 3, of the logarithms of (p, q, γ)."""
    log_likelihood: float = float("nan")
    customers: int = 0
    excluded: int = 0
    correlation: float = float("nan")
    """Pearson's, of count and mean amount: the model assumes about none."""

    @property
    def values(self) -> Floats:
        return np.array([self.p, self.q, self.gamma])

    def errors(self) -> dict[str, float]:
        """Standard errors of p, q, γ (delta method)."""
        if self.covariance is None:
            return {}
        return dict(zip(NAMES, (self.values * np.sqrt(np.diag(self.covariance))).tolist(), strict=True))

    def drawn(self, generator: np.random.Generator, count: int) -> list[GammaGamma]:
        """Parameter sets as uncertain as the fit: log-normal around it."""
        if self.covariance is None:
            return [self] * count
        draws = np.exp(generator.multivariate_normal(np.log(self.values), self.covariance, size=count))
        return [GammaGamma(*row) for row in draws.tolist()]

    def population_mean(self) -> float:
        """Expected amount of a customer of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1)

    def expected(self, x: ArrayLike, mean: ArrayLike) -> Floats:
        """Expected amount of the next purchases: between the customer's own mean and everybody's."""
        x, mean = floats(x), floats(mean)
        known = np.where((x > 0) & (mean > 0), x, 0)
        return self.p * (self.gamma + known * np.where(known > 0, mean, 0)) / (self.p * known + self.q - 1)


class Amounts:
    """What the likelihood needs of the customers, worked out once."""

    def __init__(self, x: Floats, mean: Floats) -> None:
        self.x, self.total = x, x * mean
        self.logs = float(x @ np.log(self.total))
        self.of_means = float(np.log(mean).sum())
        self.counts, which = np.unique(x, return_inverse=True)
        self.many = np.bincount(which).astype(np.float64)


def negative_log_likelihood(log_parameters: Floats, known: Amounts) -> tuple[float, Floats]:
    """Mean over customers of −ln L (1a), and its gradient in the log-parameters."""
    from scipy.special import gammaln, psi

    p, q, gamma = np.exp(log_parameters)
    x, counts, many, size = known.x, known.counts, known.many, len(known.x)
    whole = gamma + known.total
    spread = np.log(whole)
    of_spread, of_x_spread = spread.sum(), x @ spread
    value = many @ (gammaln(p * counts + q) - gammaln(p * counts) - gammaln(q) + q * np.log(gamma))
    value += p * known.logs - known.of_means - p * of_x_spread - q * of_spread
    d_p = many @ (counts * (psi(p * counts + q) - psi(p * counts))) + known.logs - of_x_spread
    d_q = many @ (psi(p * counts + q) - psi(q) + np.log(gamma)) - of_spread
    d_gamma = size * q / gamma - ((p * x + q) / whole).sum()
    slopes = np.array([d_p, d_q, d_gamma])
    return -float(value) / size, -slopes * np.array([p, q, gamma]) / size


def fit(x: ArrayLike, mean: ArrayLike) -> GammaGamma:
    """Maximum likelihood over customers with x > 0; those whose mean is not positive are left out and counted."""
    x, mean = floats(x), floats(mean)
    bought = x > 0
    good = bought & (mean > 0) & np.isfinite(mean)
    excluded = int((bought & ~good).sum())
    x, mean = x[good], mean[good]
    if len(x) < BUYERS:
        raise CannotFit("few_repeats", found=len(x), needed=BUYERS)
    if np.ptp(mean) < 1e-9 * mean.mean():
        raise CannotFit("one_value", value=float(mean[0]))
    # In units of the mean amount, so that cents and millions start alike; γ alone carries the unit.
    unit = float(mean.mean())
    amounts = Amounts(x, mean / unit)
    objective = lambda at: negative_log_likelihood(at, amounts)  # noqa: E731
    top = maximise(objective, [(6.0, 4.0, 0.5), (2.0, 2.0, 1.0), (1.0, 10.0, 5.0)])
    p, q, gamma = np.exp(top).tolist()
    if q <= 1:
        raise CannotFit("no_mean", q=q)
    if (np.abs(top) > REACH - 0.1).any():
        raise CannotFit("not_unique")
    correlation = float(np.corrcoef(x, mean)[0, 1]) if np.ptp(x) else 0.0
    value = objective(top)[0] + np.log(unit)
    return GammaGamma(
        p, q, gamma * unit, covariance(objective, top, len(x)), float(-value * len(x)), len(x), excluded, correlation
    )
