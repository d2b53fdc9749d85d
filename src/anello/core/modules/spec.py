"""The Module spec: a noun of the product and everything that is known about it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from django.db import models
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Constraint

from anello.core.modules.fields import Boolean, Choice, DateTime, Decimal, Field, Integer, Link, MultiChoice, Text
from anello.core.modules.models import Record
from anello.kit.text import L

VERBS = ("view", "create", "edit", "delete", "export", "import")


class Scope(IntEnum):
    """On whose records: nobody's, my own, my team's (and the teams below it), everybody's."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


@dataclass(frozen=True)
class Access:
    """What a role gets on a module of an area it is given as `user`, and as `manager`; exceptions live in the role."""

    view: Scope = Scope.TEAM
    create: Scope = Scope.OWN
    edit: Scope = Scope.OWN
    delete: Scope = Scope.OWN
    export: Scope = Scope.NONE
    import_: Scope = Scope.NONE
    manager: Scope = Scope.TEAM
    """A manager's scope for every verb (import and create included)."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """{field: level} for users of the area; managers edit every field."""

    def scope(self, verb: str) -> Scope:
        return getattr(self, "import_" if verb == "import" else verb)


@dataclass(frozen=True)
class Section:
    """A block of facts on the record page."""

    label: L
    fields: Sequence[str]
    tab: L | None = None
    """The tab under which it stands with its neighbours of the same tab; None: it is always there."""


@dataclass(frozen=True)
class Detail:
    """The record page: sections of facts, key figures for its header, related modules in order (else all)."""

    sections: Sequence[Section]
    figures: Sequence[str] = ()
    related: Sequence[str] | None = None
    """`module.link` pairs, for example `opportunity.organisation`."""
    apart: Sequence[str] = ()
    """Pairs that the page shows otherwise (timeline, panels), and so not as related lists."""


@dataclass(frozen=True)
class Listing:
    """The list: its columns and its order (`-field` descends)."""

    columns: Sequence[str]
    sort: str = "-updated_at"


@dataclass(frozen=True)
class Board:
    """Cards by a choice or link field, with the totals of a money field per column, one for each currency."""

    by: str
    total: str | None = None
    card: Sequence[str] = ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    """The action by which a card enters a column, by the column's value: what it needs to know is asked there and then.

    Other columns are entered by `<module>.move`, which takes the field, or by a plain update.
    """


@dataclass(frozen=True)
class Views:
    """How the records of a module are shown to somebody."""

    listing: Listing
    detail: Detail
    board: Board | None
    quick: Sequence[str]


@dataclass(frozen=True)
class Calendar:
    """Records on a calendar by their start and end."""

    start: str
    end: str | None = None


@dataclass(frozen=True)
class Preset:
    """A view that comes with the product, for everybody: `name` in the address, a filter as lists take it."""

    name: str
    label: L
    filter: Mapping[str, Any]
    sort: str = ""
    layout: str = "list"


@dataclass(frozen=True)
class Timeline:
    """Events of this module that enter the customers' timeline: which links name the customer, which kinds of event."""

    person: str | None = None
    organisation: str | None = None
    kinds: Sequence[str] = ("created",)
    at: str | None = None
    """The date or moment that places a `created` record in time; else it is the moment of the event."""
    said: bool = False
    """What is said about a record is noted on its own page, also while there is no customer yet (a lead)."""


@dataclass(frozen=True)
class Fact:
    """What happens to records of a module, to be counted and added up: an order is placed, a deal is won.

    It has happened where `at` (a date or a moment) is set and `where`, a filter as lists take it, holds. `measures` are
    the numbers that say how much, `dims` what figures are divided by (`field` or `link.field`), the best first;
    `customer` the links of which the first that is set says whose it is.
    """

    name: str
    label: L
    at: str
    measures: Sequence[str] = ()
    dims: Sequence[str] = ()
    customer: Sequence[str] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    derived: bool = False
    """Nobody declared it."""


_COMMON = frozenset(
    {"title", "owner", "team", "created_at", "updated_at", "created_by", "updated_by", "id", "position"}
)
"""Fields that say nothing of the matter itself."""


def _title(record: Any) -> str:
    return str(getattr(record, "name", "") or record.pk)


@dataclass(eq=False)
class Module:
    """One spec, every surface: list, board, record page, forms, API, permissions, import, search, audit."""

    name: str
    model: type[models.Model]
    names: L
    """What one is called."""
    plural: L
    fields: Sequence[Field]
    icon: str = "box"
    area: str = "customers"
    """The group of modules a role is given."""
    arc: str = ""
    """Its place in the navigation: data, decisions, activities, outcome or setup; by its area unless given."""
    slug: str = ""
    """The address: `/leads/`, `/api/v1/leads`; the English plural unless given."""
    title: Callable[[Any], str] = _title
    search: Sequence[str] = ()
    """Fields that make the full-text document besides the title."""
    leaving: Sequence[str] = ()
    """Fields that are searched no more, but may still be in documents that are being made anew."""
    views: Sequence[Listing | Board | Calendar | Detail] = ()
    access: Access = Access()
    parents: Sequence[str] = ()
    """The links (one of which is set) whose record this one belongs to: access follows it, deletion too."""
    along: Sequence[str] = ()
    """Further links whose record takes this one along when it is deleted and brought back; access does not follow."""
    listed: bool = True
    """Has a place in navigation and its own list page."""
    duplicates: Sequence[str] = ()
    """Fields whose equality makes a probable duplicate."""
    timeline: Timeline | None = None
    presets: Sequence[Preset] = ()
    """The first tabs of the list, before the views that people saved."""
    quick: Sequence[str] = ()
    """Fields of the quick-create form; the required ones if empty."""
    facts: Sequence[Fact] = ()
    """What is worth counting; a module that says nothing has one: that its records came to be."""
    layouts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What administrators arranged otherwise: {the key of a role, or "" for everybody: {part: how}}.

    A `list` is a Listing, a `detail` its sections, `figures`, `related` and `quick` are names, a `board` is a Board.
    """

    def __post_init__(self) -> None:
        self._views: dict[tuple[str, ...], Views] = {}
        self.slug = self.slug or self.plural.en.lower().replace(" ", "-")
        self._fields: dict[str, Field] = {}
        for f in [*self.fields, *self._common()]:
            if f.name in self._fields:
                continue
            f.bind(self)
            self._fields[f.name] = f
        self.fields = tuple(self._fields.values())
        self.facts = tuple(self.facts) or self._derived()
        for fact in self.facts:
            named = {fact.at, *fact.measures, *fact.customer, *(d.partition(".")[0] for d in fact.dims)}
            unknown = named - self._fields.keys()
            if unknown:
                raise ValueError(f"fact {self.name}.{fact.name} speaks of {', '.join(sorted(unknown))}")

    def _derived(self) -> tuple[Fact, ...]:
        """The fact of a module that declares none: a record was made; its numbers, its choices, links and yes or no."""
        if "created_at" not in self._fields:
            return ()
        own = [f for f in self._fields.values() if f.name not in _COMMON]
        return (
            Fact(
                self.name,
                self.plural,
                at="created_at",
                measures=[f.name for f in own if isinstance(f, Integer | Decimal)],
                dims=[f.name for f in own if isinstance(f, Choice | Link | Boolean) and not isinstance(f, MultiChoice)]
                + ["owner", "team"],
                customer=[f.name for f in own if isinstance(f, Link) and f.to in ("person", "organisation")],
                derived=True,
            ),
        )

    def _common(self) -> list[Field]:
        if not issubclass(self.model, Record):
            return []
        return [
            Text("title", L("Nome", "Name"), readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user"),
            Link("team", L("Squadra", "Team"), to="team", readonly=True),
            DateTime("created_at", L("Creato il", "Created"), readonly=True),
            DateTime("updated_at", L("Modificato il", "Updated"), readonly=True),
            Link("created_by", L("Creato da", "Created by"), to="user", readonly=True),
            Link("updated_by", L("Modificato da", "Updated by"), to="user", readonly=True),
            Integer("id", L("Numero", "Number"), readonly=True),
        ]

    def __repr__(self) -> str:
        return f"<Module {self.name}>"

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if the module has none."""
        return self._fields[name]

    def has(self, name: str) -> bool:
        return name in self._fields

    @property
    def is_record(self) -> bool:
        return issubclass(self.model, Record)

    def view(self, kind: type[Any]) -> Any:
        """The first view of that kind, or None."""
        return next((v for v in self.views if isinstance(v, kind)), None)

    @property
    def listing(self) -> Listing:
        return self.view(Listing) or Listing(columns=[f.name for f in self.fields if f.listed][:6])

    @property
    def detail(self) -> Detail:
        editable = [f.name for f in self.fields if f.name not in {"id", "team"}]
        return self.view(Detail) or Detail(sections=[Section(self.names, editable)])

    def views_for(self, roles: Sequence[str]) -> Views:
        """What people with these roles see: each part as the first of them has it, else as everybody, else as here."""
        known = self._views  # of now: administrators may change the module while this one is worked out
        special = tuple(role for role in roles if role in self.layouts)
        if special not in known:
            known[special] = self._arranged(special)
        return known[special]

    def _arranged(self, roles: Sequence[str]) -> Views:
        said = [self.layouts[role] for role in (*roles, "") if role in self.layouts]

        def part(name: str, own: Any) -> Any:
            return next((layout[name] for layout in said if name in layout), own)

        detail = self.detail
        return Views(
            part("list", self.listing),
            replace(
                detail,
                sections=part("detail", detail.sections),
                figures=part("figures", detail.figures),
                related=part("related", detail.related),
            ),
            part("board", self.view(Board)),
            part("quick", self.quick),
        )

    def title_of(self, record: Any) -> str:
        return record.title if isinstance(record, Record) else str(record)

    @functools.cached_property
    def inputs(self) -> dict[str, Field]:
        """The fields that input may set."""
        return {f.name: f for f in self.fields if not f.readonly}

    def input_model(self, verb: str) -> type[BaseModel]:
        """The typed input of `create` (required fields required) or `update` (every field optional).

        `put` is the product's own update: it may set readonly fields too.
        """
        return {"create": self._create_model, "update": self._update_model, "put": self._put_model}[verb]

    @functools.cached_property
    def _create_model(self) -> type[BaseModel]:
        definitions: dict[str, Any] = {}
        for f in self.inputs.values():
            extra: dict[str, Any] = {"title": f.label.en, "description": f.help.en if f.help else None}
            # A field that is not given takes the column's default, which the engine knows; None here is never stored.
            definitions[f.name] = (
                f.annotation(),
                Constraint(..., **extra) if f.required else Constraint(None, **extra),
            )
        return create_model(f"{self.model.__name__}Create", __config__=ConfigDict(extra="forbid"), **definitions)

    @functools.cached_property
    def _update_model(self) -> type[BaseModel]:
        definitions: dict[str, Any] = {
            f.name: (f.annotation(), Constraint(None, title=f.label.en)) for f in self.inputs.values()
        }
        return create_model(f"{self.model.__name__}Update", __config__=ConfigDict(extra="forbid"), **definitions)

    @functools.cached_property
    def _put_model(self) -> type[BaseModel]:
        definitions: dict[str, Any] = {f.name: (f.annotation(), None) for f in self.fields}
        return create_model(f"{self.model.__name__}Put", __config__=ConfigDict(extra="forbid"), **definitions)

    @functools.cached_property
    def output_model(self) -> type[BaseModel]:
        """What the API returns of a record; hidden fields are left out, so every one is optional."""
        definitions: dict[str, Any] = {f.name: (f.output() | None, None) for f in self.fields}
        definitions |= {"id": (int, ...), "title": (str, ""), "version": (int, 1)}
        return create_model(f"{self.model.__name__}Record", **definitions)
