"""Figures of sales as the chart island draws them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from anello.kit.money import EURO


def series(name: str, arc: str, values: Sequence[Decimal]) -> dict[str, Any]:
    """One colour of bars; `arc` names the colour."""
    return {"name": name, "arc": arc, "values": [float(value) for value in values]}


def bars(labels: Sequence[str], *shown: dict[str, Any], horizontal: bool = False) -> dict[str, Any]:
    """Bars in euro, as the chart island draws them."""
    return {
        "type": "bar",
        "labels": list(labels),
        "series": list(shown),
        "format": {"style": "currency", "currency": EURO},
        "horizontal": horizontal,
    }
