"""How often the model is right: among pairs that people decided, with a lower bound, by how probable they were."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

from anello.intelligence.identity.models import APART, MERGED, UNDONE

EDGES = (50.0, 80.0, 95.0, 99.0, 100.0)
"""Bands of probability, in percent; the last one includes its end."""
SURE = 0.95


@dataclass(frozen=True)
class Band:
    """Pairs from `low` to below `high` percent: `right` are one person, `wrong` are two; `open` wait to be decided."""

    low: float
    high: float
    right: int = 0
    wrong: int = 0
    open: int = 0

    @property
    def decided(self) -> int:
        return self.right + self.wrong

    @property
    def precision(self) -> float | None:
        """The share that is one person; None before anybody decided."""
        return self.right / self.decided if self.decided else None

    @property
    def bound(self) -> float:
        """What the share is at least, with 95 %."""
        return at_least(self.right, self.decided)


def bands(counted: Iterable[tuple[float, str, int]], edges: tuple[float, ...] = EDGES) -> list[Band]:
    """Bands of (probability in percent, state, how many), the likeliest first."""
    found = {low: {"right": 0, "wrong": 0, "open": 0} for low in edges[:-1]}
    kinds = {MERGED: "right", APART: "wrong", UNDONE: "wrong", "proposed": "open"}
    for probability, state, count in counted:
        low = max((edge for edge in edges[:-1] if edge <= probability), default=None)
        if low is not None and state in kinds:
            found[low][kinds[state]] += count
    highs = dict(itertools.pairwise(edges))
    return [Band(low, highs[low], **counts) for low, counts in reversed(found.items())]


def at_least(right: int, decided: int, sure: float = SURE) -> float:
    """The lower bound of a share, one-sided: the exact interval of Clopper & Pearson (1934), *Biometrika* 26.

    The smallest share under which `right` or more of `decided` would be seen with a probability of 1 - `sure`; 0 when
    nothing was right or nothing decided. It never promises too much, however few there are.
    """
    from scipy.special import betaincinv  # takes a while to import, and few ask

    return float(betaincinv(right, decided - right + 1, 1 - sure)) if right else 0.0


def needed(precision: float, sure: float = SURE) -> int:
    """How many pairs must have been decided, all rightly, for the bound to reach a precision below 1."""
    return math.ceil(round(math.log(1 - sure) / math.log(precision), 9))
