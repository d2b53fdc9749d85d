"""Columns of a list: fields of the module (`email`) and of the records it links to (`organisation.city`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from anello.core.modules import Field, Link, Module, Ref, get
from anello.core.policies import Actor, field_access, visible
from anello.core.search.records import titles_of
from anello.core.ui import values
from anello.core.ui.templatetags import ui

MOST = 20


@dataclass(frozen=True)
class Column:
    """A column by its path; `link` is the field followed, if any."""

    path: str
    field: Field
    link: Link | None = None

    @property
    def label(self) -> str:
        return f"{self.link.label} · {self.field.label}" if self.link else str(self.field.label)

    @property
    def numeric(self) -> bool:
        return self.field.align == "end"


def column(actor: Actor, module: Module, path: str) -> Column | None:
    """The column of a path, or None where the actor may not see it or there is none."""
    head, dot, rest = path.partition(".")
    first = _readable(actor, module, head)
    if first is None or not dot:
        return Column(path, first) if first is not None and (first.listed or first.name == "title") else None
    if not isinstance(first, Link):
        return None
    second = _readable(actor, get(first.to), rest)
    return Column(path, second, first) if second is not None and second.listed else None


def _readable(actor: Actor, module: Module, name: str) -> Field | None:
    if not module.has(name) or field_access(actor, module)[name] == "hidden":
        return None
    return module.field(name)


def columns(actor: Actor, module: Module, paths: Iterable[str]) -> list[Column]:
    """The columns that exist for this actor, in order, without repetitions."""
    found = [column(actor, module, path) for path in dict.fromkeys(paths)]
    return [c for c in found if c is not None][:MOST]


def available(actor: Actor, module: Module) -> list[Column]:
    """Every column one could choose: the module's own fields, then those of each linked record."""
    access = field_access(actor, module)
    own = [f for f in module.fields if access[f.name] != "hidden" and (f.listed or f.name == "title")]
    paths = [f.name for f in own]
    for link in own:
        if isinstance(link, Link) and get(link.to).is_record and link.to != module.name:
            paths += [f"{link.name}.{f.name}" for f in get(link.to).fields if f.name not in ("title", "id")]
    found = [column(actor, module, path) for path in paths]
    return [c for c in found if c is not None]


class Cells:
    """Shows the cells of some records; costs one statement per followed link and one per module linked to."""

    def __init__(self, actor: Actor, records: Sequence[Any], shown: Sequence[Column]) -> None:
        self._linked: dict[str, dict[int, Any]] = {}
        wanted: dict[str, set[int]] = {}
        for link in {c.link.name: c.link for c in shown if c.link}.values():
            to = get(link.to)
            ids = {pk for r in records if (pk := link.get(r)) is not None}
            found = to.model._default_manager.filter(pk__in=ids).filter(visible(actor, to)) if ids else []
            self._linked[link.name] = {r.pk: r for r in found}
        for c in shown:
            holders = records if c.link is None else self._linked[c.link.name].values()
            for holder in holders:
                for module, pk in _targets(c.field, holder):
                    wanted.setdefault(module, set()).add(pk)
        self.titles: dict[tuple[str, int], str] = {}
        for module, ids in wanted.items():
            self.titles |= titles_of(actor, get(module), ids)

    def show(self, c: Column, record: Any) -> SafeString:
        """The cell's HTML."""
        if c.link is None:
            return values.show(c.field, record, self.titles)
        holder = self._linked[c.link.name].get(c.link.get(record))
        return ui.EMPTY if holder is None else values.show(c.field, holder, self.titles)


def _targets(f: Field, record: Any) -> list[tuple[str, int]]:
    value = f.get(record) if isinstance(f, Link | Ref) else None
    if not value:
        return []
    if isinstance(f, Link):
        return [(f.to, value)]
    module, _, pk = value.partition(":")
    return [(module, int(pk))]
