"""What is read of teams, of the event log and of failed attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from anello.core.accounts import attempts
from anello.core.accounts.models import LoginAttempt, User
from anello.core.events.models import Event
from anello.core.modules import Module, get
from anello.core.modules.registry import names
from anello.core.policies import Actor
from anello.kit.numbers import whole

PAGE = 50


def members(team: int | None) -> list[int]:
    """The active people of a team and of the teams below it, in a stable order."""
    if team is None:
        return []
    users = User.objects.filter(team__path__contains=f"/{team}/", is_active=True)
    return list(users.order_by("pk").values_list("pk", flat=True))


def asked_about(actor: Actor, module: Module) -> QuerySet[User]:
    """Of whom the actor may ask what they may do to the records of the module, and why.

    Administrators of everybody; managers of the module's area of their own team and of the teams below it.
    """
    people = User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")
    if not asks_why(actor, module):
        return people.none()
    return people if actor.administrator else people.filter(team__in=actor.team_ids)


def asks_why(actor: Actor, module: Module) -> bool:
    """Whether there is anybody of whom the actor may ask that."""
    return actor.administrator or any(role.areas.get(module.area) == "manager" for role in actor.roles)


@dataclass(frozen=True)
class AuditFilter:
    """Which events: of a person, a module, a kind (or its beginning), between two days, elevated only."""

    person: int | None = None
    module: str = ""
    kind: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    elevated: bool = False
    before: tuple[dt.datetime, int] | None = None
    """Moment and id of the last event of the page before."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> tuple[AuditFilter, list[str]]:
        """The filter of a query string, and what in it makes no sense."""
        errors: list[str] = []
        person = whole(query.get("person", ""))
        days = {name: _day(query.get(name, ""), errors) for name in ("start", "end")}
        if person is None and query.get("person"):
            errors.append(_("Unknown person."))
        return cls(
            person=person,
            module=query.get("module", ""),
            kind=query.get("kind", "").strip()[:80].replace("\x00", ""),
            start=days["start"],
            end=days["end"],
            elevated=query.get("elevated") == "true",
            before=_place(query.get("before", ""), errors),
        ), errors


def _day(text: str, errors: list[str]) -> dt.date | None:
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        errors.append(_("Not a valid date."))
    return day


def _place(text: str, errors: list[str]) -> tuple[dt.datetime, int] | None:
    if not text:
        return None
    moment, _separator, pk = text.partition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at) or (number := whole(pk)) is None:
        errors.append(_("This page does not exist."))
        return None
    return at, number


def audit(wanted: AuditFilter) -> tuple[list[dict[str, Any]], str]:
    """A page of events, the newest first, and where the next begins ("" at the end)."""
    found = Event.objects.select_related("actor").order_by("-at", "-id")
    if wanted.person is not None:
        found = found.filter(actor_id=wanted.person)
    if wanted.module:
        found = found.filter(module=wanted.module)
    if wanted.kind:
        found = found.filter(kind__startswith=wanted.kind)
    if wanted.start:
        found = found.filter(at__gte=_midnight(wanted.start))
    if wanted.end:
        found = found.filter(at__lt=_midnight(wanted.end + dt.timedelta(days=1)))
    if wanted.elevated:
        found = found.filter(elevated=True)
    if wanted.before:
        at, pk = wanted.before
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=pk))
    events = list(found[: PAGE + 1])
    older = ""
    if len(events) > PAGE:
        events = events[:PAGE]
        older = f"{events[-1].at.isoformat()}_{events[-1].pk}"
    titles = _titles(events)
    return [
        {"event": e, "title": titles.get((e.module, e.record_id or 0), ""), "changes": _changes(e)} for e in events
    ], older


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _titles(events: list[Event]) -> dict[tuple[str, int], str]:
    """What the records are called: one query per module on the page."""
    ids: dict[str, set[int]] = {}
    for event in events:
        if event.record_id and event.module in names():
            ids.setdefault(event.module, set()).add(event.record_id)
    titles = {}
    for name, wanted in ids.items():
        module = get(name)
        manager = getattr(module.model, "everything", module.model._default_manager)
        for record in manager.filter(pk__in=wanted):
            titles[(name, record.pk)] = module.title_of(record)
    return titles


def _changes(event: Event) -> list[tuple[str, Any, Any]]:
    """(label, before, after) of each change; data that is no change has no before."""
    module = get(event.module) if event.module in names() else None
    rows = []
    for name, (old, new) in event.changes.items():
        label = module.field(name).label if module is not None and module.has(name) else name
        rows.append((str(label), old, new))
    return rows + [(name, None, value) for name, value in event.data.items()]


def locked_doors() -> list[dict[str, Any]]:
    """Accounts and addresses that are locked now: {what, user, address, until}."""
    recent = LoginAttempt.objects.filter(succeeded=False, at__gt=timezone.now() - 2 * attempts.PERIOD)
    accounts = recent.filter(forgiven=False, account__startswith="user:").values("account").annotate(n=Count("pk"))
    addresses = recent.values("address").annotate(n=Count("pk")).filter(n__gte=attempts.ADDRESS_LIMIT)
    found: list[dict[str, Any]] = []
    for row in accounts.filter(n__gte=attempts.ACCOUNT_LIMIT):
        if until := attempts.account_locked(row["account"]):
            user = User.objects.get(pk=row["account"].removeprefix("user:"))
            found.append({"user": user, "address": "", "until": until})
    for place in addresses:
        if until := attempts.address_locked(place["address"]):
            found.append({"user": None, "address": place["address"], "until": until})
    return found
