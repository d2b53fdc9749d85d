"""Records that point here: how many, the newest few, where to see all, how to add one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import IntegerField, Q, QuerySet, Value
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.modules import Detail, Field, Link, Module, Ref, pointing
from anello.core.policies import Actor, can, field_access, views_of, visible
from anello.core.ui import values
from anello.core.ui.records.forms import targets, titles_for

CAP = 99
ROWS = 5
FACTS = 3
OPEN = 4
"""Lists shown at once; the others open on demand, so that a page costs a fixed number of statements."""


@dataclass(frozen=True)
class Row:
    """A related record: its title and a few facts, shown."""

    id: int
    title: str
    facts: list[tuple[str, SafeString]]


@dataclass
class Related:
    """The records of `module` whose `link` is this record."""

    module: Module
    link: Link | Ref
    record: Any
    to: Module
    alone: bool = True
    """Whether no other link of its module leads here."""
    count: int = 0
    rows: Sequence[Row] | None = None
    addable: bool = False
    late: bool = False
    """Whether its rows were asked for by opening it."""

    @property
    def key(self) -> str:
        return f"{self.module.name}.{self.link.name}"

    @property
    def label(self) -> str:
        """The module's plural, with the link's name where several links lead here."""
        return str(self.module.plural) if self.alone else f"{self.module.plural} · {self.link.label}"

    @property
    def value(self) -> str:
        return str(self.record.pk) if isinstance(self.link, Link) else f"{self.to.name}:{self.record.pk}"

    @property
    def shown_count(self) -> str:
        """The count, or `99+`."""
        return f"{CAP}+" if self.count > CAP else str(self.count)

    @property
    def add_label(self) -> str:
        """What adding one is called: the module's name, with the link's where several lead here."""
        return self.label.replace(str(self.module.plural), str(self.module.names), 1)

    @property
    def all_url(self) -> str:
        """The list of exactly these records."""
        if not self.module.listed:
            return ""
        if isinstance(self.link, Link):
            condition: dict[str, Any] = {"field": self.link.name, "op": "in", "value": [self.record.pk]}
        else:
            condition = {"field": self.link.name, "op": "is", "value": self.value}
        query = urlencode({"filter": json.dumps({"all": [condition]}, separators=(",", ":"))})
        return f"{reverse('ui:list', args=[self.module.slug])}?{query}"

    @property
    def add_url(self) -> str:
        query = urlencode({"quick": 1, "stay": 1, self.link.name: self.value})
        return f"{reverse('ui:create', args=[self.module.slug])}?{query}" if self.addable else ""


def links(module: Module, detail: Detail) -> list[tuple[Module, Link | Ref]]:
    """Every (module, field) that can point here; in the order of `related`, if the page gives one."""
    found = pointing(module)
    wanted, apart = detail.related, frozenset(detail.apart)
    if wanted is None:
        return [(other, f) for other, f in found if f"{other.name}.{f.name}" not in apart]
    order = {key: i for i, key in enumerate(wanted)}
    kept = [(other, f) for other, f in found if f"{other.name}.{f.name}" in order]
    return sorted(kept, key=lambda pair: order[f"{pair[0].name}.{pair[1].name}"])


def related(actor: Actor, module: Module, record: Any) -> list[Related]:
    """All related lists with their counts; the first few that are not empty with their newest rows."""
    lists = _lists(actor, module, record, links(module, views_of(actor, module).detail))
    for one in lists:
        one.addable = (
            can(actor, one.module, "create")
            and field_access(actor, one.module)[one.link.name] == "edit"
            # What hangs on a record is added there: a quote's line at the quote, not at the product.
            and (not one.module.parents or one.link.name in one.module.parents)
        )
    fill(actor, [one for one in lists if one.count][:OPEN])
    return lists


def reachable(actor: Actor, module: Module, record: Any) -> list[Related]:
    """All lists that the page could show, with their counts."""
    return _lists(actor, module, record, pointing(module))


def _lists(actor: Actor, module: Module, record: Any, shown: Sequence[tuple[Module, Link | Ref]]) -> list[Related]:
    times = Counter(other.name for other, _ in shown)
    lists = [Related(m, f, record, module, times[m.name] == 1) for m, f in shown if _allowed(actor, m, f)]
    for one, count in zip(lists, _counts(actor, lists), strict=True):
        one.count = count
    return lists


def _allowed(actor: Actor, module: Module, f: Field) -> bool:
    return can(actor, module) and field_access(actor, module)[f.name] != "hidden"


def _query(actor: Actor, one: Related) -> QuerySet[Any]:
    if isinstance(one.link, Link):
        here = Q(**{f"{one.link.name}_id": one.record.pk})
    else:
        here = Q(**{f"{one.link.name}_module": one.to.name, f"{one.link.name}_id": one.record.pk})
    return one.module.model._default_manager.filter(here).filter(visible(actor, one.module))


def _counts(actor: Actor, lists: Sequence[Related]) -> list[int]:
    """How many of each, counted up to a cap; one statement."""
    parts = [
        _query(actor, one).order_by().annotate(which=Value(i, output_field=IntegerField())).values_list("which")
        for i, one in enumerate(lists)
    ]
    if not parts:
        return []
    limited = [part[: CAP + 1] for part in parts]
    rows = limited[0].union(*limited[1:], all=True) if len(limited) > 1 else limited[0]
    counted = Counter(which for (which,) in rows)
    return [counted[i] for i in range(len(lists))]


def fill(actor: Actor, lists: Sequence[Related]) -> None:
    """Read the newest rows: one statement per list, one per module that their facts link to."""
    records: list[tuple[Related, list[Any], list[Field]]] = []
    for one in lists:
        access = field_access(actor, one.module)
        names = [n for n in views_of(actor, one.module).listing.columns if one.module.has(n) and access[n] != "hidden"]
        fields = [one.module.field(n) for n in names if n not in ("title", "owner", one.link.name)][:FACTS]
        newest = _query(actor, one).order_by("-id")
        if one.module.is_record:
            newest = newest.defer("search_text")
        records.append((one, list(newest[:ROWS]), fields))
    pairs = [t for _, rows, fields in records for r in rows for f in fields for t in targets(f, f.get(r))]
    titles = titles_for(actor, pairs)
    for one, rows, fields in records:
        one.rows = [
            Row(
                r.pk,
                one.module.title_of(r),
                [(str(f.label), values.show(f, r, titles)) for f in fields if f.get(r) not in (None, "", [])],
            )
            for r in rows
        ]
