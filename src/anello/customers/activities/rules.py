"""What always holds for activities and attendees, whoever writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.modules import get
from anello.customers.activities import alarms, series
from anello.customers.activities.models import Activity, Attendee
from anello.customers.activities.module import ACHIEVED, ACTIVE, CALL, DURATION_MAX, MEETING, TASK
from anello.kit.text import L

STATUSES = {
    CALL: ("planned", "held", "not_held", "cancelled"),
    MEETING: ("planned", "held", "not_held", "cancelled"),
    TASK: ("open", "done", "cancelled"),
}
"""What a status can be, by kind; the first is the one of a new activity."""

_TO_TASK = {"planned": "open", "held": "done", "not_held": "cancelled"}
_FROM_TASK = {"open": "planned", "done": "held"}
_MINUTES = {CALL: 15, MEETING: 60, TASK: 30}
"""How long it takes when nobody said."""

WHEN = ("start_at", "end_at", "all_day", "due_on", "recurrence")
TOLD = (*WHEN, "subject", "location")
"""What invited people must hear of."""


@rule("activity")
def in_order(ctx: Context, changes: list[Change]) -> None:
    zones = _zones(changes)
    for change, errors in _each(changes):
        activity = change.record
        activity.time_zone = activity.time_zone or zones.get(activity.owner_id, timezone.get_default_timezone_name())
        _status(ctx, change, errors)
        _call(activity, errors)
        _times(change, errors)
        if not errors:
            _series(change, errors)
        if not change.new and (change.touches(*TOLD) or (change.touches("status") and activity.status == "cancelled")):
            activity.sequence += 1


def _each(changes: list[Change]) -> Iterator[tuple[Change, dict[str, list[L | str]]]]:
    """Every change with the place for its errors; raises all of them at the end."""
    found: dict[str, list[L | str]] = {}
    for index, change in enumerate(changes):
        errors: dict[str, list[L | str]] = {}
        yield change, errors
        found |= {f"{index}.{name}" if len(changes) > 1 else name: words for name, words in errors.items()}
    if found:
        raise Invalid(found)


def _zones(changes: list[Change]) -> dict[int, str]:
    owners = {c.record.owner_id for c in changes if not c.record.time_zone and c.record.owner_id}
    users = get("user").model._default_manager
    return dict(users.filter(pk__in=owners).values_list("pk", "time_zone")) if owners else {}


def _status(ctx: Context, change: Change, errors: dict[str, list[L | str]]) -> None:
    activity = change.record
    allowed = STATUSES.get(activity.kind, ())
    if not allowed:
        errors["kind"] = [L("Indica il tipo.", "Give the kind.")]
        return
    activity.status = activity.status or allowed[0]
    if activity.status not in allowed and not change.new and not change.touches("status"):
        table = _TO_TASK if activity.kind == TASK else _FROM_TASK
        activity.status = table.get(activity.status, activity.status)
    if activity.status not in allowed:
        errors["status"] = [L("Stato non previsto per questo tipo.", "Not a status of this kind.")]
    elif activity.recurrence and activity.status not in (*ACTIVE, "cancelled"):
        errors["status"] = [
            L("È una serie: concludi la singola volta.", "This is a series: complete the single occurrence.")
        ]
    if activity.status in ACTIVE:
        activity.done_at = None
    elif activity.done_at is None:
        activity.done_at = ctx.now


def _call(activity: Activity, errors: dict[str, list[L | str]]) -> None:
    for name in ("direction", "outcome"):
        if getattr(activity, name) and activity.kind != CALL:
            errors[name] = [L("Vale solo per le telefonate.", "Only calls have it.")]


def _times(change: Change, errors: dict[str, list[L | str]]) -> None:
    activity = change.record
    if activity.start_at is None:
        if activity.kind != TASK or activity.end_at is not None or activity.all_day:
            errors["start_at"] = [L("Indica quando inizia.", "Say when it starts.")]
        return
    activity.start_at = activity.start_at.replace(microsecond=0)
    ends = activity.end_at is not None and change.touches("end_at")
    if activity.end_at is None or (not ends and change.touches("start_at", "duration")):
        minutes = _MINUTES.get(activity.kind, 0) if activity.duration is None else activity.duration
        activity.end_at = activity.start_at + dt.timedelta(minutes=minutes)
    activity.end_at = activity.end_at.replace(microsecond=0)
    if activity.all_day:
        _whole_days(activity, given=ends)
    else:
        activity.duration = int((activity.end_at - activity.start_at).total_seconds() // 60)
    if activity.duration < 0:
        errors["end_at"] = [L("Finisce prima di iniziare.", "It ends before it starts.")]
    elif activity.duration > DURATION_MAX:
        errors["end_at"] = [L("Dura al massimo 31 giorni.", "It lasts 31 days at most.")]


def _whole_days(activity: Any, *, given: bool) -> None:
    """From the midnight of the first day to the midnight after the last, in the activity's time zone."""
    zone = series.zone_of(activity)
    first = series.wall(activity.start_at, zone).date()
    if given:
        end = series.wall(activity.end_at, zone)
        last = end.date() if end.time() == dt.time() else end.date() + dt.timedelta(days=1)
        days = (last - first).days or 1
    else:
        days = max(1, round((activity.duration or 0) / (24 * 60)))
    midnights = (dt.datetime.combine(first + dt.timedelta(days=n), dt.time()) for n in (0, days))
    activity.start_at, activity.end_at = (series.lived(midnight, zone) for midnight in midnights)
    activity.duration = days * 24 * 60


def _series(change: Change, errors: dict[str, list[L | str]]) -> None:
    activity = change.record
    if not activity.recurrence:
        activity.repeats_until = None
    elif activity.series_id is not None:
        errors["recurrence"] = [L("Una sola volta non si ripete.", "A single occurrence does not repeat.")]
    elif change.touches(*WHEN):
        try:
            old, new = _moved(change)
            if old and new and not change.touches("recurrence"):
                activity.recurrence = series.shifted(activity.recurrence, old, new)
            series.settle(activity)
        except Invalid as wrong:
            errors.update({name: list(words) for name, words in wrong.errors.items()})


def _moved(change: Change) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The wall-clock times of the first occurrence before and after the change."""
    if change.new:
        return None, None
    before = Activity(
        start_at=change.before["start_at"], due_on=change.before["due_on"], time_zone=change.before["time_zone"]
    )
    return series.anchor(before), series.anchor(change.record)


@rule("activity", when="after")
def exceptions_follow(ctx: Context, changes: list[Change]) -> None:
    """When a series moves, so do the places of its exceptions."""
    for change in changes:
        activity = change.record
        if change.new or not change.before["recurrence"] or not change.touches("start_at", "due_on"):
            continue
        old, new = _moved(change)
        if old is None or new is None or old == new:
            continue
        zone = series.zone_of(activity)
        rows = list(Activity.objects.select_for_update().filter(series=activity))
        for row in rows:
            row.recurrence_id = series.lived(series.wall(row.recurrence_id, zone) + (new - old), zone)
        # Two neighbours may swap places: the later one first when moving on, the earlier first when moving back.
        for row in sorted(rows, key=lambda r: r.recurrence_id, reverse=new > old):
            row.save(update_fields=["recurrence_id"])


@rule("activity", when="after")
def tells_completion(ctx: Context, changes: list[Change]) -> None:
    """Completing is a fact of its own, through whichever door: `activity.completed`, and `activity.reopened`."""
    for change in changes:
        now = change.record.status in ACHIEVED
        if now != (change.before.get("status") in ACHIEVED):
            activity = change.record
            told = {"title": activity.title, "kind": activity.kind, "outcome": activity.outcome}
            ctx.emit(f"activity.{'completed' if now else 'reopened'}", activity, data=told)


@rule("activity", when="after")
def alarms_follow(ctx: Context, changes: list[Change]) -> None:
    moved = [c.record for c in changes if c.touches(*WHEN, "reminder", "status", "kind")]
    alarms.follow(moved, ctx.now)


@rule("attendee")
def known_by(ctx: Context, changes: list[Change]) -> None:
    """An attendee is a colleague, a person or an address; name and address follow from the first two."""
    users = _people("user", changes)
    people = _people("person", changes)
    for change, errors in _each(changes):
        attendee: Attendee = change.record
        if attendee.user_id and attendee.person_id:
            errors["person"] = [L("Un collega o una persona, non entrambi.", "A colleague or a person, not both.")]
            continue
        known = users.get(attendee.user_id) or people.get(attendee.person_id)
        if known is not None:
            attendee.email = attendee.email or known.email
            attendee.name = str(known)[:200]
        elif not attendee.email:
            errors["email"] = [
                L("Serve un collega, una persona o un'e-mail.", "A colleague, person or e-mail is needed.")
            ]
        if change.touches("response"):
            attendee.responded_at = None if attendee.response == "needs_action" else ctx.now


def _people(module: str, changes: list[Change]) -> dict[int | None, Any]:
    wanted = {getattr(c.record, f"{module}_id") for c in changes} - {None}
    return dict(get(module).model._default_manager.in_bulk(wanted)) if wanted else {}
