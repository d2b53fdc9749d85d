"""What goes into somebody's calendar file: their own feed, or a single activity."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils import timezone

from anello.core.policies import Actor, visible
from anello.customers.activities import ical, queries
from anello.customers.activities.models import Activity, Attendee, Feed

PAST = dt.timedelta(days=180)
MOST = 5000


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_of(secret: str) -> Feed | None:
    """The feed of a secret address, if it was not revoked and its person is still active."""
    return Feed.objects.select_related("user").filter(digest=digest_of(secret), user__is_active=True).first()


def personal(feed: Feed) -> bytes:
    """The person's own calendar, from half a year ago on, as far as they may see it today."""
    since = timezone.now() - PAST
    recent = Q(recurrence="") & (Q(end_at__gte=since) | Q(start_at=None, due_on__gte=since.date()))
    running = ~Q(recurrence="") & (Q(repeats_until=None) | Q(repeats_until__gte=since))
    mine = Activity.objects.filter(visible(Actor.of(feed.user), "activity"), queries.of_users([feed.user_id]))
    rows = mine.filter(recent | running).select_related("owner", "series").order_by("-start_at", "pk")[:MOST]
    return _written(list(rows), name=f"Anello · {feed.user}")


def single(activity: Activity) -> bytes:
    """One activity, a series with the occurrences that differ."""
    rows = Activity.objects.filter(Q(pk=activity.pk) | Q(series=activity)).select_related("owner", "series")
    return _written(list(rows.order_by("recurrence_id")))


def _written(rows: Sequence[Activity], name: str = "") -> bytes:
    # A cancelled occurrence is left out of its series: every client understands that, few a cancelled exception.
    shown = [a for a in rows if a.recurrence_id is None or a.status != "cancelled"]
    return ical.calendar(shown, attendees_of(shown), _left_out(shown), name=name)


def attendees_of(activities: Iterable[Activity]) -> dict[int, list[Attendee]]:
    found: dict[int, list[Attendee]] = defaultdict(list)
    for attendee in Attendee.objects.filter(activity__in=activities).exclude(email="").order_by("pk"):
        found[attendee.activity_id].append(attendee)
    return found


def _left_out(activities: Sequence[Activity]) -> dict[int, list[dt.datetime]]:
    """{series: moments} that stand for themselves elsewhere and are not in this file."""
    found: dict[int, list[dt.datetime]] = defaultdict(list)
    here = {a.pk for a in activities}
    masters = [a.pk for a in activities if a.recurrence]
    rows = Activity.objects.filter(series__in=masters).values_list("pk", "series_id", "recurrence_id")
    for pk, master, moment in rows:
        if pk not in here and moment is not None:
            found[master].append(moment)
    return found
