"""What an app adds to the record pages of a module: panels, kinds of timeline entries, words for its events.

An app registers them in its `panels.py`, which is imported at start:

>>> @panel("quote", L("Righe", "Lines"), place="main", order=10)
... def lines(request, record): return render_to_string("sales/lines.html", {...}, request)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.safestring import SafeString

from anello.core.events.models import Event
from anello.kit.text import L

Place = Literal["header", "composer", "main", "side"]
Render = Callable[[HttpRequest, Any], SafeString | None]


@dataclass(frozen=True)
class Panel:
    """A part of the record page; `render` returns None when there is nothing to show."""

    name: str
    module: str
    label: L
    render: Render
    place: Place
    order: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `who` (a name) `what` (the rest of the sentence), and a body of safe HTML or text.

    The arc (data, decisions, activities, outcome) colours the dot; `url` leads to the record of the entry, if any.
    """

    at: dt.datetime
    icon: str
    who: str = ""
    what: str = ""
    body: SafeString | str = ""
    arc: str = "data"
    url: str = ""


Source = Callable[[HttpRequest, Any, dt.datetime | None, int], Sequence[Entry]]


@dataclass(frozen=True)
class Kind:
    """A kind of timeline entries of a module's records: `source(request, record, before, size)`.

    The source returns the newest `size` entries not later than `before` (None: the newest of all), newest first, and
    only what `request.actor` may see.
    """

    name: str
    label: L
    icon: str
    source: Source


_panels: dict[str, list[Panel]] = {}
_kinds: dict[str, list[Kind]] = {}
_phrases: dict[str, Callable[[Event], str]] = {}
_successors: dict[str, Callable[[int], int | None]] = {}


def panel(module: str, label: L, *, place: Place = "main", order: int = 100) -> Callable[[Render], Render]:
    """Register `f(request, record) -> SafeString | None` as a part of the module's record page.

    Places: `header` beside the main action, `composer` above the timeline, `main` before the timeline, `side` in the
    right column.
    """

    def register(function: Render) -> Render:
        name = f"{function.__module__}.{function.__qualname__}"
        _panels.setdefault(module, []).append(Panel(name, module, label, function, place, order))
        _panels[module].sort(key=lambda one: one.order)
        return function

    return register


def timeline(module: str, name: str, label: L, *, icon: str = "clock") -> Callable[[Source], Source]:
    """Register a source of timeline entries; people can filter the timeline by it."""

    def register(function: Source) -> Source:
        _kinds.setdefault(module, []).append(Kind(name, label, icon, function))
        return function

    return register


def phrase(kind: str) -> Callable[[Callable[[Event], str]], Callable[[Event], str]]:
    """Say an event of one's own in words that follow the actor's name: `@phrase("lead.converted")` → "converted it"."""

    def register(function: Callable[[Event], str]) -> Callable[[Event], str]:
        _phrases[kind] = function
        return function

    return register


def successor(module: str) -> Callable[[Callable[[int], int | None]], Callable[[int], int | None]]:
    """Register `f(id) -> id | None`: the living record that stands for one that is gone; its address leads there."""

    def register(function: Callable[[int], int | None]) -> Callable[[int], int | None]:
        _successors[module] = function
        return function

    return register


def successor_of(module: str, pk: int) -> int | None:
    return _successors[module](pk) if module in _successors else None


def panels(module: str, place: Place) -> list[Panel]:
    """The panels of a place, in order."""
    return [one for one in _panels.get(module, []) if one.place == place]


def kinds(module: str) -> list[Kind]:
    """The registered sources of the module's timeline; the history of changes is not among them."""
    return _kinds.get(module, [])


def phrase_of(kind: str) -> Callable[[Event], str] | None:
    return _phrases.get(kind)
