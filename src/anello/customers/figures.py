"""Figures about customers that areas bring: registered here, shown on the 360° page, read by nobody else.

>>> @figure("open_value", L("Opportunità aperte", "Open opportunities"), kind="money")
... def open_value(actor, module, ids): return {17: Decimal("1200.00")}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from anello.core.policies import Actor
from anello.kit.text import L

Source = Callable[[Actor, str, Sequence[int]], Mapping[int, Any]]
Kind = Literal["money", "number", "date", "text"]


@dataclass(frozen=True)
class Figure:
    """A fact about a customer: `source(actor, module, ids)` gives {id: value} for `person` or `organisation`.

    It counts only what the actor may see; a customer without a value is left out. `date` values are moments or days.
    """

    name: str
    label: L
    source: Source
    kind: Kind = "number"
    order: int = 100


_figures: dict[str, Figure] = {}


def figure(name: str, label: L, *, kind: Kind = "number", order: int = 100) -> Callable[[Source], Source]:
    """Register `f(actor, module, ids) -> {id: value}`."""

    def register(function: Source) -> Source:
        if name in _figures:
            raise ValueError(f"figure {name} is registered twice")
        _figures[name] = Figure(name, label, function, kind, order)
        return function

    return register


def registered() -> list[Figure]:
    return sorted(_figures.values(), key=lambda one: (one.order, one.name))


def of_customer(actor: Actor, module: str, pk: int) -> list[tuple[Figure, Any]]:
    """Every figure of one customer that has a value."""
    found = [(one, one.source(actor, module, [pk]).get(pk)) for one in registered()]
    return [(one, value) for one, value in found if value is not None]
