"""When a mail leaves: at an hour where its owner lives, every day, on a day of the week, or of the month."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from anello.intelligence.reports.models import WEEKDAYS


def following(mail: Any, after: dt.datetime) -> dt.datetime:
    """The first moment of the schedule later than `after`; an hour that clocks skip is the one they show instead."""
    zone = ZoneInfo(mail.owner.time_zone if mail.owner else "UTC")
    local = after.astimezone(zone)
    day = local.date()
    while True:
        moment = dt.datetime.combine(day, dt.time(mail.hour), zone)
        if _falls(mail, day) and moment.astimezone(dt.UTC) > after:
            return moment.astimezone(dt.UTC)
        day += dt.timedelta(days=1)


def _falls(mail: Any, day: dt.date) -> bool:
    if mail.every == "weekly":
        return WEEKDAYS[day.weekday()][0] == mail.weekday
    return mail.every == "daily" or day.day == mail.day
