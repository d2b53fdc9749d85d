"""When customers buy again, and when they silently leave: the BG/NBD model.

While active a customer buys at random with rate λ; after each purchase they leave for good with probability p; λ is
gamma(r, α) and p beta(a, b) among customers. History of a customer: `x` repeat purchases, the last at `tx`, observed
until `T`, all since their first purchase and in one unit of time.

Source: Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2) 275–284; equation
numbers below are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anello.intelligence.numerics import CannotFit
from anello.intelligence.numerics.arrays import Floats, floats
from anello.intelligence.numerics.optimum import REACH, covariance, maximise

CUSTOMERS, REPEATERS = 100, 30
"""Fewer customers, or fewer who bought again, do not determine four parameters."""
ROUGH = 20_000
"""Groups of a sample on which the starts compete."""
NODES = 64
NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True)
class Histories:
    """Customers as arrays of one length: `x` (count ≥ 0), `tx` and `T` (time, 0 ≤ tx ≤ T), `weight` (alike ones)."""

    x: Floats
    tx: Floats
    T: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def counts(self) -> tuple[Floats, Floats]:
        """The different x, and how many customers have each: gamma functions depend on nothing else."""
        different, which = np.unique(self.x, return_inverse=True)
        return different, floats(np.bincount(which, weights=self.weight))

    def part(self, chosen: NDArray[np.intp] | slice) -> Histories:
        return Histories(self.x[chosen], self.tx[chosen], self.T[chosen], self.weight[chosen])


def histories(x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Histories:
    """Customers with the same history as one row with their number. ValueError for what is no history."""
    rows = np.column_stack([floats(column) for column in (x, tx, T)])
    bad = (rows[:, 0] < 0) | (rows[:, 1] < 0) | (rows[:, 1] > rows[:, 2]) | ((rows[:, 0] > 0) != (rows[:, 1] > 0))
    if bad.any() or not np.isfinite(rows).all():
        raise ValueError(f"{int(bad.sum())} histories are none: 0 ≤ tx ≤ T, and tx > 0 exactly where x > 0")
    order = np.lexsort(rows.T)
    rows = rows[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    weight = np.diff(np.append(starts, len(rows))).astype(np.float64)
    kept = rows[starts]
    return Histories(kept[:, 0].copy(), kept[:, 1].copy(), kept[:, 2].copy(), weight)


@dataclass(frozen=True)
class BGNBD:
    """Parameters, and what follows from them; arrays broadcast. Times are in the unit of the fit."""

    r: float
    alpha: float
    a: float
    b: float
    covariance: Floats | None = None
    """4 × 4, of the logarithms of (r, α, a, b)."""
    log_likelihood: float = float("nan")
    customers: int = 0

    @property
    def values(self) -> Floats:
        return np.array([self.r, self.alpha, self.a, self.b])

    def errors(self) -> dict[str, float]:
        """Standard errors of r, α, a, b (delta method)."""
        if self.covariance is None:
            return {}
        return dict(zip(NAMES, (self.values * np.sqrt(np.diag(self.covariance))).tolist(), strict=True))

    def drawn(self, generator: np.random.Generator, count: int) -> list[BGNBD]:
        """Parameter sets as uncertain as the fit: log-normal around it."""
        if self.covariance is None:
            return [self] * count
        draws = np.exp(generator.multivariate_normal(np.log(self.values), self.covariance, size=count))
        return [BGNBD(*row) for row in draws.tolist()]

    def alive(self, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
        """Probability that the customer is still active at T; 1 before the first repeat purchase."""
        x, tx, T = (floats(v) for v in (x, tx, T))
        odds = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        odds = odds + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + tx))
        return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)

    def expected(self, t: ArrayLike, x: ArrayLike = 0, tx: ArrayLike = 0, T: ArrayLike = 0) -> Floats:
        """Expected purchases in (T, T+t], given the history (10); without one, of a new customer (9)."""
        return self.alive(x, tx, T) * self.expected_alive(t, x, T)

    def expected_alive(self, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
        """The same of a customer known to be active at T.

        With λ integrated out, E = ∫ (1 − (1 + p·t/(α+T))^−(r+x)) / p over p ~ beta(a, b+x): the integrand is smooth, so
        that Gauss–Jacobi nodes give (10) without its ₂F₁, which overflows, and without its poles at a = 1, a + b = 1.
        """
        t, x, T = np.broadcast_arrays(floats(t), floats(x), floats(T))
        made = np.empty(x.shape)
        for count in np.unique(x).tolist():
            here = x == count
            p, weight = _beta_nodes(self.a, self.b + count)
            share = np.multiply.outer(t[here] / (self.alpha + T[here]), p)
            made[here] = (-np.expm1(-(self.r + count) * np.log1p(share)) / p) @ weight
        return made

    def probabilities(self, t: float, most: int) -> Floats:
        """P(X(t) = 0 … most) of a new customer after time t (8)."""
        from scipy.special import betaln, gammaln

        n = np.arange(most + 1)
        share = np.log(t) - np.log(self.alpha + t)
        nbd = np.exp(
            gammaln(self.r + n) - gammaln(self.r) - gammaln(n + 1) + n * share
            + self.r * (np.log(self.alpha) - np.log(self.alpha + t))
        )  # fmt: skip
        stayed = np.exp(betaln(self.a, self.b + n) - betaln(self.a, self.b)) * nbd
        left = np.zeros(most + 1)
        left[1:] = np.exp(betaln(self.a + 1, self.b + n[1:] - 1) - betaln(self.a, self.b))
        left[1:] *= 1 - np.cumsum(nbd)[:-1]
        return stayed + left


def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Points and weights for the mean of a function of a beta(a, b) variable (Golub & Welsch 1969)."""
    from scipy.linalg import eigh_tridiagonal

    alpha, beta, k = b - 1, a - 1, np.arange(1, NODES)
    middle = 2 * k + alpha + beta
    diagonal = np.append((beta - alpha) / (alpha + beta + 2), (beta**2 - alpha**2) / (middle * (middle + 2)))
    beside = 4 * k * (k + alpha) * (k + beta) / middle**2 / (middle + 1)
    # At k = 1 this factor is 1, also where it reads 0/0.
    beside[1:] *= (k[1:] + alpha + beta) / (middle[1:] - 1)
    roots, vectors = eigh_tridiagonal(diagonal, np.sqrt(beside))
    return np.maximum((roots + 1) / 2, 1e-12), vectors[0] ** 2


def negative_log_likelihood(log_parameters: Floats, known: Histories) -> tuple[float, Floats]:
    """Mean over customers of −ln L (3), and its gradient in the log-parameters."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = np.exp(log_parameters)
    x, total, (counts, many) = known.x, known.weight.sum(), known.counts
    long, short = alpha + known.T, alpha + known.tx
    log_long, ratio = np.log(long), np.log(long / short)
    buys = r + x
    returning = b + np.maximum(x, 1) - 1
    # Odds of having left (A4 over A3), and their probability; x = 0 cannot have left.
    odds = np.where(x > 0, np.exp(np.minimum(np.log(a / returning) + buys * ratio, 700)), 0.0)
    gone = odds / (1 + odds)
    by_count = gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
    by_count += gammaln(a + b) + gammaln(b + counts) - gammaln(b) - gammaln(a + b + counts)
    value = many @ by_count + known.weight @ (np.log1p(odds) - buys * log_long)

    gone *= known.weight
    d_r = many @ (psi(r + counts) - psi(r) + np.log(alpha)) - known.weight @ log_long + gone @ ratio
    d_alpha = total * r / alpha - known.weight @ (buys / long) - gone @ (buys * (1 / short - 1 / long))
    d_a = many @ (psi(a + b) - psi(a + b + counts)) + gone.sum() / a
    d_b = many @ (psi(a + b) + psi(b + counts) - psi(b) - psi(a + b + counts)) - gone @ (1 / returning)
    slopes = np.array([d_r, d_alpha, d_a, d_b])
    return -float(value / total), -slopes * np.array([r, alpha, a, b]) / total


def fit(known: Histories) -> BGNBD:
    """Maximum likelihood from several starts. CannotFit where customers are too few or do not determine the model."""
    customers, repeaters = known.weight.sum(), known.weight[known.x > 0].sum()
    if customers < CUSTOMERS:
        raise CannotFit("few_customers", found=customers, needed=CUSTOMERS)
    if repeaters < REPEATERS:
        raise CannotFit("few_repeats", found=repeaters, needed=REPEATERS)
    if not (known.T > 0).any():
        raise CannotFit("no_time")
    unit = float(np.average(known.T, weights=known.weight))
    pace = float(known.weight @ known.x / (known.weight @ known.T))
    starts = [(r, r / pace, a, b) for r, a, b in ((0.3, 0.8, 2.5), (1.0, 1.0, 5.0), (3.0, 0.3, 10.0))]
    starts.append((0.5, unit / 4, 0.5, 1.0))
    rough = None
    if len(known) > ROUGH:
        sample = known.part(np.random.default_rng(1).choice(len(known), ROUGH, replace=False))
        rough = lambda at: negative_log_likelihood(at, sample)  # noqa: E731
    full = lambda at: negative_log_likelihood(at, known)  # noqa: E731
    top = maximise(full, starts, rough)
    model = BGNBD(*np.exp(top).tolist())
    if model.a / (model.a + model.b) < 1e-3:
        raise CannotFit("no_dropout", leaving=model.a / (model.a + model.b))
    if top[0] > REACH - 0.1 or (top[0] > 6 and top[1] > 6):
        raise CannotFit("alike", r=model.r)
    if (np.abs(top) > REACH - 0.1).any():
        raise CannotFit("not_unique")
    value = full(top)[0]
    return replace(
        model,
        covariance=covariance(full, top, customers),
        log_likelihood=float(-value * customers),
        customers=int(customers),
    )
