"""What the editor of layouts shows: a part of the screens with the values of real records, and what is not on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from anello.core.modules import Field, Module, Money
from anello.core.policies import Actor, readable
from anello.core.search import RecordQuery
from anello.core.studio.layouts import MOST_COLUMNS, MOST_FACTS, MOST_FIGURES, MOST_SEARCHED, SEARCHABLE, steps
from anello.core.ui.lists.columns import Cells, Column, available
from anello.core.ui.records.forms import editable
from anello.core.ui.records.related import reachable

ROWS = 4
"""So many records show what a list would look like."""
LIMITS = {"list": MOST_COLUMNS, "figures": MOST_FIGURES, "board": MOST_FACTS, "search": MOST_SEARCHED}
HELD = {"list": "columns", "board": "card", "related": "lists"}
"""Under which name the content holds what stands in the one zone of the part; `fields` for the others."""
SECTION = "section:"


@dataclass(frozen=True)
class Item:
    """Something that can be put somewhere: its label, where it comes from, its values in the records shown."""

    name: str
    label: str
    hint: str = ""
    shown: Sequence[SafeString | str] = ()


@dataclass(frozen=True)
class Zone:
    """A place for items; those of the record page are sections with names and a tab."""

    key: str
    items: list[Item]
    label: Mapping[str, str] = field(default_factory=dict)
    tab: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Surface:
    """A part of the screens: its zones, what is on none of them, the records whose values are shown, what is chosen."""

    part: str
    zones: list[Zone]
    tray: list[Item]
    records: list[Any]
    choices: dict[str, tuple[str, list[tuple[str, str]]]]
    """{name of the choice: (its value, the options)}."""

    @property
    def most(self) -> int | None:
        """So many items a zone holds at most."""
        return LIMITS.get(self.part)

    @property
    def rows(self) -> list[list[SafeString | str]]:
        """The values in the one zone of a list, by record."""
        return [[item.shown[i] for item in self.zones[0].items] for i in range(len(self.records))]


def surface(actor: Actor, module: Module, part: str, content: Mapping[str, Any]) -> Surface:
    """The part as this actor would see it with that content (as `studio.layouts` says, or as `read` from a form)."""
    records = RecordQuery(actor, module).page(ROWS if part == "list" else 1).records
    items = {item.name: item for item in _items(actor, module, part, records)}
    zones = [
        Zone(key, [items[name] for name in dict.fromkeys(names) if name in items], label, tab)
        for key, names, label, tab in _zones(part, content)
    ]
    placed = {item.name for zone in zones for item in zone.items}
    tray = [item for name, item in items.items() if name not in placed]
    return Surface(part, zones, tray, records, _choices(actor, module, part, content))


def read(part: str, posted: QueryDict) -> dict[str, Any]:
    """The content that a form says: `place` in order, with `section:…` where a section begins."""
    places = posted.getlist("place")
    if part == "detail":
        return {"sections": _sections(places, posted)}
    content: dict[str, Any] = {HELD.get(part, "fields"): places}
    if part == "list":
        content["sort"] = posted.get("descending", "") + posted.get("sort", "") if posted.get("sort") else ""
    if part == "board":
        content |= {"by": posted.get("by", ""), "total": posted.get("total", "")}
    return content


def _sections(places: Iterable[str], posted: QueryDict) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = []
    for place in places:
        if place.startswith(SECTION):
            key = place.removeprefix(SECTION)
            label, tab = _words(posted, "", key), _words(posted, "tab_", key)
            sections.append({"label": label, "tab": tab if any(tab.values()) else None, "fields": []})
        elif sections:
            sections[-1]["fields"].append(place)
    return sections


def _words(posted: QueryDict, kind: str, key: str) -> dict[str, str]:
    """Both languages; who says it in one only is taken at their word in both."""
    it, en = (posted.get(f"{kind}{language}-{key}", "").strip() for language in ("it", "en"))
    return {"it": it or en, "en": en or it}


def _zones(
    part: str, content: Mapping[str, Any]
) -> list[tuple[str, Sequence[str], Mapping[str, str], Mapping[str, str]]]:
    """(key, names, label, tab) of every zone."""
    if part != "detail":
        return [("", content.get(HELD.get(part, "fields"), ()), {}, {})]
    sections = content.get("sections", ())
    return [(str(i), s["fields"], s["label"], s.get("tab") or {}) for i, s in enumerate(sections, 1)]


def _items(actor: Actor, module: Module, part: str, records: list[Any]) -> list[Item]:
    """All that can stand in this part, as far as the actor sees it."""
    if part == "related":
        return _lists(actor, module, records)
    if part == "quick":
        return [Item(f.name, str(f.label), shown=["*"] if f.required else []) for f in editable(actor, module)]
    shown = available(actor, module) if part == "list" else [Column(f.name, f) for f in _fields(actor, module, part)]
    cells = Cells(actor, records, shown)
    return [
        Item(c.path, str(c.field.label), str(c.link.label) if c.link else "", [cells.show(c, r) for r in records])
        for c in shown
    ]


def _fields(actor: Actor, module: Module, part: str) -> list[Field]:
    fields = [f for f in readable(actor, module) if f.name != "title"]
    if part == "search":
        return [f for f in fields if isinstance(f, SEARCHABLE)]
    return fields if part == "detail" else [f for f in fields if f.listed]


def _lists(actor: Actor, module: Module, records: list[Any]) -> list[Item]:
    found = reachable(actor, module, records[0] if records else module.model())
    return [Item(one.key, one.label, shown=[one.shown_count] if records else []) for one in found]


def _choices(
    actor: Actor, module: Module, part: str, content: Mapping[str, Any]
) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    fields = readable(actor, module)
    if part == "list":
        sort = str(content.get("sort", ""))
        return {"sort": (sort.removeprefix("-"), _options(f for f in fields if f.sortable and f.listed))}
    if part == "board":
        seen = {f.name for f in fields}
        by = _options(f for f in steps(module) if f.name in seen)
        total = _options(f for f in fields if isinstance(f, Money))
        return {"by": (str(content.get("by", "")), by), "total": (str(content.get("total", "")), total)}
    return {}


def _options(fields: Iterable[Field]) -> list[tuple[str, str]]:
    return [(f.name, str(f.label)) for f in fields]
