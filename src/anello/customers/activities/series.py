"""Arithmetic of repeating activities: where a series places its occurrences. Reads no database.

A series repeats at the same time on the wall of the time zone it was made in, so 9:00 stays 9:00 when clocks change.
An occurrence is named by its *moment*: the instant at which the series places it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from anello.core.actions import Invalid
from anello.customers.activities.models import Activity
from anello.kit import recurrence
from anello.kit.errors import BadValue
from anello.kit.text import L

REPETITIONS_MAX = recurrence.OCCURRENCES_MAX
MORNING = dt.time(9)
"""When things of a day, without an hour, are brought to mind."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


class Span(NamedTuple):
    """When an activity, or one of its occurrences, takes place; a task may have only the day it is due."""

    start: dt.datetime | None
    end: dt.datetime | None
    due: dt.date | None


def zone_of(activity: Activity) -> ZoneInfo:
    return ZoneInfo(activity.time_zone)


def wall(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The naive time that a clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def lived(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock time: what clocks skip an hour later, what happens twice the first time."""
    return local.replace(tzinfo=zone).astimezone(dt.UTC)


def anchor(activity: Activity) -> dt.datetime | None:
    """The wall-clock time of the (first) occurrence: its start, or the midnight of the day it is due."""
    if activity.start_at is not None:
        return wall(activity.start_at, zone_of(activity))
    return dt.datetime.combine(activity.due_on, dt.time()) if activity.due_on else None


def span(activity: Activity, moment: dt.datetime | None = None) -> Span:
    """When it takes place; of a series, the occurrence at `moment`."""
    if moment is None:
        return Span(activity.start_at, activity.end_at, activity.due_on)
    zone = zone_of(activity)
    first = anchor(activity)
    assert first is not None, "a series has a first occurrence"
    days = wall(moment, zone).date() - first.date()
    due = activity.due_on + days if activity.due_on else None
    if activity.start_at is None or activity.end_at is None:
        return Span(None, None, due)
    if activity.all_day:
        return Span(moment, lived(wall(activity.end_at, zone) + days, zone), due)
    return Span(moment, moment + (activity.end_at - activity.start_at), due)


def moments(activity: Activity, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """The moments of a series from `start` up to but without `end`, in order, in UTC."""
    first = anchor(activity)
    if not activity.recurrence or first is None:
        return []
    found = recurrence.occurrences(activity.recurrence, first, zone_of(activity), (start, end))
    return [moment.astimezone(dt.UTC) for moment in found]


def is_occurrence(activity: Activity, moment: dt.datetime) -> bool:
    return moment in moments(activity, moment, moment + dt.timedelta(seconds=1))


def all_moments(activity: Activity) -> list[dt.datetime]:
    """Every moment of the series, the first 1,000 at most."""
    first = anchor(activity)
    assert first is not None, "a series has a first occurrence"
    begin = lived(first, zone_of(activity))
    return moments(activity, begin, begin + dt.timedelta(days=366 * (recurrence.YEARS_MAX + 1)))


def settle(activity: Activity) -> None:
    """Bring a series in order: its rule in normal form, its start on its first occurrence, its end known if it has one.

    Raises Invalid at the field `recurrence`.
    """
    first = anchor(activity)
    if first is None:
        raise _wrong(L("Una ripetizione parte da una data.", "A repetition starts from a date."))
    zone = zone_of(activity)
    try:
        activity.recurrence = recurrence.validate_rule(activity.recurrence, first, zone)
    except BadValue as error:
        raise Invalid({"recurrence": [str(error)]}) from error
    if int(_parts(activity.recurrence).get("COUNT", 1)) > REPETITIONS_MAX:
        raise _wrong(
            L(f"Al massimo {REPETITIONS_MAX} ripetizioni.", f"At most {REPETITIONS_MAX} repetitions."),
        )
    every = all_moments(activity)
    place(activity, wall(every[0], zone))
    endless = len(every) == REPETITIONS_MAX and "COUNT" not in activity.recurrence
    last = span(activity, every[-1])
    activity.repeats_until = None if endless else last.end or every[-1] + dt.timedelta(days=1)


def place(activity: Activity, local: dt.datetime) -> None:
    """Put the (first) occurrence on a wall-clock time, as long as it was."""
    first = anchor(activity)
    if first is None or first == local:
        return
    zone = zone_of(activity)
    if activity.due_on is not None:
        activity.due_on += local.date() - first.date()
    if activity.start_at is not None and activity.end_at is not None:
        moved = span(activity, lived(local, zone))
        activity.start_at, activity.end_at = moved.start, moved.end


def shifted(rule: str, old: dt.datetime, new: dt.datetime) -> str:
    """The rule for a series whose occurrence at wall-clock time `old` now happens at `new`.

    Weekdays and days of the month follow; a rule that cannot simply follow raises Invalid.
    """
    days = (new.date() - old.date()).days
    parts = _parts(rule)
    if "UNTIL" in parts:
        form = "%Y%m%dT%H%M%S" if "T" in parts["UNTIL"] else "%Y%m%d"
        last = dt.datetime.strptime(parts["UNTIL"], form)  # noqa: DTZ007 wall-clock time has no zone
        rule = _with(rule, "UNTIL", f"{last + (new - old if 'T' in form else dt.timedelta(days=days)):{form}}")
    if not days or parts.keys() <= _PLAIN:
        return rule
    listed = parts.get("BYDAY", "").split(",")
    if parts.keys() <= _PLAIN | {"BYDAY"} and all(day in _WEEKDAYS for day in listed):
        turned = [_WEEKDAYS[(_WEEKDAYS.index(day) + days) % 7] for day in listed]
        return _with(rule, "BYDAY", ",".join(turned))
    if parts.keys() <= _PLAIN | {"BYMONTHDAY"} and parts["BYMONTHDAY"] == str(old.day):
        return _with(rule, "BYMONTHDAY", str(new.day))
    raise _wrong(
        L(
            "Questa serie non si può spostare a un altro giorno: cambia la sua ripetizione.",
            "This series cannot be moved to another day: change its repetition.",
        )
    )


def until(rule: str, local: dt.datetime) -> str:
    """The rule, ending before the wall-clock time `local`."""
    kept = ";".join(part for part in rule.split(";") if not part.startswith(("UNTIL=", "COUNT=")))
    return f"{kept};UNTIL={local - dt.timedelta(seconds=1):%Y%m%dT%H%M%S}"


def without_first(rule: str, count: int) -> str:
    """The rule for what is left of a series after `count` occurrences."""
    parts = _parts(rule)
    return _with(rule, "COUNT", str(int(parts["COUNT"]) - count)) if "COUNT" in parts else rule


def reminder_base(activity: Activity, moment: dt.datetime | None = None) -> dt.datetime | None:
    """The instant that reminders count back from: the start, or nine in the morning of a day without an hour."""
    when = span(activity, moment)
    if when.start is not None and not activity.all_day:
        return when.start
    zone = zone_of(activity)
    day = wall(when.start, zone).date() if when.start else when.due
    return lived(dt.datetime.combine(day, MORNING), zone) if day else None


def _parts(rule: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in rule.split(";"))


def _with(rule: str, name: str, value: str) -> str:
    return ";".join(f"{name}={value}" if part.startswith(f"{name}=") else part for part in rule.split(";"))


def _wrong(text: L) -> Invalid:
    return Invalid({"recurrence": [text]})
