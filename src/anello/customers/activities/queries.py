"""Reading the calendar: what happens when, who is busy, when everybody is free."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import Actor, can, visible
from anello.customers.activities import series
from anello.customers.activities.models import Activity, Attendee
from anello.customers.activities.module import DURATION_MAX, TASK
from anello.kit.periods import Interval, is_working_day
from anello.kit.text import L

WINDOW_MAX = dt.timedelta(days=400)
OCCURRENCES_MAX = 3000
WORKING_HOURS = (dt.time(9), dt.time(18))
WORKING_DAYS = frozenset(range(5))
STEP = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Occurrence:
    """An activity as it happens once. `moment` names an occurrence that a series places; a task may have only `due`."""

    activity: Activity
    moment: dt.datetime | None
    start: dt.datetime | None
    end: dt.datetime | None
    due: dt.date | None

    @property
    def key(self) -> str:
        """`12`, or `12@20260316T080000Z` for an occurrence of a series."""
        return f"{self.activity.pk}@{self.moment:%Y%m%dT%H%M%SZ}" if self.moment else str(self.activity.pk)

    @property
    def begins(self) -> dt.datetime:
        """Where it stands on a time line."""
        if self.start is not None:
            return self.start
        assert self.due is not None, "what a window holds has a time or a day"
        return series.lived(dt.datetime.combine(self.due, dt.time()), series.zone_of(self.activity))


@dataclass(frozen=True)
class Window:
    """The occurrences of some time, in order; `more` says that there were too many to list them all."""

    occurrences: list[Occurrence]
    more: bool


def read_key(key: str) -> tuple[int, dt.datetime | None]:
    """The activity's id and the occurrence's moment of an `Occurrence.key`; ValueError if it is none."""
    pk, at, moment = key.partition("@")
    if not pk.isdecimal() or len(pk) > 18:
        raise ValueError(key)
    return int(pk), dt.datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC) if at else None


def occurrences(
    actor: Actor,
    start: dt.datetime,
    end: dt.datetime,
    users: Collection[int] | None = None,
    *,
    kinds: Collection[str] = (),
    cancelled: bool = False,
) -> Window:
    """What the actor may see between `start` and `end` (at most 400 days, half-open).

    `users` keeps what they own or are invited to and have not declined; three statements whatever the number.
    """
    _bounded(start, end)
    found = Activity.objects.filter(visible(actor, "activity"))
    if kinds:
        found = found.filter(kind__in=kinds)
    if not cancelled:
        found = found.exclude(status="cancelled")
    return _window(found if users is None else found.filter(of_users(users)), start, end)


def of_users(users: Collection[int]) -> Q:
    """Owned by them, or they are invited and have not declined."""
    invited = Attendee.objects.filter(user__in=users).exclude(response="declined")
    return Q(owner__in=users) | Q(pk__in=invited.values("activity_id"))


def _bounded(start: dt.datetime, end: dt.datetime) -> None:
    if not start < end <= start + WINDOW_MAX:
        raise Invalid({"end": [L("Il periodo va da 1 a 400 giorni.", "The period is 1 to 400 days.")]})


def _window(found: QuerySet[Activity], start: dt.datetime, end: dt.datetime) -> Window:
    # A day is not the same moments everywhere: a day more at both ends, compared exactly below.
    days = (start - dt.timedelta(days=1)).date(), (end + dt.timedelta(days=1)).date()
    timed = Q(start_at__lt=end, start_at__gte=start - dt.timedelta(minutes=DURATION_MAX, days=1), end_at__gte=start)
    single = Q(recurrence="") & (timed | Q(start_at=None, due_on__gte=days[0], due_on__lte=days[1]))
    repeating = ~Q(recurrence="") & (Q(start_at__lt=end) | Q(start_at=None, due_on__lte=days[1]))
    repeating &= Q(repeats_until=None) | Q(repeats_until__gte=start)
    rows = list(found.filter(single | repeating).order_by("start_at", "pk")[: OCCURRENCES_MAX + 1])
    masters = [a for a in rows if a.recurrence]
    taken = _taken(masters)
    listed: list[Occurrence] = []
    for activity in rows:
        if activity.recurrence:
            listed += _expand(activity, start, end, taken[activity.pk])
        else:
            listed.append(Occurrence(activity, None, *series.span(activity)))
    listed = [o for o in listed if o.begins < end and _finishes(o) > start]
    listed.sort(key=lambda o: (o.begins, o.activity.pk))
    more = len(rows) > OCCURRENCES_MAX or len(listed) > OCCURRENCES_MAX
    return Window(listed[:OCCURRENCES_MAX], more)


def _finishes(occurrence: Occurrence) -> dt.datetime:
    if occurrence.end is None:
        return occurrence.begins + dt.timedelta(days=1)
    # What takes no time still happens in the window it starts in.
    return max(occurrence.end, occurrence.begins + dt.timedelta(seconds=1))


def _taken(masters: Sequence[Activity]) -> dict[int, set[dt.datetime]]:
    """The moments of each series that rows of their own stand for, whoever may see those."""
    taken: dict[int, set[dt.datetime]] = defaultdict(set)
    if masters:
        rows = Activity.objects.filter(series__in=masters).values_list("series_id", "recurrence_id")
        for pk, moment in rows:
            taken[pk].add(moment)
    return taken


def _expand(activity: Activity, start: dt.datetime, end: dt.datetime, taken: set[dt.datetime]) -> Iterable[Occurrence]:
    back = dt.timedelta(minutes=activity.duration or 0, days=1)
    for moment in series.moments(activity, start - back, end):
        if moment not in taken:
            yield Occurrence(activity, moment, *series.span(activity, moment))


def occurrence(actor: Actor, key: str) -> Occurrence | None:
    """One occurrence by its key; None if there is none the actor may see."""
    try:
        pk, moment = read_key(key)
    except ValueError:
        return None
    activity = Activity.objects.filter(visible(actor, "activity"), pk=pk).first()
    if activity is None or (
        moment is not None and not (activity.recurrence and series.is_occurrence(activity, moment))
    ):
        return None
    if moment is not None:
        own = Activity.objects.filter(visible(actor, "activity"), series=activity, recurrence_id=moment).first()
        if own is not None:
            return Occurrence(own, None, *series.span(own))
    return Occurrence(activity, moment, *series.span(activity, moment))


def busy(users: Collection[int], start: dt.datetime, end: dt.datetime) -> dict[int, list[Interval]]:
    """When each of the users is taken: merged intervals in order, and nothing of what takes them.

    Calls and meetings they own or have not declined, unless marked as free. Tasks take no time.
    """
    return _busy(Activity.objects.all(), users, start, end)


def busy_elsewhere(
    actor: Actor, users: Collection[int], start: dt.datetime, end: dt.datetime
) -> dict[int, list[Interval]]:
    """`busy` of colleagues with what the actor may not see; that is all they learn of it."""
    seen = visible(actor, "activity")
    if not seen or not can(actor, "activity"):
        return {}
    known = get("user").model._default_manager.filter(visible(actor, "user"), pk__in=users)
    hidden = Activity.objects.exclude(pk__in=Activity.objects.filter(seen).values("pk"))
    return _busy(hidden, list(known.values_list("pk", flat=True)), start, end)


def _busy(
    found: QuerySet[Activity], users: Collection[int], start: dt.datetime, end: dt.datetime
) -> dict[int, list[Interval]]:
    _bounded(start, end)
    wanted = found.filter(of_users(users)).exclude(status__in=("cancelled", "not_held"))
    window = _window(wanted.exclude(kind=TASK).exclude(free=True), start, end)
    people = participants([o.activity for o in window.occurrences])
    blocks: dict[int, list[Interval]] = {user: [] for user in users}
    for one in window.occurrences:
        if one.start is not None and one.end is not None and one.end > one.start:
            for user in people[one.activity.pk] & blocks.keys():
                blocks[user].append(Interval(max(one.start, start), min(one.end, end)))
    return {user: merged(taken) for user, taken in blocks.items()}


def participants(activities: Iterable[Activity]) -> dict[int, set[int]]:
    """{activity: users} who take part: the owner and the colleagues who have not declined."""
    found: dict[int, set[int]] = {a.pk: {a.owner_id} if a.owner_id else set() for a in activities}
    invited = Attendee.objects.filter(activity__in=found, user__isnull=False).exclude(response="declined")
    for activity, user in invited.values_list("activity_id", "user_id"):
        found[activity].add(user)
    return found


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps, in order."""
    found: list[Interval] = []
    for one in sorted(intervals):
        if found and one.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def free_slots(
    actor: Actor,
    users: Collection[int],
    length: dt.timedelta,
    start: dt.datetime,
    end: dt.datetime,
    most: int = 5,
) -> list[Interval]:
    """The first times, on a quarter of an hour, when all the users are free within their working hours.

    Working hours are those of each, in the time zone of each: as they said, else 9 to 18 of Monday to Friday; public
    holidays aside. Users whom the actor may not know of raise Invalid.
    """
    _bounded(start, end)
    people: list[Any] = list(get("user").model._default_manager.filter(visible(actor, "user"), pk__in=users))
    if not people or len(people) != len(set(users)) or not dt.timedelta() < length <= dt.timedelta(hours=12):
        raise Invalid({"users": [L("Scegli colleghi e durata.", "Choose colleagues and a length.")]})
    taken = merged(block for blocks in busy([p.pk for p in people], start, end).values() for block in blocks)
    slots: list[Interval] = []
    for at_work in _common([_at_work(person, start, end) for person in people]):
        moment = _quarter(at_work.start)
        while moment + length <= at_work.end:
            clash = next((b for b in taken if b.start < moment + length and b.end > moment), None)
            if clash is not None:
                moment = _quarter(clash.end)
                continue
            slots.append(Interval(moment, moment + length))
            if len(slots) == most:
                return slots
            moment += max(length, STEP)
            moment = _quarter(moment)
    return slots


def working_hours(person: Any) -> tuple[frozenset[int], dt.time, dt.time]:
    """Days of the week from 0 (Monday), and from when to when by the clock of the person's time zone."""
    said = person.preferences.get("hours")
    if not said:
        return (WORKING_DAYS, *WORKING_HOURS)
    return frozenset(said["days"]), dt.time.fromisoformat(said["opens"]), dt.time.fromisoformat(said["closes"])


def _at_work(person: Any, start: dt.datetime, end: dt.datetime) -> list[Interval]:
    zone, (days, *clocks) = ZoneInfo(person.time_zone), working_hours(person)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    found: list[Interval] = []
    while day <= last:
        # Whoever works on Saturdays does so; a holiday is one for everybody.
        if day.weekday() in days and (is_working_day(day) or day.weekday() > 4):
            opens, closes = (series.lived(dt.datetime.combine(day, clock), zone) for clock in clocks)
            if max(opens, start) < min(closes, end):
                found.append(Interval(max(opens, start), min(closes, end)))
        day += dt.timedelta(days=1)
    return found


def _common(many: Sequence[list[Interval]]) -> list[Interval]:
    common = many[0]
    for other in many[1:]:
        common = [
            Interval(max(a.start, b.start), min(a.end, b.end))
            for a in common
            for b in other
            if max(a.start, b.start) < min(a.end, b.end)
        ]
    return common


def _quarter(moment: dt.datetime) -> dt.datetime:
    """The moment, or the next quarter of an hour."""
    past = (moment - dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) % STEP
    return moment + (STEP - past) if past else moment
