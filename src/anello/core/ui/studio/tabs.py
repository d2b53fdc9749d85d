"""The tabs of a module in Studio."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from anello.core.modules import Module
from anello.core.studio import shape
from anello.kit.text import L


@dataclass(frozen=True)
class Tab:
    """`view` is the name of a view of `/studio/{slug}/…`."""

    name: str
    label: L
    view: str


TABS = [
    Tab("fields", L("Campi", "Fields"), "ui:studio_module"),
    Tab("layout", L("Disposizione", "Layout"), "ui:layout"),
]


def tabs(module: Module, current: str) -> list[tuple[L, str, bool]]:
    """(label, address, whether it is the one that is open)."""
    shown = TABS if module in shape.open_modules() else TABS[:1]
    return [(tab.label, reverse(tab.view, args=[module.slug]), tab.name == current) for tab in shown]
