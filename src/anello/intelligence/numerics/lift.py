"""What a treatment changed: differences with intervals, and power. Plain numbers, without numpy.

Sources: Wilson (1927), JASA 22(158); Newcombe (1998), Statistics in Medicine 17, 873–890, method 10; Welch (1947),
Biometrika 34; Katz et al. (1978), Biometrics 34, 469–474 (ratio of proportions); Fleiss, Levin & Paik (2003), ch. 4
(power).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEVEL = 0.95
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Interval:
    """An estimate between its bounds, which may be infinite."""

    value: float
    low: float
    high: float

    @property
    def spans_zero(self) -> bool:
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Sample:
    """What is known of a group's outcomes: how many, their mean and variance (n − 1)."""

    count: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: ArrayLike) -> Sample:
        from anello.intelligence.numerics.arrays import floats

        values = floats(values)
        return cls(
            len(values),
            float(values.mean()) if len(values) else math.nan,
            float(values.var(ddof=1)) if len(values) > 1 else math.nan,
        )


def _z(level: float) -> float:
    return _NORMAL.inv_cdf((1 + level) / 2)


def wilson(successes: int, count: int, level: float = LEVEL) -> Interval:
    """A proportion; of nothing it may be anything."""
    if not 0 <= successes <= count:
        raise ValueError(f"{successes} of {count}")
    if count == 0:
        return Interval(math.nan, 0.0, 1.0)
    z, share = _z(level), successes / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def difference_of_proportions(treated: tuple[int, int], control: tuple[int, int], level: float = LEVEL) -> Interval:
    """(successes, count) of each: treated − control, by Newcombe's hybrid score interval."""
    one, other = wilson(*treated, level), wilson(*control, level)
    if not treated[1] or not control[1]:
        return Interval(math.nan, -1.0, 1.0)
    change = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    return Interval(change, max(-1.0, change - down), min(1.0, change + up))


def ratio_of_proportions(treated: tuple[int, int], control: tuple[int, int], level: float = LEVEL) -> Interval:
    """Treated / control, on the logarithm (Katz); half a success is added where one has none."""
    a, n, c, m = (*treated, *control)
    if not n or not m or (not a and not c):
        return Interval(math.nan, 0.0, math.inf)
    value = (a / n) / (c / m) if c else math.inf
    never = (not a, not c)
    if any(never):
        a, c, n, m = a + 0.5, c + 0.5, n + 0.5, m + 0.5  # type: ignore[assignment]
    middle = math.log((a / n) / (c / m))
    half = _z(level) * math.sqrt(max(0.0, 1 / a - 1 / n + 1 / c - 1 / m))
    low, high = math.exp(middle - half), math.exp(middle + half)
    return Interval(value, 0.0 if never[0] else low, math.inf if never[1] else high)


def difference_of_means(treated: Sample, control: Sample, level: float = LEVEL) -> Interval:
    """Treated − control, by Welch: the groups may differ in size and in variance."""
    # Not scipy.stats, which takes a web process seconds to import.
    from scipy.special import stdtrit

    if treated.count < 2 or control.count < 2:
        return Interval(treated.mean - control.mean, -math.inf, math.inf)
    one, other = treated.variance / treated.count, control.variance / control.count
    change, error = treated.mean - control.mean, math.sqrt(one + other)
    if error == 0:
        return Interval(change, change, change)
    freedom = (one + other) ** 2 / (one**2 / (treated.count - 1) + other**2 / (control.count - 1))
    half = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Interval(change, change - half, change + half)


def growth(change: Interval, *, power: float = 0.8, level: float = LEVEL) -> float:
    """How many times as large the groups must be to show a difference like `change` with that power; infinite for none.

    An interval narrows with the root of the sizes, and must be so narrow that the difference lies z(level) + z(power)
    standard errors from zero (Fleiss, Levin & Paik, ch. 4).
    """
    if not change.value or not math.isfinite(change.low + change.high):
        return math.inf
    error = (change.high - change.low) / 2 / _z(level)
    return ((_z(level) + _NORMAL.inv_cdf(power)) * error / change.value) ** 2


def power(base: float, effect: float, treated: int, control: int, level: float = LEVEL) -> float:
    """The probability that groups of these sizes show such a difference."""
    other, ratio = base + effect, control / treated
    pooled = (other + ratio * base) / (1 + ratio)
    wide = _z(level) * math.sqrt((1 / treated + 1 / control) * pooled * (1 - pooled))
    narrow = math.sqrt(other * (1 - other) / treated + base * (1 - base) / control)
    return _NORMAL.cdf((abs(effect) - wide) / narrow) if narrow else float(abs(effect) > wide)
