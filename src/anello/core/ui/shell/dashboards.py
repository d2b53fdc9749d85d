"""Ready-made dashboards: what an area declares about its own records, for reports to draw.

>>> dashboard("sales", L("Vendite", "Sales"), "opportunity", [
...     Figure(L("Vinte per mese", "Won by month"), {"module": "opportunity", "rows": ["closed_at@month"], …})])

In an app's `dashboards.py`, which is imported at start. A figure is a report's definition as data
(`intelligence.reports.definitions`), so that no area knows who draws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anello.core.policies import Actor, can
from anello.kit.text import L


@dataclass(frozen=True)
class Figure:
    """One report of a dashboard; `wide` takes the whole width."""

    label: L
    definition: Mapping[str, Any]
    wide: bool = False


@dataclass(frozen=True)
class Dashboard:
    """For those who see the module; each with the figures of what they may see."""

    name: str
    label: L
    module: str
    figures: Sequence[Figure]


_declared: dict[str, Dashboard] = {}


def dashboard(name: str, label: L, module: str, figures: Sequence[Figure]) -> None:
    """Declare a dashboard."""
    _declared[name] = Dashboard(name, label, module, tuple(figures))


def dashboards(actor: Actor) -> list[Dashboard]:
    """Those that are there for the actor."""
    return [one for one in _declared.values() if can(actor, one.module)]


def named(name: str) -> Dashboard | None:
    """The dashboard of that name, whoever asks."""
    return _declared.get(name)
