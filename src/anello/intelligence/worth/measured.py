"""What the loop has measured, in the calculator's terms: whoever measures lift registers it here.

>>> @measurements
... def lift(actor): return [Measured("churn", 0.02, 0.05, 0.08, L("3 politiche, 12.400 clienti", "3 policies…"))]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from anello.core.policies import Actor
from anello.intelligence.worth.inputs import Inputs, Lever
from anello.kit.text import L


@dataclass(frozen=True)
class Measured:
    """A measured relative change of one lever, with its 95 % interval and what it was measured on."""

    lever: Literal["acquisition", "churn", "cross_sell", "serve"]
    low: float
    likely: float
    high: float
    source: L


Source = Callable[[Actor], Sequence[Measured]]
_sources: list[Source] = []


def measurements(function: Source) -> Source:
    """Register `f(actor) -> [Measured]`: what may be shown to that actor."""
    _sources.append(function)
    return function


def measured(actor: Actor) -> list[Measured]:
    """At most one measurement a lever: the one with the narrowest interval."""
    best: dict[str, Measured] = {}
    for source in _sources:
        for one in source(actor):
            known = best.get(one.lever)
            if known is None or one.high - one.low < known.high - known.low:
                best[one.lever] = one
    return list(best.values())


def recalibrated(inputs: Inputs, found: Sequence[Measured]) -> Inputs:
    """The same case with measured levers in place of guesses."""
    levers: dict[str, Lever] = {one.lever: Lever(low=one.low, likely=one.likely, high=one.high) for one in found}
    return inputs.model_copy(update={"levers": inputs.levers.model_copy(update=levers)})
