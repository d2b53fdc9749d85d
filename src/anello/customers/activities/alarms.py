"""When each activity must be brought to mind, and bringing it to mind once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from anello.customers.activities import series
from anello.customers.activities.models import Activity, Alarm, Attendee, Notice
from anello.customers.activities.module import ACTIVE

_AHEAD = (dt.timedelta(days=40), dt.timedelta(days=800), dt.timedelta(days=366 * 51))
"""How far to look for the next occurrence, in growing steps: most series repeat soon."""

BATCH = 200


def follow(activities: Sequence[Activity], now: dt.datetime) -> None:
    """Set, move or take away the alarms of changed activities (and of the series that an exception leaves)."""
    masters = {a.series_id for a in activities if a.series_id} - {a.pk for a in activities}
    affected = [*activities, *(Activity.objects.filter(pk__in=masters) if masters else ())]
    reset(affected, now)


def reset(activities: Iterable[Activity], now: dt.datetime, after: dt.datetime | None = None) -> None:
    """Give each activity the alarm of its next occurrence that is not over at `now` (and comes after `after`)."""
    activities = list(activities)
    alarms = [alarm for activity in activities if (alarm := _next(activity, now, after))]
    without = {a.pk for a in activities} - {alarm.activity_id for alarm in alarms}
    if without:
        Alarm.objects.filter(activity_id__in=without).delete()
    Alarm.objects.bulk_create(
        alarms, update_conflicts=True, unique_fields=["activity"], update_fields=["moment", "at"], batch_size=2000
    )


def _next(activity: Activity, now: dt.datetime, after: dt.datetime | None) -> Alarm | None:
    if activity.reminder is None or activity.status not in ACTIVE or activity.deleted_at is not None:
        return None
    before = dt.timedelta(minutes=activity.reminder)
    if not activity.recurrence:
        base = series.reminder_base(activity)
        over = base is None or _over(activity, None, now) or (after is not None and base <= after)
        return None if base is None or over else Alarm(activity=activity, moment=base, at=base - before)
    moment = next_moment(activity, now, after)
    base = series.reminder_base(activity, moment) if moment else None
    return Alarm(activity=activity, moment=base, at=base - before) if base else None


def next_moment(activity: Activity, now: dt.datetime, after: dt.datetime | None) -> dt.datetime | None:
    """When a series happens next that is not over at `now` (and comes after `after`)."""
    taken = set(Activity.objects.filter(series=activity).values_list("recurrence_id", flat=True))
    start = now - dt.timedelta(minutes=activity.duration or 0, days=1)
    for ahead in _AHEAD:
        for moment in series.moments(activity, start, start + ahead):
            base = series.reminder_base(activity, moment)
            late = after is not None and base is not None and base <= after
            if moment not in taken and not late and not _over(activity, moment, now):
                return moment
    return None


def _over(activity: Activity, moment: dt.datetime | None, now: dt.datetime) -> bool:
    when = series.span(activity, moment)
    if when.end is not None:
        return when.end < now
    return when.due is None or when.due < now.astimezone(series.zone_of(activity)).date()


def due(now: dt.datetime) -> tuple[int, list[Notice]]:
    """Take the alarms that are due and write a notice for each person who is not reminded yet; at most 200 alarms.

    Returns how many alarms were taken, and the new notices.
    In one transaction with whatever the caller does with the notices; each alarm then waits for its next occurrence.
    Several workers may do this at once: an alarm that one of them holds, the others pass over.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("notices belong to the transaction that delivers them")
    ringing = list(
        Alarm.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("activity")
        .filter(at__lte=now)
        .order_by("at")[:BATCH]
    )
    wanted: dict[tuple[int, dt.datetime, int], Notice] = {}
    people = _people([alarm.activity for alarm in ringing])
    for alarm in ringing:
        activity = alarm.activity
        # What was deleted or is over by now is past reminding.
        if activity.deleted_at is None and not _missed(alarm, now):
            for user in people[activity.pk]:
                root = activity.series_id or activity.pk
                wanted[root, alarm.moment, user] = Notice(
                    activity_id=root, moment=alarm.moment, user_id=user, sent_at=now
                )
    for alarm in ringing:
        reset([alarm.activity], now, after=alarm.moment)
    roots = {root for root, _, _ in wanted}
    known = set(Notice.objects.filter(activity__in=roots).values_list("activity_id", "moment", "user_id"))
    fresh = [notice for key, notice in wanted.items() if key not in known]
    return len(ringing), Notice.objects.bulk_create(fresh)


def _missed(alarm: Alarm, now: dt.datetime) -> bool:
    """Whether what it reminds of was over before anybody could be told."""
    activity = alarm.activity
    length = dt.timedelta(days=1) if activity.start_at is None else dt.timedelta(minutes=activity.duration or 0)
    return alarm.moment + max(length, dt.timedelta(minutes=5)) < now


def _people(activities: Sequence[Activity]) -> dict[int, set[int]]:
    """Who is reminded of each activity: its owner and the colleagues who have not declined."""
    found: dict[int, set[int]] = {a.pk: {a.owner_id} if a.owner_id else set() for a in activities}
    invited = Attendee.objects.filter(Q(activity__in=found), user__isnull=False, user__is_active=True)
    for activity, user in invited.exclude(response="declined").values_list("activity_id", "user_id"):
        found[activity].add(user)
    return found
