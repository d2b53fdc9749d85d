"""What the calendar says about a customer on the customer's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Min, Q
from django.utils import timezone

from anello.core.policies import Actor, visible
from anello.customers.activities import series
from anello.customers.activities.alarms import next_moment
from anello.customers.activities.models import Activity
from anello.customers.activities.module import ACTIVE
from anello.customers.figures import figure
from anello.kit.text import L

SERIES = 20
"""Series of a customer that are looked at; nobody has more, and a page must not grow with those who do."""


@figure("next_activity", L("Prossima attività", "Next activity"), kind="date", order=40)
def next_activity(actor: Actor, module: str, ids: Sequence[int]) -> Mapping[int, dt.date]:
    """When something is planned next with the customer: a moment, or the day of a task without one."""
    now, today = timezone.now(), timezone.localdate()
    ahead = Activity.objects.filter(visible(actor, "activity"), **{f"{module}__in": ids}, status__in=ACTIVE)
    once = ahead.filter(Q(start_at__gte=now) | Q(start_at=None, due_on__gte=today), recurrence="").order_by()
    found: dict[int, list[dt.date]] = {}
    first = {"moment": Min("start_at"), "day": Min("due_on", filter=Q(start_at=None))}
    for pk, moment, day in once.values_list(f"{module}_id").annotate(**first):
        found[pk] = [when for when in (moment, day) if when is not None]
    living = Q(repeats_until=None) | Q(repeats_until__gte=now)
    for activity in ahead.filter(living).exclude(recurrence="").order_by("pk")[:SERIES]:
        occurrence = next_moment(activity, now, None)
        span = series.span(activity, occurrence) if occurrence is not None else None
        when = (span.start or span.due) if span is not None else None
        if when is not None:
            found.setdefault(getattr(activity, f"{module}_id"), []).append(when)
    return {pk: min(whens, key=_moment) for pk, whens in found.items()}


def _moment(when: dt.date) -> dt.datetime:
    """A day stands before the moments in it."""
    return when if isinstance(when, dt.datetime) else timezone.make_aware(dt.datetime.combine(when, dt.time()))
