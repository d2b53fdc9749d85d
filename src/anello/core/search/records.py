"""Lists of records: what the actor may see, filtered, in order, page by page."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value

from anello.core.actions import Invalid
from anello.core.modules import Field, Link, Module, get
from anello.core.modules import fields as kinds
from anello.core.policies import Actor, field_access, visible
from anello.core.search.filters import compile_filter, storable
from anello.core.search.words import matching
from anello.kit.money import EURO
from anello.kit.text import L

CAP = 10_000


@dataclass(frozen=True)
class Count:
    """A number of records, counted up to a cap."""

    value: int
    capped: bool


@dataclass(frozen=True)
class Page:
    """Some records in order, and the cursors of the pages after and before (None: there is none)."""

    records: list[Any]
    next: str | None
    previous: str | None


class RecordQuery:
    """The records of a module as one actor sees them.

    >>> RecordQuery(actor, LEAD).where({"field": "status", "op": "in", "value": ["new"]}).order("-value").page()

    Pages are keyset pages: their cost does not grow with depth, and rows do not slip while others are added.
    Records without a value come last in both directions.
    """

    def __init__(self, actor: Actor, module: Module, verb: str = "view") -> None:
        self.actor = actor
        self.module = module
        self.records: QuerySet[Any] = module.model._default_manager.filter(visible(actor, module, verb))
        self.sort = ""
        self.order(module.listing.sort)

    def where(self, tree: Any) -> RecordQuery:
        """Narrow by a filter (see `filters`)."""
        self.records = self.records.filter(compile_filter(self.actor, self.module, tree))
        return self

    def only(self, predicate: Q) -> RecordQuery:
        """Narrow by a predicate of the program's own."""
        self.records = self.records.filter(predicate)
        return self

    def words(self, text: str) -> RecordQuery:
        """Narrow by full text."""
        if text.strip():
            self.records = self.records.filter(matching(self.actor, self.module, text))
        return self

    def order(self, sort: str) -> RecordQuery:
        """Order by a field (`-field` descends); Invalid({"sort": …}) when there is none."""
        name = sort.removeprefix("-")
        access = field_access(self.actor, self.module)
        if not self.module.has(name) or access[name] == "hidden" or not self.module.field(name).sortable:
            if sort == self.module.listing.sort:
                # The spec's own order is on a field hidden from this actor.
                name, sort = "id", "-id"
            else:
                raise Invalid({"sort": [L(f"Non si può ordinare per «{name}».", f"Cannot sort by “{name}”.")]})
        self.sort = sort
        self.field: Field = self.module.field(name)
        self.descending = sort.startswith("-")
        return self

    @property
    def path(self) -> str:
        """The ORM path of the sort key."""
        if self.field.name == "title":
            return "title_key"
        if isinstance(self.field, Link) and get(self.field.to).is_record:
            return f"{self.field.name}__title_key"
        return self.field.lookup

    @property
    def nullable(self) -> bool:
        if self.field.name in ("title", "id"):
            return False
        return self.field.column.null or ("__" in self.path and bool(self._seen_by_link()))

    def _seen_by_link(self) -> Q:
        """Which of the records that the sorting link may point to the actor sees; empty for all."""
        return visible(self.actor, get(self.field.to))  # type: ignore[attr-defined]

    def count(self, cap: int = CAP) -> Count:
        """How many, counting no further than `cap`."""
        number = self.records.order_by()[: cap + 1].count()
        return Count(min(number, cap), number > cap)

    def total(self, name: str) -> decimal.Decimal:
        """The sum of a number field; the actor must be allowed to see it."""
        if field_access(self.actor, self.module).get(name, "hidden") == "hidden":
            raise Invalid({"field": [L(f"Il campo «{name}» non esiste.", f"There is no field “{name}”.")]})
        return self.records.aggregate(total=Sum(name))["total"] or decimal.Decimal(0)

    def ids(self, limit: int) -> list[int]:
        """The ids of the first `limit` records in order."""
        return [record.pk for record in self._take(None, limit, self.descending)[:limit]]

    def page(self, size: int = 50, *, after: str | None = None, before: str | None = None) -> Page:
        """One page, after or before a cursor; Invalid({"cursor": …}) when it is not one of ours."""
        if before:
            rows = self._take(self._decode(before), size + 1, not self.descending, backwards=True)
            more = len(rows) > size
            rows = rows[:size][::-1]
            return Page(
                rows, self._encode(rows[-1]) if rows else None, self._encode(rows[0]) if more and rows else None
            )
        rows = self._take(self._decode(after) if after else None, size + 1, self.descending)
        more = len(rows) > size
        rows = rows[:size]
        return Page(rows, self._encode(rows[-1]) if more else None, self._encode(rows[0]) if after and rows else None)

    def parts(self, predicates: Sequence[Q], sizes: Sequence[int]) -> list[Page]:
        """The first page of each part (the columns of a board), of that size, all in one statement."""
        pieces = []
        for number, predicate in enumerate(predicates):
            for empty in [False, True] if self.nullable else [False]:
                run = self._run(empty, None, self.descending).filter(predicate)
                pieces.append(run.annotate(part=Value(number))[: sizes[number] + 1])
        if not pieces:
            return []
        found: list[list[Any]] = [[] for _ in predicates]
        for record in pieces[0].union(*pieces[1:], all=True) if len(pieces) > 1 else pieces[0]:
            found[record.part].append(record)
        pages = []
        for rows, size in zip(found, sizes, strict=True):
            more = len(rows) > size
            rows = rows[:size]
            pages.append(Page(rows, self._encode(rows[-1]) if more else None, None))
        return pages

    def tallies(
        self, predicates: Sequence[Q], total: str | None = None, cap: int = CAP
    ) -> list[tuple[Count, dict[str, decimal.Decimal]]]:
        """How many records each part has, counting no further than `cap`, and the sums of a money field over those.

        A sum per currency (ISO 4217) that occurs: amounts of different currencies are never added.
        """
        if total is not None and field_access(self.actor, self.module).get(total, "hidden") == "hidden":
            raise Invalid({"field": [L(f"Il campo «{total}» non esiste.", f"There is no field “{total}”.")]})
        currency = F("currency") if self.module.has("currency") else Value(EURO)
        pieces = [
            self.records.filter(predicate)
            .order_by()
            .annotate(part=Value(number), in_currency=currency)
            .values_list("part", self.module.field(total).lookup if total else "pk", "in_currency")[: cap + 1]
            for number, predicate in enumerate(predicates)
        ]
        if not pieces:
            return []
        union = pieces[0].union(*pieces[1:], all=True) if len(pieces) > 1 else pieces[0]
        sql, parameters = union.query.sql_with_params()
        counts, sums = [0] * len(predicates), [dict[str, decimal.Decimal]() for _ in predicates]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT part, coalesce(nullif(currency, ''), %s) AS currency, count(*), coalesce(sum(amount), 0)"
                f" FROM ({sql}) AS t(part, amount, currency) GROUP BY 1, 2 ORDER BY 1, 2",
                [EURO, *parameters],
            )
            for part, code, number, amount in cursor.fetchall():
                counts[part] += number
                if total:
                    sums[part][code] = decimal.Decimal(amount)
        return [(Count(min(n, cap), n > cap), amounts) for n, amounts in zip(counts, sums, strict=True)]

    def _take(
        self, start: tuple[Any, int] | None, size: int, descending: bool, *, backwards: bool = False
    ) -> list[Any]:
        """Up to `size` rows beyond `start`: those with a value and those without are two runs of one index each."""
        runs = [False, True] if self.nullable else [False]
        if backwards:
            runs.reverse()
        rows: list[Any] = []
        for empty in runs:
            if start is not None and (start[0] is None) != empty and runs.index(empty) < runs.index(start[0] is None):
                continue
            here = start if start is not None and (start[0] is None) == empty else None
            rows += list(self._run(empty, here, descending)[: size - len(rows)])
            if len(rows) >= size:
                break
        return rows

    def _run(self, empty: bool, start: tuple[Any, int] | None, descending: bool) -> QuerySet[Any]:
        path, word = self.path, "lt" if descending else "gt"
        records = self.records
        if "__" in path:
            records, path = records.annotate(sort_key=self._linked_title()), "sort_key"
        if self.module.is_record:
            records = records.defer("search_text")
        if self.nullable:
            records = records.filter(**{f"{path}__isnull": empty})
        sign = "-" if descending else ""
        if path == "id" or empty:
            if start is not None:
                records = records.filter(**{f"id__{word}": start[1]})
            return records.order_by(f"{sign}id")
        if start is not None:
            value, pk = start
            # The first condition is implied by the second; it lets the index begin at the value.
            records = records.filter(Q(**{f"{path}__{word}e": value}))
            records = records.filter(Q(**{f"{path}__{word}": value}) | Q(**{path: value, f"id__{word}": pk}))
        return records.order_by(f"{sign}{path}", f"{sign}id")

    def _linked_title(self) -> Any:
        """The sort key of a link: none where the actor may not see the record, for order and cursors tell titles."""
        to = get(self.field.to)  # type: ignore[attr-defined]
        predicate = self._seen_by_link()
        if not predicate:
            return F(self.path)
        seen = to.model._default_manager.filter(predicate, pk=OuterRef(f"{self.field.name}_id"))
        return Subquery(seen.values("title_key")[:1])

    def _key(self, record: Any) -> Any:
        if "__" in self.path:
            return record.sort_key
        return getattr(record, self.path)

    def _encode(self, record: Any) -> str:
        value = self._key(record)
        plain = (
            value.isoformat()
            if isinstance(value, dt.date)
            else str(value)
            if isinstance(value, decimal.Decimal)
            else value
        )
        return base64.urlsafe_b64encode(json.dumps([self.sort, plain, record.pk]).encode()).decode().rstrip("=")

    def _decode(self, cursor: str) -> tuple[Any, int]:
        try:
            sort, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if sort != self.sort or not isinstance(pk, int) or isinstance(value, list | dict):
                raise ValueError(cursor)
            empty = value is None and not self.nullable
            if empty or not storable(value) or not 0 <= pk <= kinds.BIGINT:
                raise ValueError(cursor)
            if value is None or "__" in self.path or self.path == "title_key":
                if not isinstance(value, str | None):
                    raise ValueError(cursor)
                return value, pk
            value = self.field.column.to_python(value)
            if isinstance(value, dt.datetime) and value.tzinfo is None:
                raise ValueError(cursor)
            if isinstance(value, decimal.Decimal) and not value.is_finite():
                raise ValueError(cursor)
            return value, pk
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
            raise Invalid(
                {
                    "cursor": [
                        L(
                            "Questa pagina non esiste più: riparti dalla prima.",
                            "This page is gone: start from the first one.",
                        )
                    ]
                }
            ) from error


def titles(actor: Actor, module: Module, records: Iterable[Any], names: Iterable[str]) -> dict[tuple[str, int], str]:
    """Titles of what the link fields `names` of the records point to: {(module, id): title}.

    One statement per linked module; what the actor may not see is left out.
    """
    wanted: dict[str, set[int]] = {}
    records = list(records)
    for name in names:
        f = module.field(name)
        if isinstance(f, Link):
            wanted.setdefault(f.to, set()).update(v for v in (f.get(r) for r in records) if v is not None)
    found: dict[tuple[str, int], str] = {}
    for to, ids in wanted.items():
        if ids:
            found |= titles_of(actor, get(to), ids)
    return found


def titles_of(actor: Actor, module: Module, ids: Iterable[int]) -> dict[tuple[str, int], str]:
    """{(module, id): title} of the records the actor may see."""
    records = module.model._default_manager.filter(pk__in=list(ids)).filter(visible(actor, module))
    if module.is_record:
        return {(module.name, pk): title for pk, title in records.values_list("pk", "title")}
    return {(module.name, record.pk): str(record) for record in records}
