"""The history of a record in words: "Carla changed City from Milano to Torino"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.actions import find
from anello.core.events.models import Event
from anello.core.modules import Boolean, Field, Json, Link, LongText, Module, Ref
from anello.core.policies import readable
from anello.core.ui import values
from anello.core.ui.records.forms import targets, titles_for
from anello.core.ui.records.panels import Entry, phrase_of

SHORT = 80
LOOKS = 5
"""Pages of events looked through for those that the reader may know of."""
_ICONS = {
    "created": ("plus", "data"), "updated": ("pencil", "data"), "deleted": ("trash", "neutral"),
    "restored": ("arrow-back-up", "neutral"), "attached": ("paperclip", "activities"),
    "removed": ("trash", "neutral"), "recovered": ("paperclip", "activities"),
}  # fmt: skip
Titles = Mapping[tuple[str, int], str]


def history(
    request: HttpRequest, module: Module, record: Any, before: dt.datetime | None, size: int, known: Titles
) -> list[Entry]:
    """The newest `size` changes not later than `before`, without a trace of fields the reader may not see.

    `known` are titles that the page has read already.
    """
    events = Event.objects.filter(module=module.name, record_id=record.pk).select_related("actor")
    if before is not None:
        events = events.filter(at__lte=before)
    shown = {f.name: f for f in readable(request.actor, module)}  # type: ignore[attr-defined]
    told: list[Event] = []
    for start in range(0, LOOKS * size, size):
        page = list(events.order_by("-at", "-id")[start : start + size])
        told += [e for e in page if not e.kind.endswith(".updated") or not shown.keys().isdisjoint(e.changes)]
        if len(told) >= size or len(page) < size:
            break
    pairs = (
        pair
        for e in told
        for n, both in e.changes.items()
        if n in shown and isinstance(shown[n], Link | Ref)
        for value in both
        for pair in targets(shown[n], value)
    )
    titles = titles_for(request.actor, pairs, known)  # type: ignore[attr-defined]
    return [_entry(module, e, shown, titles, record) for e in told]


def _entry(module: Module, event: Event, shown: Mapping[str, Field], titles: Titles, record: Any) -> Entry:
    verb = event.kind.rpartition(".")[2]
    icon, arc = _ICONS.get(verb, ("bolt", "decisions"))
    lines: list[SafeString] = []
    what = _words(event, verb)
    if event.kind == f"{module.name}.updated":
        lines = [_line(shown[n], old, new, titles, record) for n, (old, new) in event.changes.items() if n in shown]
        if len(lines) == 1:
            what, lines = lines[0], []
    body = format_html('<ul class="changes">{}</ul>', format_html_join("", "<li>{}</li>", ((x,) for x in lines)))
    return Entry(
        at=event.at,
        icon=icon,
        arc=arc,
        who=str(event.actor) if event.actor else "Anello",
        what=what,
        body=body if lines else "",
    )


def _words(event: Event, verb: str) -> str:
    own = phrase_of(event.kind)
    if own is not None:
        return own(event)
    name = event.data.get("name", "")
    known = {
        "file.attached": _("attached %(name)s"),
        "file.removed": _("removed %(name)s"),
        "file.recovered": _("put %(name)s back"),
    }
    if event.kind in known:
        return known[event.kind] % {"name": name}
    simple = {
        "created": _("imported it") if event.via == "import" else _("created it"),
        "updated": _("changed"),
        "deleted": _("deleted it"),
        "restored": _("restored it"),
    }
    if verb in simple:
        return simple[verb]
    action = find(event.kind)
    # An event that nobody put into words is still told, by its name.
    return f"“{action.label if action is not None and action.label else verb.replace('_', ' ')}”"


def _line(f: Field, old: Any, new: Any, titles: Titles, record: Any) -> SafeString:
    label = format_html("<em>{}</em>", f.label)
    if isinstance(f, Boolean):
        return format_html(_("switched {} on") if new else _("switched {} off"), label)
    if isinstance(f, Json):
        return format_html(_("changed {}"), label)
    if isinstance(f, LongText):
        return _long(label, old, new)
    if new in (None, "", []):
        return format_html(_("cleared {} (it was {})"), label, _shown(f, old, titles, record))
    after = _shown(f, new, titles, record)
    if old in (None, "", []):
        return format_html(_("set {} to {}"), label, after)
    return format_html(_("changed {} from {} to {}"), label, _shown(f, old, titles, record), after)


def _long(label: SafeString, old: Any, new: Any) -> SafeString:
    if new in (None, ""):
        return format_html(_("cleared {}"), label)
    words = " ".join(str(new).split())
    short = words if len(words) <= SHORT else words[:SHORT].rstrip() + "…"
    return format_html(_("wrote {}: {}") if old in (None, "") else _("rewrote {}: {}"), label, short)


def _shown(f: Field, stored: Any, titles: Titles, record: Any) -> SafeString:
    """A JSON value as the sentence shows it; a link that the reader may not see stays unnamed."""
    targeted = targets(f, stored)
    if targeted:
        title = titles.get(targeted[0])
        return format_html("<strong>{}</strong>", title if title is not None else _("a record you cannot see"))
    value = from_json(f, stored)
    return format_html("<strong>{}</strong>", values.plain(f, value, titles, record))


def from_json(f: Field, stored: Any) -> Any:
    """The value that the JSON form in an event stands for."""
    if isinstance(f, Link | Ref) or stored is None:
        return stored
    return f.column.to_python(stored)


def merged(groups: Iterable[Iterable[Entry]], size: int) -> tuple[list[Entry], dt.datetime | None]:
    """The newest entries of several sources, and where the next page starts (None: nothing older).

    Everything of one moment stays on one page, so a page can be a little longer than `size`.
    """
    entries = sorted((entry for group in groups for entry in group), key=lambda entry: entry.at, reverse=True)
    if len(entries) <= size:
        return entries, None
    edge = entries[size - 1].at
    page = [entry for entry in entries if entry.at >= edge]
    older = entries[len(page) :]
    return page, older[0].at if older else None
