"""Who hears of what: people mentioned in a note, new owners, watchers."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils import timezone

from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.inbox.models import Watch
from anello.core.inbox.notices import deliver, who_may_see
from anello.core.modules import LongText, Module, get
from anello.core.modules.registry import names
from anello.kit.text import L

MENTION = re.compile(r"(?<![\w@.+-])@([A-Za-z0-9](?:[\w.-]*\w)?)")
FRESH = dt.timedelta(days=1)
"""Older events are history, not news: a consumer that starts late, or an import, wakes nobody."""
ONE_BY_ONE = 3
"""More records than this in one gesture make one notice about all of them."""
_SILENT = {"import", "cli", "system"}

_SENTENCES = {
    "mention": (
        L("{who} ti ha menzionato in {what}", "{who} mentioned you in {what}"),
        L("{who} ti ha menzionato in {number} record", "{who} mentioned you in {number} records"),
    ),
    "assigned": (
        L("{who} ti ha assegnato {what}", "{who} assigned {what} to you"),
        L("{who} ti ha assegnato {number} {plural}", "{who} assigned {number} {plural} to you"),
    ),
    "watched": (
        L("{who} ha modificato {what}", "{who} changed {what}"),
        L("{who} ha modificato {number} {plural} che segui", "{who} changed {number} {plural} that you follow"),
    ),
}


@consumer("notices", kinds=["*.created", "*.updated", "*.deleted", "file.*"])
def notices(events: list[Event]) -> None:
    horizon = timezone.now() - FRESH
    told = [e for e in events if e.at > horizon and e.via not in _SILENT and e.record_id and e.module in names()]
    # What only followed from another record is nobody's doing on this one.
    fresh = [e for e in told if not e.data.get("derived")]
    if not fresh:
        return
    people = {p.pk: p for p in _people(fresh)}
    reasons = _reasons(fresh, people)
    groups: dict[tuple[int, str, Any, str], list[Event]] = defaultdict(list)
    for (user_id, event), kind in reasons.items():
        groups[user_id, kind, event.batch, event.module].append(event)
    for (user_id, kind, _, module_name), group in groups.items():
        _tell(people, user_id, kind, get(module_name), group)


def _people(events: list[Event]) -> Iterable[Any]:
    """Everybody these events may concern, and their actors."""
    records: dict[str, set[int | None]] = defaultdict(set)
    for event in events:
        records[event.module].add(event.record_id)
    watched = reduce(or_, (Q(module=module, record_id__in=found) for module, found in records.items()))
    ids: set[int | None] = set(Watch.objects.filter(watched).values_list("user_id", flat=True))
    ids |= {e.changes["owner"][1] for e in events if "owner" in e.changes} | {e.actor_id for e in events}
    mentioned = {name.lower() for e in events for name in _mentions(e)}
    users = get("user").model._default_manager.filter(is_active=True)
    return users.filter(Q(pk__in=ids - {None}) | Q(username__in=mentioned)).prefetch_related("roles")


def _mentions(event: Event) -> set[str]:
    """User names that the event's texts mention now and did not before."""
    module, found = get(event.module), set()
    for name, (old, new) in event.changes.items():
        if module.has(name) and isinstance(module.field(name), LongText):
            found |= set(MENTION.findall(new or "")) - set(MENTION.findall(old or ""))
    return found


def _reasons(events: list[Event], people: dict[int, Any]) -> dict[tuple[int, Event], str]:
    """{(user, event): kind of notice}: the strongest reason counts, and nobody hears of one's own doing."""
    by_name = {p.username.lower(): p.pk for p in people.values()}
    watching: dict[tuple[str, int], set[int]] = defaultdict(set)
    for user_id, module, pk in Watch.objects.filter(user_id__in=people).values_list("user_id", "module", "record_id"):
        watching[module, pk].add(user_id)
    reasons: dict[tuple[int, Event], str] = {}
    for event in events:
        concerned = dict.fromkeys(watching[event.module, event.record_id or 0], "watched")
        owner = event.changes.get("owner", [None, None])[1]
        if owner in people:
            concerned[owner] = "assigned"
        concerned |= {by_name[n.lower()]: "mention" for n in _mentions(event) if n.lower() in by_name}
        reasons |= {(u, event): kind for u, kind in concerned.items() if u != event.actor_id}
    return reasons


def _tell(people: dict[int, Any], user_id: int, kind: str, module: Module, events: list[Event]) -> None:
    allowed = who_may_see([people[user_id]], module, [e.record_id for e in events if e.record_id])[user_id]
    ids = {e.record_id for e in events if e.record_id in allowed}
    actor = people.get(events[0].actor_id or 0)
    who = str(actor) if actor else "Anello"
    one, many = _SENTENCES[kind]
    if len(ids) > ONE_BY_ONE:
        number = len(ids)
        text = L(
            many.it.format(who=who, number=number, plural=module.plural.it.lower()),
            many.en.format(who=who, number=number, plural=module.plural.en.lower()),
        )
        deliver([user_id], text, kind=kind, url=f"/{module.slug}/")
        return
    for record in module.model._default_manager.filter(pk__in=ids):
        what = module.title_of(record)
        text = L(one.it.format(who=who, what=what), one.en.format(who=who, what=what))
        deliver([user_id], text, kind=kind, url=f"/{module.slug}/{record.pk}/")
