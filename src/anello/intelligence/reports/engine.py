"""A report, asked of the warehouse with the rights of whoever reads it.

What the reader may see, and what the filter finds, is a queryset that the warehouse translates; the figures are one
statement over it, with a grouping set for every level of subtotals. Records that the reader may not see count neither
themselves nor as what others link to. Amounts of different currencies are never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from anello import warehouse
from anello.core.actions import Invalid
from anello.core.modules import DateTime, Link, Module, get
from anello.core.policies import Actor, visible
from anello.core.search import compile_filter
from anello.intelligence.reports.definitions import Definition, joined
from anello.intelligence.reports.semantics import Dimension, Measure, Semantics, semantics
from anello.kit.text import L

MOST_GROUPS = 20_000
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """A definition that holds for its reader."""

    definition: Definition
    semantics: Semantics
    measures: tuple[Measure, ...]
    rows: tuple[Dimension, ...]
    columns: tuple[Dimension, ...]
    currency: Dimension | None
    """Which currency the amounts are in; None where there are no amounts, or all are in euro."""
    filter: dict[str, Any]
    """The definition's filter with its period."""

    @property
    def module(self) -> Module:
        return self.semantics.module

    @property
    def actor(self) -> Actor:
        return self.semantics.actor


@dataclass(frozen=True)
class Figures:
    """{(currency, key of the rows' first dimensions, key of the columns or None for all of them): figures}."""

    question: Question
    values: dict[tuple[str, Key, Key | None], tuple[Any, ...]]

    @property
    def currencies(self) -> list[str]:
        """Those that occur, the one with most records first."""
        return list(dict.fromkeys(currency for currency, _row, _column in self.values))


def question(actor: Actor, definition: Definition) -> Question:
    """Invalid says what of the definition there is not, for this reader."""
    known = semantics(actor, definition.module)
    measures = tuple(known.measure(key) for key in dict.fromkeys(definition.metrics))
    rows = tuple(known.dimension(key) for key in dict.fromkeys(definition.rows))
    columns = tuple(known.dimension(key, "columns") for key in dict.fromkeys(definition.columns))
    if definition.sort and definition.sort.removeprefix("-") not in {m.key for m in measures}:
        raise Invalid({"sort": [L("Ordina per una delle misure.", "Sort by one of the measures.")]})
    tree = dict(definition.filter)
    if definition.period:
        if definition.by not in known.times:
            raise Invalid({"by": [L("Scegli la data a cui si riferisce il periodo.", "Choose the period's date.")]})
        tree = joined(tree, {"field": definition.by, "op": "period", "value": definition.period})
    compile_filter(actor, known.module, tree)
    currency = known.currency if any(m.money for m in measures) else None
    return Question(definition, known, measures, rows, columns, currency, tree)


def ask(asked: Question) -> Figures:
    """The figures; Invalid when there are too many to be read, WarehouseError when there is no answer."""
    table = warehouse.sql(statement(asked)).to_pylist()
    if len(table) > MOST_GROUPS:
        words = L("Troppe righe: raggruppa di più o filtra.", "Too many rows: group more coarsely, or filter.")
        raise Invalid({"rows": [words]})
    depth, width, total = len(asked.rows), len(asked.columns), len(asked.rows) + len(asked.columns)
    values: dict[tuple[str, Key, Key | None], tuple[Any, ...]] = {}
    for row in sorted(table, key=lambda row: (-row["records"], row["currency"])):
        if not row["records"]:
            continue
        level = row["level"]
        # Each bit that is set stands for a dimension gathered into a total; the first dimension has the highest.
        kept = [not level >> (total - 1 - i) & 1 for i in range(total)]
        key = tuple(row[f"d{i}"] for i in range(depth) if kept[i])
        across = tuple(row[f"d{i}"] for i in range(depth, total)) if width and kept[depth] else None
        values[row["currency"], key, across] = tuple(row[f"m{i}"] for i in range(len(asked.measures)))
    return Figures(asked, values)


def statement(asked: Question) -> str:
    """The report as DuckDB's SQL."""
    module, actor = asked.module, asked.actor
    dimensions = [*asked.rows, *asked.columns]
    followed: dict[str, Link] = {}
    fetched: dict[str, set[str]] = {}
    own = {"pk"}
    for d in [*dimensions, *([asked.currency] if asked.currency else [])]:
        link = d.link or (d.field if isinstance(d.field, Link) else None)
        if link is not None:
            followed[link.name] = link
            fetched.setdefault(link.name, set()).update({d.field.attribute} if d.link else set())
        else:
            own.add(d.field.attribute)
    for m in asked.measures:
        if isinstance(m.field, Link):
            followed[m.field.name] = m.field
            fetched.setdefault(m.field.name, set())
        elif m.field is not None:
            own.add(m.field.attribute)
    own |= {link.attribute for link in followed.values()}
    records = module.model._default_manager.filter(visible(actor, module))
    records = records.filter(compile_filter(actor, module, asked.filter))
    parts, joins = [f"base AS ({_rows(records, own)})"], []
    for name, link in followed.items():
        to = get(link.to)
        seen = to.model._default_manager.filter(visible(actor, to))
        parts.append(f'"to_{name}" AS ({_rows(seen, {"pk", *fetched[name]})})')
        joins.append(f'LEFT JOIN "to_{name}" ON "to_{name}"."pk" = base."{link.attribute}"')
    names = [f"d{i}" for i in range(len(dimensions))]
    flat = [f"{_value(d)} AS {name}" for d, name in zip(dimensions, names, strict=True)]
    flat += [f"{_measured(m)} AS v{i}" for i, m in enumerate(asked.measures)]
    currency = f"coalesce({_value(asked.currency)}, 'EUR')" if asked.currency else "'EUR'"
    parts.append(f"flat AS (SELECT {', '.join([*flat, f'{currency} AS currency'])} FROM base {' '.join(joins)})")
    sets = ", ".join(f"({', '.join(['currency', *one])})" for one in _sets(names, len(asked.rows)))
    level = f"grouping({', '.join(names)})" if names else "0"
    figures = [f"{_figure(m, i)} AS m{i}" for i, m in enumerate(asked.measures)]
    shown = ", ".join([f"{level} AS level", "currency", *names, "count(*) AS records", *figures])
    return f"WITH {', '.join(parts)} SELECT {shown} FROM flat GROUP BY GROUPING SETS ({sets}) LIMIT {MOST_GROUPS + 1}"


def _rows(records: Any, columns: Iterable[str]) -> str:
    return warehouse.translate(records.order_by().values(*sorted(columns)))


def _sets(names: Sequence[str], depth: int) -> list[tuple[str, ...]]:
    """Every level of subtotals, over all columns and by column."""
    across = tuple(names[depth:])
    levels = [tuple(names[:i]) for i in range(depth + 1)]
    return list(dict.fromkeys(level + end for level in levels for end in ((), across)))


def _value(d: Dimension) -> str:
    if d.link is None and isinstance(d.field, Link):
        # Who it is, if the reader may see it.
        return f'"to_{d.field.name}"."pk"'
    table = f'"to_{d.link.name}"' if d.link else "base"
    column = f'{table}."{d.field.attribute}"'
    if d.unit:
        # Days are those of the clock on the wall.
        zone = timezone.get_current_timezone_name()
        local = f"({column} AT TIME ZONE '{zone}')" if isinstance(d.field, DateTime) else column
        return f"CAST(date_trunc('{d.unit}', {local}) AS DATE)"
    return column if d.field.kind == "boolean" else f"nullif({column}, '')"


def _measured(m: Measure) -> str:
    if m.field is None:
        return "1"
    return f'"to_{m.field.name}"."pk"' if isinstance(m.field, Link) else f'base."{m.field.attribute}"'


def _figure(m: Measure, i: int) -> str:
    if m.how == "count":
        return "count(*)"
    if m.how == "distinct":
        return f"count(DISTINCT v{i})"
    return f"coalesce(sum(v{i}), 0)" if m.how == "sum" else f"{m.how}(v{i})"
