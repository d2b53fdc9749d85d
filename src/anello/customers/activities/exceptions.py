"""Occurrences that leave their series: as rows of their own, or as the start of a new series."""

from __future__ import annotations

import datetime as dt
from typing import Any

from anello.core.actions import Change, Context, Invalid, engine
from anello.core.modules import get
from anello.customers.activities import alarms, series
from anello.customers.activities.models import Activity, Attendee, new_uid
from anello.kit.text import L

NO_SUCH = L("La serie non ha questa volta.", "The series has no such occurrence.")


def resolve(ctx: Context, activity: Activity, occurrence: dt.datetime | None, scope: str = "this") -> Activity:
    """The row to write to: the activity itself, a row of its own for the occurrence, or a new series from there on."""
    if occurrence is None or scope == "all":
        return activity
    if not activity.recurrence:
        raise Invalid({"occurrence": [L("Non si ripete.", "It does not repeat.")]})
    moment = occurrence.astimezone(dt.UTC)
    if not series.is_occurrence(activity, moment):
        raise Invalid({"occurrence": [NO_SUCH]})
    return _split(ctx, activity, moment) if scope == "following" else exception(ctx, activity, moment)


def exception(ctx: Context, master: Activity, moment: dt.datetime) -> Activity:
    """The occurrence as a row of its own, made if it is not one yet."""
    known = Activity.objects.select_for_update().filter(series=master, recurrence_id=moment).first()
    if known is not None:
        return known
    when = series.span(master, moment)
    return _copy(
        ctx, master, series=master, recurrence_id=moment, recurrence="", repeats_until=None,
        start_at=when.start, end_at=when.end, due_on=when.due,
    )  # fmt: skip


def _split(ctx: Context, master: Activity, moment: dt.datetime) -> Activity:
    """End the series before the moment and go on with a new one from there, exceptions included."""
    earlier = [m for m in series.all_moments(master) if m < moment]
    if not earlier:
        return master
    when, rule = series.span(master, moment), series.without_first(master.recurrence, len(earlier))
    end_before(ctx, master, moment)
    new = _copy(
        ctx, master, uid=new_uid(), sequence=0, recurrence=rule,
        start_at=when.start, end_at=when.end, due_on=when.due,
    )  # fmt: skip
    Activity.objects.filter(series=master, recurrence_id__gte=moment).update(series=new, uid=new.uid)
    alarms.reset([new], ctx.now)
    return new


def end_before(ctx: Context, master: Activity, moment: dt.datetime) -> Activity:
    zone = series.zone_of(master)
    first = series.anchor(master)
    if first is not None and series.wall(moment, zone) <= first:
        return ctx.update(master, {"status": "cancelled"})
    return ctx.update(master, {"recurrence": series.until(master.recurrence, series.wall(moment, zone))})


def _copy(ctx: Context, source: Activity, **changes: Any) -> Activity:
    """A copy that is stored, with its attendees and their answers."""
    own = {"id", "title", "title_key", "search_text", "version", "created_at", "updated_at", "deleted_at"}
    values = {f.attname: getattr(source, f.attname) for f in Activity._meta.concrete_fields if f.attname not in own}
    copy = Activity(**values)
    for name, value in changes.items():
        setattr(copy, name, value)
    module = get("activity")
    engine.store_new(ctx, module, [Change(copy)])
    attendees = []
    for old in Attendee.objects.filter(activity=source).order_by("pk"):
        kept = ("user_id", "person_id", "email", "name", "response", "notify", "owner_id", "team_id")
        attendees.append(Change(Attendee(activity=copy, **{name: getattr(old, name) for name in kept})))
    if attendees:
        engine.store_new(ctx, get("attendee"), attendees)
    return copy
