"""The record page: who this is, its facts, what happened, what hangs on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from anello.core import contents
from anello.core.accounts.middleware import gesture
from anello.core.accounts.queries import asks_why
from anello.core.actions import Action, registered, run
from anello.core.files import queries as files
from anello.core.inbox import notices
from anello.core.modules import Choice, Field, Module, MultiChoice, Section
from anello.core.policies import can, readable, views_of, visible
from anello.core.studio import shape
from anello.core.ui import values
from anello.core.ui.gate import module_view
from anello.core.ui.records.forms import editable, targets, titles_for
from anello.core.ui.records.found import found
from anello.core.ui.records.history import history, merged
from anello.core.ui.records.panels import Entry, Kind, Place, kinds, panels, successor_of
from anello.core.ui.records.related import Related, fill, related
from anello.core.ui.shell.records import remember, starred
from anello.kit.numbers import whole
from anello.kit.text import L

PAGE = 20
MOST_PAGES = 20
PARTS = ("head", "facts", "timeline", "related", "side")
CHANGES = "changes"


@dataclass(frozen=True)
class Fact:
    """A field of the record as it is shown; `edit_url` where it can be edited."""

    field: Field
    shown: SafeString
    edit_url: str
    empty: bool


@dataclass(frozen=True)
class Facts:
    """A section of facts."""

    label: L
    facts: list[Fact]
    opens: bool = False
    """Whether it is the first one under the tabs."""


@dataclass(frozen=True)
class Tab:
    """A tab over sections of facts; `key` names it in the address."""

    label: L
    key: str
    current: bool


@dataclass(frozen=True)
class Verb:
    """A registered action as a button: its address, and whether it asks for something first."""

    label: L
    icon: str
    url: str
    asks: bool


@dataclass(frozen=True)
class Head:
    """The head of the page: pills of state, the owner's name, key figures, verbs."""

    pills: list[SafeString]
    owner: str
    figures: list[Fact]
    verbs: list[Verb]
    avatar: str


@dataclass
class Side:
    """The right column below the related lists."""

    files: list[Any] = field(default_factory=list)
    watchers: list[Any] = field(default_factory=list)
    watching: bool = False


class RecordPage:
    """One record for one reader; everything is read when the part that shows it is drawn."""

    def __init__(self, request: HttpRequest, module: Module, record: Any) -> None:
        self.request, self.module, self.record = request, module, record
        self.actor: Any = request.actor  # type: ignore[attr-defined]
        self.url = reverse("ui:record", args=[module.slug, record.pk])
        self.title = module.title_of(record)
        self.fields = {f.name: f for f in readable(self.actor, module)}
        self.settable = {f.name for f in editable(self.actor, module)} if record.may_edit else set()
        self.detail = views_of(self.actor, module).detail
        shown = [n for section in self._open() for n in section.fields]
        self._names = [
            n for n in dict.fromkeys([*shown, *self.detail.figures, *_BY]) if n in self.fields and module.has(n)
        ]
        pairs = [pair for n in self._names for pair in targets(self.fields[n], self.fields[n].get(record))]
        self.titles = titles_for(self.actor, pairs)

    @property
    def key(self) -> str:
        """The topic on which open pages hear of changes."""
        return f"{self.module.name}:{self.record.pk}"

    def fact(self, name: str) -> Fact:
        f = self.fields[name]
        value = f.get(self.record)
        edit = reverse("ui:cell", args=[self.module.slug, self.record.pk, name]) if name in self.settable else ""
        return Fact(f, values.show(f, self.record, self.titles), edit, value in (None, "", []))

    def sections(self) -> list[Facts]:
        """The facts by section, without those under the tabs that are not open."""
        first = next((s for s in self._open() if s.tab is not None), None)
        return [Facts(s.label, [self.fact(n) for n in self._seen(s)], s is first) for s in self._open()]

    def _seen(self, section: Section) -> list[str]:
        return [n for n in section.fields if n in self.fields and n != "title"]

    @cached_property
    def tabs(self) -> list[Tab]:
        """The tabs of the facts; sections of which nothing may be seen are left out, and tabs without a section."""
        labels = list(dict.fromkeys(s.tab for s in self.detail.sections if s.tab is not None and self._seen(s)))
        wanted = self.request.GET.get("tab", "")
        current = int(wanted) if wanted.isdecimal() and len(wanted) < 3 and int(wanted) < len(labels) else 0
        return [Tab(label, str(place), place == current) for place, label in enumerate(labels)]

    def _open(self) -> list[Section]:
        current = next((tab.label for tab in self.tabs if tab.current), None)
        seen = [s for s in self.detail.sections if s.tab in (None, current) and self._seen(s)]
        return sorted(seen, key=lambda s: s.tab is not None)

    def by(self, name: str) -> str:
        """Who created or changed it, by name."""
        return self.titles.get(("user", getattr(self.record, f"{name}_id", None) or 0), "")

    @property
    def created_by(self) -> str:
        return self.by("created_by")

    @property
    def updated_by(self) -> str:
        return self.by("updated_by")

    def head(self) -> Head:
        figures = [n for n in self.detail.figures if n in self.fields]
        pills = [
            n for n in figures if isinstance(self.fields[n], Choice) and not isinstance(self.fields[n], MultiChoice)
        ]
        return Head(
            pills=[self.fact(n).shown for n in pills if not self.fact(n).empty],
            owner=self.by("owner") if "owner" in self.fields else "",
            figures=[self.fact(n) for n in figures if n not in pills and not self.fact(n).empty],
            verbs=self.verbs(),
            avatar="square"
            if self.module.icon.startswith("building")
            else "round"
            if self.module.icon.startswith("user")
            else "",
        )

    def verbs(self) -> list[Verb]:
        """The registered actions that the reader may run on this record now."""
        return [
            Verb(
                own.label,
                own.icon or "bolt",
                reverse("ui:action", args=[self.module.slug, self.record.pk, own.name]),
                bool(own.input.model_fields),
            )
            for own in registered(self.module.name)
            if own.label is not None and runnable(self.request, self.module, self.record, own)
        ]

    def panels(self, place: Place) -> list[tuple[L, SafeString]]:
        """What apps add in a place; panels without content are left out."""
        drawn = ((one.label, one.render(self.request, self.record)) for one in panels(self.module.name, place))
        return [(label, html) for label, html in drawn if html]

    @property
    def has_paper(self) -> bool:
        """Whether the record can be had as a PDF here; what the product brings has papers of its own."""
        return self.module.name in shape.own()

    @cached_property
    def asks_why(self) -> bool:
        """Whether the reader may ask why somebody may do what to the record."""
        return asks_why(self.actor, self.module)

    def composer(self) -> list[tuple[L, SafeString]]:
        return self.panels("composer")

    def main(self) -> list[tuple[L, SafeString]]:
        return self.panels("main")

    def beside(self) -> list[tuple[L, SafeString]]:
        return self.panels("side")

    def buttons(self) -> list[tuple[L, SafeString]]:
        return self.panels("header")

    def kinds(self) -> list[Kind]:
        """The kinds of entries the timeline can be filtered by; none where there is only the history."""
        own = kinds(self.module.name)
        changes = Kind(CHANGES, L("Modifiche", "Changes"), "history", self._changes)
        return [*own, changes] if own else []

    def _changes(self, request: HttpRequest, record: Any, before: dt.datetime | None, size: int) -> list[Entry]:
        return history(request, self.module, record, before, size, self.titles)

    @property
    def shown_types(self) -> frozenset[str]:
        """Content types that a browser may show in place."""
        return contents.SHOWN

    @property
    def starred(self) -> bool:
        """Whether the record is among the reader's favourites."""
        return starred(self.actor, self.module, self.record.pk)

    @property
    def kind(self) -> str:
        return self.request.GET.get("kind", "")

    def timeline(self) -> dict[str, Any]:
        """The entries of the page asked for, and the address of older ones."""
        before = _moment(self.request.GET["before"]) if "before" in self.request.GET else None
        # Drawn anew, as deep as it was; an older page says how deep one is with it.
        depth = max((n for one in self.request.GET.getlist("depth") if (n := whole(one, MOST_PAGES))), default=1)
        size = PAGE if before else PAGE * depth
        sources = [k.source for k in kinds(self.module.name) if self.kind in ("", k.name)]
        if self.kind in ("", CHANGES):
            sources.append(self._changes)
        # Twice as many as shown: what happened in one moment stays together.
        entries, older = merged((s(self.request, self.record, before, 2 * size) for s in sources), size)
        query = self.request.GET.copy()
        query["part"] = "timeline"
        if older is not None:
            query["before"], query["depth"] = older.isoformat(), str(min(depth + 1, MOST_PAGES))
        return {
            "entries": entries,
            "older": f"{self.url}?{query.urlencode()}" if older is not None else "",
            "first": before is None,
            "depth": depth if depth > 1 else None,
        }

    def addable(self) -> list[Related]:
        """What can be added where there is none yet; for the others the list itself offers it."""
        return [one for one in self._related if one.addable and not one.count]

    @cached_property
    def _related(self) -> list[Related]:
        return related(self.actor, self.module, self.record)

    def related(self) -> list[Related]:
        """The related lists; only the one named by `?only=` when it is opened later, and `?open=` those that were."""
        lists, opened = self._related, self.request.GET.getlist("open")
        only = self.request.GET.get("only")
        if only is not None:
            lists = [one for one in lists if one.key == only]
            opened.append(only)
        late = [one for one in lists if one.key in opened and one.rows is None]
        fill(self.actor, late)
        for one in late:
            one.late = True
        return lists

    def side(self) -> Side:
        if not self.module.is_record:
            return Side()
        watching = notices.watchers(self.module, self.record.pk)
        return Side(
            files=files.of_record(self.module, self.record.pk),
            watchers=watching,
            watching=any(person.pk == self.actor.id for person in watching),
        )


_BY = ("owner", "created_by", "updated_by")


def _moment(text: str) -> dt.datetime:
    """Where a page of the timeline starts; 404 for an address that is none of ours."""
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise Http404(text) from error
    if moment is None or moment.tzinfo is None:
        raise Http404(text)
    return moment


def runnable(request: HttpRequest, module: Module, record: Any, own: Action) -> bool:
    """Whether the reader may run the action, and it makes sense now."""
    if not own.shown or not own.target or (own.when is not None and not own.when(record)):
        return False
    known = getattr(record, f"may_{own.verb}", None)
    if known is not None:
        return bool(known)
    actor: Any = request.actor  # type: ignore[attr-defined]
    return can(actor, module, own.verb) and _also(actor, module, record, own.verb)


def _also(actor: Any, module: Module, record: Any, verb: str) -> bool:
    return verb == "view" or module.model._default_manager.filter(visible(actor, module, verb), pk=record.pk).exists()


@require_GET
@module_view
def record(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/`: the page, in #main or in #panel; `?part=` answers with one region of it."""
    try:
        page = RecordPage(request, module, found(request, module, pk))
    except Http404:
        instead = successor_of(module.name, pk)
        if instead is None:
            raise
        # Only to those who may see what it leads to.
        found(request, module, instead)
        return redirect("ui:record", module.slug, instead)
    part = request.GET.get("part")
    if part is not None and part not in PARTS:
        raise Http404(part)
    if part is None and module.is_record:
        remember(page.actor, module, pk)
    context = {"page": page, "module": module, "record": page.record, "compact": _in_panel(request)}
    return render(request, f"ui/records/{part}.html" if part else "ui/records/record.html", context)


def _in_panel(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target", "").endswith("#panel")


@require_POST
@module_view
def watch(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/watch/`: follow the record or stop; answers with the right column."""
    run("record.watch", {"module": module.name, "id": pk, "on": request.POST.get("on") == "1"}, gesture(request))
    page = RecordPage(request, module, found(request, module, pk))
    return render(request, "ui/records/side.html", {"page": page, "module": module, "record": page.record})
