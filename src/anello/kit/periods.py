"""Periods as half-open intervals (the end is not in them) and working days with public holidays."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from holidays import HolidayBase, country_holidays

from anello.kit.errors import BadValue
from anello.kit.text import L

Unit = Literal["day", "week", "month", "quarter", "year"]

_STEPS: dict[str, relativedelta] = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}
_LONG_AGO = datetime.date(1900, 1, 1)
_NAMED = {"yesterday": ("day", -1), "today": ("day", 0), "tomorrow": ("day", 1)}
_PLACED = re.compile(r"(last|this|next)_(week|month|quarter|year)")
_COUNTED = re.compile(r"(last|next)_([1-9][0-9]{0,3})_days")
_PLACES = {"last": -1, "this": 0, "next": 1}


class Period(NamedTuple):
    """From `start` up to but without `end`."""

    start: datetime.date
    end: datetime.date


class Interval(NamedTuple):
    """From the moment `start` up to but without the moment `end`, both time zone aware."""

    start: datetime.datetime
    end: datetime.datetime


def period(unit: Unit, day: datetime.date, offset: int = 0) -> Period:
    """The day, week (from Monday), month, quarter or year that holds `day`, or the one `offset` of them later."""
    starts = {
        "day": day,
        "week": day - datetime.timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }
    start = starts[unit] + offset * _STEPS[unit]
    return Period(start, start + _STEPS[unit])


def relative_days(name: str, today: datetime.date) -> Period:
    """The days a relative name means: `past` (all before today), `yesterday`, `today`, `tomorrow`,
    `{last,this,next}_{week,month,quarter,year}`, `last_N_days` and `next_N_days` (N from 1 to 9999; today is
    the last, or the first, of them).

    Raises BadValue `period_unknown`.
    """
    if name == "past":
        return Period(_LONG_AGO, today)
    if name in _NAMED:
        return Period(*period("day", today, _NAMED[name][1]))
    if found := _PLACED.fullmatch(name):
        unit = next(unit for unit in get_args(Unit) if unit == found[2])
        return period(unit, today, _PLACES[found[1]])
    if found := _COUNTED.fullmatch(name):
        days, tomorrow = datetime.timedelta(days=int(found[2])), today + datetime.timedelta(days=1)
        return Period(tomorrow - days, tomorrow) if found[1] == "last" else Period(today, today + days)
    raise BadValue("period_unknown", f"Il periodo «{name}» non esiste.", f"There is no period “{name}”.")


def relative_interval(name: str, now: datetime.datetime, zone: ZoneInfo) -> Interval:
    """The moments between the midnights, in `zone`, of what `relative_days` says. `now` is time zone aware."""
    return interval(relative_days(name, now.astimezone(zone).date()), zone)


def interval(days: Period, zone: ZoneInfo) -> Interval:
    """The moments of some days as they are lived in `zone`; a day is 23 or 25 hours long when clocks change."""
    start, end = (datetime.datetime.combine(day, datetime.time(), zone) for day in days)
    return Interval(start, end)


@lru_cache(maxsize=64)
def _holidays(country: str, place: str | None, language: str = "it_IT") -> HolidayBase:
    return country_holidays(country, subdiv=place, language=language)


def holiday(day: datetime.date, country: str = "IT", place: str | None = None) -> L | None:
    """The name of the public holiday a day is, or None; abroad in English where there is no Italian.

    `place` adds the holidays of a subdivision by ISO 3166-2 (in Italy a province's patron: `MI`, `RM`).
    """
    name = _holidays(country, place).get(day)
    return L(name, _holidays(country, place, "en_US")[day]) if name else None


def is_working_day(day: datetime.date, country: str = "IT", place: str | None = None) -> bool:
    """Monday to Friday, public holidays excepted."""
    return day.weekday() < 5 and day not in _holidays(country, place)


def add_working_days(day: datetime.date, count: int, country: str = "IT", place: str | None = None) -> datetime.date:
    """The working day `count` working days after `day` (before it, when negative); 0 is `day` itself."""
    step = datetime.timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, country, place)
    return day


def working_days(days: Period, country: str = "IT", place: str | None = None) -> int:
    """How many working days a period has."""
    length = (days.end - days.start).days
    return sum(is_working_day(days.start + datetime.timedelta(days=n), country, place) for n in range(length))
