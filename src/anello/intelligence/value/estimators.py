"""What is estimated: each kind of model says how it is fitted and scores; jobs and the command line go through all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from anello.intelligence.value.cards import Card

Fit = Callable[[str, dt.date | None], Card]
Score = Callable[[str, dt.date | None], int]


@dataclass(frozen=True)
class Estimator:
    """`fit(of, until)` learns and checks; `score(of, as_of)` writes and returns how many changed."""

    kind: str
    of: tuple[str, ...]
    fit: Fit
    score: Score


_estimators: dict[str, Estimator] = {}


def register(kind: str, of: tuple[str, ...], fit: Fit, score: Score) -> None:
    """Make a kind of model known; the order of registering is that of working."""
    if kind in _estimators:
        raise ValueError(f"estimator {kind} is registered twice")
    _estimators[kind] = Estimator(kind, of, fit, score)


def chosen(kind: str = "", of: str = "") -> Iterator[tuple[Estimator, str]]:
    """Every (estimator, of whom), or only those asked for."""
    for estimator in _estimators.values():
        for whom in estimator.of:
            if kind in ("", estimator.kind) and of in ("", whom):
                yield estimator, whom
