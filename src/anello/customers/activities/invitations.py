"""Invitations by mail: the calendar message, the signed link to answer, and who must be told of what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse

from anello.core.events.models import Event
from anello.core.ui import formats
from anello.customers.activities import feeds, ical, series
from anello.customers.activities.models import Activity, Attendee
from anello.customers.activities.rules import TOLD

SALT = "activities.answer"
VALID = dt.timedelta(days=400)


def message(to: Attendee, method: str) -> bytes:
    """The calendar message for one attendee, who sees all that are invited."""
    activity: Activity = to.activity
    if activity.deleted_at is not None and activity.series is not None and activity.series.deleted_at is None:
        # An exception was taken back: the occurrence is again where the series has it.
        when = series.span(activity.series, activity.recurrence_id)
        activity.start_at, activity.end_at, activity.sequence = when.start, when.end, activity.sequence + 1
        activity.status = activity.series.status
    invited = feeds.attendees_of([activity])
    invited[activity.pk] = [a for a in invited[activity.pk] if a.pk != to.pk] + [to]
    return ical.calendar([activity], invited, {}, method=method)


def response_url(attendee: Attendee) -> str:
    """Where the attendee answers without an account; the signature is the permission."""
    return settings.BASE_URL + reverse("calendar:answer", args=[signing.dumps(attendee.pk, salt=SALT)])


def answering(token: str) -> Attendee | None:
    """The attendee of a signed link; None if it was forged, is too old, or the invitation is no longer."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.BadSignature:
        return None
    found = Attendee.objects.select_related("activity__owner").filter(pk=pk, activity__deleted_at=None)
    return found.first()


def when(activity: Activity) -> str:
    """Date and time in words, in the current language and time zone."""
    if activity.start_at is None:
        return formats.day(activity.due_on) if activity.due_on else ""
    return (
        formats.day(series.wall(activity.start_at, series.zone_of(activity)))
        if activity.all_day
        else formats.full(activity.start_at)
    )


def told_of(events: Iterable[Event], now: dt.datetime) -> dict[int, str]:
    """{attendee: "REQUEST" | "CANCEL"} that these events make necessary; the last event about an attendee counts."""
    wanted: dict[int, str] = {}
    for event in events:
        if event.module == "attendee":
            _about_attendee(event, wanted)
        elif event.kind == "activity.updated" and event.changes.keys() & {*TOLD, "status"}:
            _about_activity(event, wanted)
    living = Attendee.everything.filter(pk__in=wanted, notify=True, activity__owner__isnull=False).exclude(email="")
    # What is over needs no words.
    future = living.filter(~Q(activity__recurrence="") | Q(activity__end_at=None) | Q(activity__end_at__gt=now))
    return {pk: wanted[pk] for pk in future.order_by("pk").values_list("pk", flat=True)}


def _about_attendee(event: Event, wanted: dict[int, str]) -> None:
    pk = event.record_id or 0
    attendee = Attendee.everything.select_related("activity").filter(pk=pk).first()
    if attendee is None:
        return
    exception = attendee.activity.series_id is not None
    if event.kind == "attendee.created":
        # Copied along with an occurrence: they already know the series.
        known = (
            exception
            and Attendee.objects.filter(activity_id=attendee.activity.series_id, email=attendee.email).exists()
        )
        if not known:
            wanted[pk] = "REQUEST"
    elif event.kind == "attendee.deleted":
        wanted[pk] = "REQUEST" if exception and attendee.activity.deleted_at is not None else "CANCEL"
    elif event.kind == "attendee.restored":
        wanted[pk] = "REQUEST"


def _about_activity(event: Event, wanted: dict[int, str]) -> None:
    status = event.changes.get("status", [None, None])
    if "cancelled" in status:
        method = "CANCEL" if status[1] == "cancelled" else "REQUEST"
    elif event.changes.keys() & set(TOLD):
        method = "REQUEST"
    else:
        return
    for pk in Attendee.objects.filter(activity_id=event.record_id).values_list("pk", flat=True):
        wanted[pk] = method
