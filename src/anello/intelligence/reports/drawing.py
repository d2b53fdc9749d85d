"""The table as the chart island draws it: one chart per currency."""

from __future__ import annotations

from typing import Any

from anello.intelligence.reports.pivot import Block, Line, Pivot, gaps, say

MOST_SERIES = 8
ARCS = ("outcome", "data", "decisions", "activities")


def charts(made: Pivot) -> list[tuple[str, dict[str, Any]]]:
    """(currency, what the island draws) of every block; none for a table, or where there is nothing to compare."""
    asked = made.question
    if asked.definition.chart == "table" or not asked.rows:
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
    wide = len(asked.measures)
    # Columns are drawn by the first measure; without columns, every measure in the same unit is.
    if asked.columns:
        drawn = [(head, i * wide) for i, head in enumerate(made.heads[:-1])][:MOST_SERIES]
    else:
        alike = [(m.label, i) for i, m in enumerate(asked.measures) if m.money == first.money]
        drawn = alike[:1] if kind == "funnel" else alike
    series = [
        {
            "name": name,
            "arc": ARCS[i % len(ARCS)],
            "values": [_number(line, index, first.additive) for line in lines],
        }
        for i, (name, index) in enumerate(drawn)
    ]
    money = {"style": "currency", "currency": block.currency}
    total = (len(made.across) - 1) * wide
    return {
        "type": {"stacked": "bar"}.get(kind, kind),
        "labels": labels,
        "series": series,
        "stacked": kind == "stacked",
        "horizontal": kind == "bar" and not unit and not asked.columns,
        "format": money if first.money else {},
        "links": [line.cells[total].url if line else "" for line in lines],
    }


def _number(line: Line | None, index: int, additive: bool) -> float | None:
    value = line.cells[index].value if line else 0 if additive else None
    return None if value is None else float(value)
