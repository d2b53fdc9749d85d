"""The figures as they are read: lines with subtotals, columns, and the way from each to its records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from django.urls import reverse
from django.utils.translation import gettext as _

from anello.core.modules import Boolean, Choice, Link, Percent, get
from anello.core.search.records import titles_of
from anello.core.ui import formats
from anello.core.ui.lists.state import compact
from anello.intelligence.reports.definitions import joined
from anello.intelligence.reports.engine import Figures, Key, Question
from anello.intelligence.reports.semantics import Dimension, Measure
from anello.kit.money import babel_locale
from anello.kit.periods import Unit, period

Picking = Callable[[Dimension, Any], str]


@dataclass(frozen=True)
class Cell:
    """A figure: as a number, as it is read, and the list of its records (empty where there are none)."""

    value: Any
    text: str
    url: str


@dataclass(frozen=True)
class Line:
    """A row of the table; `depth` 0 is the total, 1 the first of the dimensions."""

    depth: int
    label: str
    cells: list[Cell]
    key: Key = ()
    pick: str = ""
    """The dashboard with only this line of the first dimension."""


@dataclass(frozen=True)
class Block:
    """The lines of one currency; their total last."""

    currency: str
    lines: list[Line]
    left_out: int
    """How many of the first dimension's groups the limit leaves out."""


@dataclass(frozen=True)
class Pivot:
    """The whole table. `heads` are the columns' groups, each as wide as there are measures."""

    figures: Figures
    labels: dict[tuple[str, Any], str]
    heads: list[str] = field(default_factory=list)
    across: list[Key | None] = field(default_factory=list)
    picking: Picking | None = None
    blocks: list[Block] = field(default_factory=list)

    @property
    def question(self) -> Question:
        return self.figures.question

    @property
    def measures(self) -> Sequence[Measure]:
        return self.question.measures

    def label(self, dimension: Dimension, value: Any) -> str:
        return self.labels[dimension.key, value]

    @property
    def nested(self) -> bool:
        """Whether lines have others below them."""
        return len(self.question.rows) > 1


def pivot(figures: Figures, picking: Picking | None = None) -> Pivot:
    """The table of some figures; `picking` makes the address by which a dashboard shows one line only."""
    asked = figures.question
    made = Pivot(figures, _labels(figures), picking=picking)
    if asked.columns:
        found = {across for _currency, _row, across in figures.values if across is not None}
        keys = sorted(found, key=lambda key: _natural(asked.columns[0], key[0]))
        made.across.extend(keys)
        made.heads.extend(made.label(asked.columns[0], key[0]) for key in keys)
    made.across.append(None)
    made.heads.append(_("Total") if asked.columns else "")
    for currency in figures.currencies:
        lines, left_out = _lines(made, currency)
        made.blocks.append(Block(currency, [*lines, _line(made, currency, ())], left_out))
    return made


def _lines(made: Pivot, currency: str) -> tuple[list[Line], int]:
    below: dict[Key, list[Key]] = {}
    for money, row, across in made.figures.values:
        if money == currency and across is None and row:
            below.setdefault(row[:-1], []).append(row)
    found: list[Line] = []

    def walk(parent: Key) -> None:
        keys = sort_keys(made.figures, currency, below.get(parent, []))
        for key in keys if parent else keys[: made.question.definition.limit]:
            found.append(_line(made, currency, key))
            walk(key)

    walk(())
    return found, max(0, len(below.get((), [])) - made.question.definition.limit)


def sort_keys(figures: Figures, currency: str, keys: Sequence[Key]) -> list[Key]:
    """Groups of one level in the order asked for; else dates as they go, other groups by the first measure."""
    asked = figures.question
    if not keys:
        return []
    dimension = asked.rows[len(keys[0]) - 1]
    ordered = sorted(keys, key=lambda key: _natural(dimension, key[-1]))
    wanted = asked.definition.sort
    if not wanted and (dimension.unit or _placed(dimension)):
        return ordered
    name = wanted.removeprefix("-") or asked.measures[0].key
    index = next(i for i, m in enumerate(asked.measures) if m.key == name)
    descending = wanted.startswith("-") or not wanted

    def weight(key: Key) -> Any:
        value = figures.values[currency, key, None][index]
        return (value is None, 0 if value is None else -value if descending else value)

    return sorted(ordered, key=weight)


def _placed(d: Dimension) -> bool:
    """Whether its values have an order of their own: those of a funnel do."""
    return isinstance(d.field, Choice)


def _natural(d: Dimension, value: Any) -> tuple[bool, Any]:
    """Nothing comes last."""
    if value is None:
        return (True, 0)
    if isinstance(d.field, Choice):
        places = [option.value for option in d.field.options]
        return (False, (places.index(value) if value in places else len(places), value))
    return (False, value)


def _line(made: Pivot, currency: str, key: Key) -> Line:
    asked = made.question
    cells = []
    for across in made.across:
        values = made.figures.values.get((currency, key, across))
        url = drill(asked, key, across, currency if len(made.figures.currencies) > 1 else "") if values else ""
        for i, m in enumerate(asked.measures):
            value = values[i] if values else 0 if m.additive else None
            cells.append(Cell(value, show(m, value, currency), url))
    label = made.label(asked.rows[len(key) - 1], key[-1]) if key else _("Total")
    pick = made.picking(asked.rows[0], key[0]) if made.picking and len(key) == 1 else ""
    return Line(len(key), label, cells, key, pick)


def show(m: Measure, value: Any, currency: str) -> str:
    """A figure as the reader writes it."""
    if value is None:
        return "–"
    if m.money:
        return formats.money(Decimal(str(value)), currency)
    shown = formats.number(round(value, 2) if isinstance(value, float) else value)
    return f"{shown}%" if isinstance(m.field, Percent) else shown


def _labels(figures: Figures) -> dict[tuple[str, Any], str]:
    asked = figures.question
    values: dict[str, set[Any]] = {}
    for _currency, row, across in figures.values:
        for d, value in [*zip(asked.rows, row, strict=False), *zip(asked.columns, across or (), strict=False)]:
            values.setdefault(d.key, set()).add(value)
    found: dict[tuple[str, Any], str] = {}
    for d in [*asked.rows, *asked.columns]:
        seen = values.get(d.key, set())
        titles: dict[Any, str] = {}
        if isinstance(d.field, Link):
            named = titles_of(asked.actor, get(d.field.to), [v for v in seen if v is not None])
            titles = {pk: title for (_module, pk), title in named.items()}
        found |= {(d.key, v): titles.get(v) or say(d, v) for v in seen}
    return found


def say(d: Dimension, value: Any) -> str:
    """A value of a dimension in words."""
    if value is None:
        return _("None")
    if d.unit:
        return _say_period(d.unit, value)
    if isinstance(d.field, Link):
        # It was there at the last load.
        return f"#{value}"
    if isinstance(d.field, Choice | Boolean):
        return d.field.display(value, formats.locale()[:2])
    return str(value)


def _say_period(unit: str, day: dt.date) -> str:
    known = babel_locale(formats.locale())
    patterns = {"month": "LLL y", "quarter": "QQQ y", "year": "y"}
    if unit in patterns:
        return format_date(day, patterns[unit], locale=known)
    return formats.day(day) if unit == "day" else _("week of %(day)s") % {"day": formats.day(day)}


def drill(asked: Question, row: Key, across: Key | None, currency: str = "") -> str:
    """The list of the records behind a figure, by the equivalent filter."""
    pairs = [*zip(asked.rows, row, strict=False), *zip(asked.columns, across or (), strict=False)]
    conditions = [condition(d, value) for d, value in pairs]
    if currency and asked.currency:
        conditions.append(condition(asked.currency, currency))
    tree = joined(asked.filter, *conditions)
    address = reverse("ui:list", args=[asked.module.slug])
    return f"{address}?{urlencode({'view': 'all', 'filter': compact(tree)})}"


def condition(d: Dimension, value: Any) -> dict[str, Any]:
    """The filter that finds the records of one value of a dimension."""
    if value is None:
        if d.link is None:
            # A link to what one may not see is, for the reader, none.
            op = "has_no" if isinstance(d.field, Link) and get(d.field.to).is_record else "empty"
            return {"field": d.path, "op": op}
        return {"any": [{"field": d.link.name, "op": "has_no"}, {"field": d.path, "op": "empty"}]}
    if d.unit:
        unit: Any = d.unit
        days = period(unit, value)
        last = days.end - dt.timedelta(days=1)
        return {"field": d.path, "op": "between", "value": [days.start.isoformat(), last.isoformat()]}
    if isinstance(d.field, Boolean):
        return {"field": d.path, "op": "is", "value": value}
    return {"field": d.path, "op": "in", "value": [value]}


def gaps(unit: Unit, days: Sequence[dt.date], most: int = 400) -> list[dt.date]:
    """Every period from the first to the last of `days`, so that a chart does not hide the empty ones."""
    if not days:
        return []
    found: list[dt.date] = []
    day, last = min(days), max(days)
    while day <= last and len(found) < most:
        found.append(day)
        day = period(unit, day, 1).start
    return found if day > last else sorted(days)
