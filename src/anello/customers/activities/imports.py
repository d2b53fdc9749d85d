"""Taking in a calendar file."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from anello.core.actions import Change, Context, Invalid, engine
from anello.core.modules import get
from anello.customers.activities import ical, series
from anello.customers.activities.exceptions import exception
from anello.customers.activities.ical import Read
from anello.customers.activities.models import Activity, new_uid
from anello.kit.text import L


def take_in(ctx: Context, text: str) -> dict[str, Any]:
    """See the action `activity.import_calendar`."""
    zone = ZoneInfo(ctx.user.time_zone) if ctx.user else ZoneInfo(timezone.get_default_timezone_name())
    try:
        file = ical.parse(text, zone)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        # What the parser lets through when a file is no calendar.
        raise Invalid({"text": [L("Non è un file di calendario.", "This is not a calendar file.")]}) from error
    done = {"created": 0, "updated": 0}
    wrong = file.wrong
    # Series before their exceptions, whatever the order in the file.
    for read in sorted(file.read, key=lambda r: r.recurrence_id is not None):
        try:
            with transaction.atomic():
                done[_keep(ctx, read)] += 1
        except Invalid as error:
            wrong.append(f"{read.values['subject']}: {error}")
    return {**done, "wrong": wrong}


def _keep(ctx: Context, read: Read) -> str:
    written = len(ctx.events)
    try:
        return _stored(ctx, read)
    except BaseException:
        # What was rolled back is not told.
        del ctx.events[written:]
        raise


def _stored(ctx: Context, read: Read) -> str:
    mine = Activity.objects.select_for_update().filter(owner_id=ctx.actor.id, uid=read.uid, series=None)
    known = mine.first() if read.uid else None
    values = {**read.values, **({"status": "cancelled"} if read.cancelled else {})}
    if read.recurrence_id is not None:
        if known is None or not known.recurrence or not series.is_occurrence(known, read.recurrence_id):
            raise Invalid(L("è di una serie che qui non c'è", "it belongs to a series that is not here"))
        ctx.update(exception(ctx, known, read.recurrence_id), values)
        return "updated"
    outcome = "updated" if known else "created"
    activity = ctx.update(known, values) if known else _new(ctx, read, values)
    for moment in read.left_out:
        if activity.recurrence and series.is_occurrence(activity, moment):
            ctx.update(exception(ctx, activity, moment), {"status": "cancelled"})
    return outcome


def _new(ctx: Context, read: Read, values: dict[str, Any]) -> Activity:
    module = get("activity")
    (cleaned,) = engine.validate(ctx, module, [values], "create", checked=True)
    activity = Activity(owner_id=ctx.actor.id, uid=read.uid or new_uid(), time_zone=read.zone or "")
    for name, value in cleaned.items():
        module.field(name).set(activity, value)
    engine.store_new(ctx, module, [Change(activity)])
    return activity
