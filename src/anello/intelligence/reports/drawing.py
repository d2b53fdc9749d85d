"""The table as the chart island draws it: one chart per currency."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from anello.intelligence.reports.pivot import Block, Line, Pivot, gaps, say

MOST_SERIES = 8
MOST_BARS = 40
ARCS = ("outcome", "data", "decisions", "activities")


def charts(made: Pivot) -> list[tuple[str, dict[str, Any]]]:
    """(currency, what the island draws) of every block; none for a table, or where there is nothing to compare."""
    asked = made.question
    if asked.definition.chart in ("table", "number") or not asked.rows:
        return []
    return [(block.currency, _chart(made, block)) for block in made.blocks if len(block.lines) > 1]


def _chart(made: Pivot, block: Block) -> dict[str, Any]:
    asked = made.question
    kind, first = asked.definition.chart, asked.measures[0]
    lines: list[Line | None] = [line for line in block.lines if line.depth == 1]
    labels = [line.label for line in lines if line]
    dimension = asked.rows[0]
    unit: Any = dimension.unit
    if unit and not asked.definition.sort:
        by_day = {line.key[0]: line for line in lines if line and line.key[0] is not None}
        days = gaps(unit, list(by_day))
        rest = [line for line in lines if line and line.key[0] is None]
        lines = [*(by_day.get(day) for day in days), *rest]
        labels = [*(say(dimension, day) for day in days), *(line.label for line in rest)]
    else:
        lines, labels = lines[:MOST_BARS], labels[:MOST_BARS]
    wide = len(asked.measures)
    # Columns are drawn by the first measure; without columns, every measure in the same unit is.
    if asked.columns:
        series = _by_column(made, block, lines)
    else:
        alike = [(m, i) for i, m in enumerate(asked.measures) if m.money == first.money]
        series = [
            {"name": m.label, "values": [_number(line, i, m.additive) for line in lines]}
            for m, i in (alike[:1] if kind == "funnel" else alike)
        ]
    series = [{**one, **_colour(i)} for i, one in enumerate(series)]
    money = {"style": "currency", "currency": block.currency}
    total = (len(made.across) - 1) * wide
    return {
        "type": {"stacked": "bar"}.get(kind, kind),
        "labels": labels,
        "series": series,
        "stacked": kind == "stacked",
        # Names need room to the side; days go from left to right.
        "horizontal": kind in ("bar", "stacked") and not unit,
        "format": money if first.money else {},
        "links": [line.pick or line.cells[total].url if line else "" for line in lines],
        # On a dashboard a bar narrows what is seen: the page stays where it is.
        "stay": made.picking is not None,
    }


def _by_column(made: Pivot, block: Block, lines: list[Line | None]) -> list[dict[str, Any]]:
    """A series for each column, by the first measure; where there are many, the largest and all others together."""
    first, wide = made.measures[0], len(made.measures)
    heads = made.heads[:-1]
    places = [i * wide for i in range(len(heads))]
    total = block.lines[-1]
    shown = set(places)
    together = len(places) > MOST_SERIES
    if together:
        # What does not add up has no others: the table holds them.
        kept = MOST_SERIES - 1 if first.sums else MOST_SERIES
        shown = set(sorted(places, key=lambda at: -abs(_number(total, at, additive=True) or 0))[:kept])
    found = [
        {"name": head, "values": [_number(line, at, first.additive) for line in lines]}
        for head, at in zip(heads, places, strict=True)
        if at in shown
    ]
    if together and first.sums:
        rest = [at for at in places if at not in shown]
        sums = [sum(_number(line, at, additive=True) or 0 for at in rest) for line in lines]
        found.append({"name": _("%(number)d others") % {"number": len(rest)}, "values": sums})
    return found


def _colour(i: int) -> dict[str, str]:
    """The arcs' colours, then their darker shades."""
    shade = {"shade": "text"} if i // len(ARCS) % 2 else {}
    return {"arc": ARCS[i % len(ARCS)], **shade}


def _number(line: Line | None, index: int, additive: bool) -> float | None:
    value = line.cells[index].value if line else 0 if additive else None
    return None if value is None else float(value)
