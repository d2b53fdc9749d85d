"""The 360° page: what customers add to their record pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.actions import find as find_action
from anello.core.events.models import Event
from anello.core.modules import L, by_model, get
from anello.core.ui import formats
from anello.core.ui.lists.entries import gesture, menu_entry
from anello.core.ui.records.duplicates import Duplicate, finder
from anello.core.ui.records.panels import Entry, panel, phrase, successor, timeline
from anello.core.ui.values import record_url
from anello.customers import duplicates, figures, merging, queries
from anello.customers.composer import TALKED, shown
from anello.customers.module import ADDRESS, CONTACT_POINT, INTERACTION, KINDS
from anello.customers.treatments import get_treatment
from anello.kit.phone import format_phone

Render = Callable[[HttpRequest, Any, str], SafeString | None]


def _for_both(label: L, place: Any, order: int, modules: Sequence[str] = KINDS) -> Callable[[Render], Render]:
    """Register one panel for people and for organisations, or for other modules; it is told which."""

    def register(function: Render) -> Render:
        for name in modules:

            def draw(request: HttpRequest, record: Any, name: str = name) -> SafeString | None:
                return function(request, record, name)

            draw.__module__, draw.__qualname__ = function.__module__, f"{function.__qualname__}.{name}"
            panel(name, label, place=place, order=order)(draw)
        return function

    return register


def _draw(template: str, request: HttpRequest, context: Mapping[str, Any]) -> SafeString:
    return render_to_string(f"customers/{template}.html", dict(context), request)


def _add(request: HttpRequest, child: str, record: Any, name: str) -> str:
    """The form for a new detail of this customer, if the reader may add one."""
    if not getattr(record, "may_edit", False):
        return ""
    return f"{reverse('ui:create', args=[get(child).slug])}?quick=1&stay=1&{name}={record.pk}"


@_for_both(L("In cifre", "In figures"), "main", 10)
def key_figures(request: HttpRequest, record: Any, name: str) -> SafeString | None:
    # Areas add figures as they come: they are read on their own, and again when the record changes.
    return _draw("figures", request, {"module": get(name), "record": record})


def shown_figures(request: HttpRequest, name: str, pk: int) -> list[dict[str, Any]]:
    """Label and value of the customer's figures, as tiles show them."""
    found = figures.of_customer(request.actor, name, pk)  # type: ignore[attr-defined]
    return [{"label": one.label, "shown": _value(one.kind, value)} for one, value in found]


def _value(kind: figures.Kind, value: Any) -> Any:
    match kind:
        case "money":
            return formats.money(value)
        case "number":
            return formats.number(value)
        case "date":
            return formats.relative(value)
        case _:
            return value


@_for_both(L("Aggiungi alla cronologia", "Add to the timeline"), "composer", 10, TALKED)
def composer(request: HttpRequest, record: Any, name: str) -> SafeString | None:
    if not getattr(record, "may_edit", False):
        return None
    return _draw("composer", request, shown(request, get(name), record.pk))


_ICONS = {"email": "mail", "phone": "phone", "mobile": "phone", "fax": "printer", "web": "world"}


@_for_both(L("Altri recapiti", "Further contact points"), "side", 10)
def contact_points(request: HttpRequest, record: Any, name: str) -> SafeString | None:
    kinds, uses = ADDRESS.field("kind"), CONTACT_POINT.field("purpose")
    points = [
        {
            "kind": point.kind,
            "value": point.value,
            "icon": _ICONS[point.kind],
            "shown": format_phone(point.value) if point.value.startswith("+") else point.value,
            "purpose": uses.display(point.purpose),
        }
        for point in queries.contact_points(record)
    ]
    points += [
        {"kind": "address", "value": address.title, "icon": "map-pin", "purpose": kinds.display(address.kind)}
        for address in queries.addresses(record)
    ]
    add = _add(request, "contact_point", record, name)
    return _draw("contact", request, {"points": points, "add": add}) if points or add else None


@_for_both(L("Relazioni", "Relations"), "side", 20)
def relations(request: HttpRequest, record: Any, name: str) -> SafeString | None:
    actor: Any = request.actor  # type: ignore[attr-defined]
    ties = [
        {"label": tie.label, "other": tie.other, "relation": tie.relation, "url": _url(tie.other)}
        for tie in queries.relations(actor, record)
    ]
    add = _add(request, "relation", record, name)
    return _draw("relations", request, {"ties": ties, "add": add}) if ties or add else None


def _url(customer: Any) -> str:
    return record_url(type(customer).__name__.lower(), customer.pk)


@_for_both(L("Consensi", "Consents"), "side", 30)
def consents(request: HttpRequest, record: Any, name: str) -> SafeString | None:
    context = {"permissions": queries.consents(record), "add": _add(request, "consent", record, name)}
    return _draw("consents", request, context)


_CHANNEL_ICONS = {
    "note": "note", "phone": "phone", "email": "mail", "visit": "users", "chat": "messages", "sms": "message",
    "fax": "printer", "web": "world", "system": "bolt",
}  # fmt: skip
_SAID = tuple(channel for channel in _CHANNEL_ICONS if channel not in ("note", "system"))
_FACTS = {
    "created": L("creazione", "created"), "completed": L("fatta", "done"), "reopened": L("riaperta", "reopened"),
    "won": L("vinta", "won"), "lost": L("persa", "lost"), "issue": L("emessa", "issued"), "pay": L("pagata", "paid"),
    "overdue": L("scaduta", "overdue"), "credit": L("stornata", "credited"), "convert": L("convertita", "converted"),
    "send": L("inviato", "sent"), "accept": L("accettato", "accepted"), "decline": L("rifiutato", "declined"),
    "expired": L("scaduto", "expired"), "confirm": L("confermato", "confirmed"), "fulfil": L("evaso", "fulfilled"),
    "cancel": L("annullato", "cancelled"), "sent": L("inviata", "sent"), "bounced": L("respinta", "bounced"),
    "clicked": L("aperto un collegamento", "opened a link"), "unsubscribed": L("disiscrizione", "unsubscribed"),
}  # fmt: skip


def _source(channels: Sequence[str]) -> Any:
    def source(request: HttpRequest, record: Any, before: dt.datetime | None, size: int) -> list[Entry]:
        actor: Any = request.actor  # type: ignore[attr-defined]
        return [_entry(moment, record) for moment in queries.timeline(actor, record, channels, before, size)]

    return source


def _entry(moment: queries.Moment, page: Any) -> Entry:
    one = moment.interaction
    here = (one.about_module, one.about_id) == (by_model(type(page)).name, page.pk)
    about = "" if here else moment.about
    url = record_url(one.about_module, one.about_id) if about and one.about_id else ""
    if one.channel == "system":
        what = f"{get(one.about_module).names} {moment.about}: {_fact(one.event_kind)}"
        arc = "outcome" if one.event_kind.endswith((".won", ".pay")) else "activities"
    else:
        what = " · ".join(
            part for part in (INTERACTION.field("channel").display(one.channel), one.subject, about) if part
        )
        arc = "data" if one.channel == "note" else "activities"
    who = str(one.owner) if one.owner else "Anello"
    body, icon = linebreaksbr(one.body), _CHANNEL_ICONS[one.channel]
    return Entry(at=one.at, icon=icon, who=who, what=what, body=body, arc=arc, url=url)


def _fact(kind: str) -> str:
    verb = kind.rpartition(".")[2]
    own = find_action(kind)
    return str(_FACTS.get(verb) or (own.label if own and own.label else verb)).lower()


for _name in TALKED:
    timeline(_name, "notes", L("Note", "Notes"), icon="note")(_source(["note"]))
    timeline(_name, "said", L("Contatti", "Contacts"), icon="messages")(_source(_SAID))
for _name in KINDS:
    timeline(_name, "facts", L("Fatti", "Milestones"), icon="bolt")(_source(["system"]))


def _likely(name: str) -> Any:
    def likely(actor: Any, values: Mapping[str, Any]) -> list[Duplicate]:
        return [
            Duplicate(match.record.pk, match.record.title, _and(match.words))
            for match in duplicates.find(actor, get(name), values)
        ]

    return likely


def _and(words: Sequence[L]) -> L:
    return L(", ".join(word.it for word in words), ", ".join(word.en for word in words))


@phrase("treatment.apply")
def treated(event: Event) -> str:
    why = event.data["reason"]
    label = str(get_treatment(event.data["treatment"]).label)
    words = L(f"ha messo in atto una decisione: {label}", f"carried out a decision: {label}")
    return f"{words} ({why})" if why else str(words)


def _heir(name: str) -> Callable[[int], int | None]:
    return lambda pk: merging.heir(get(name), pk)


for _name in KINDS:
    menu_entry(_name, L("Doppioni", "Duplicates"), "arrow-merge", "duplicates/")
    gesture(_name, L("Unisci", "Merge"), "git-merge", "merge/")
    finder(_name)(_likely(_name))
    successor(_name)(_heir(_name))
