"""Recurring events: RFC 5545 recurrence rules (`FREQ=WEEKLY;BYDAY=MO`), expanded by dateutil.

A series repeats at the same time on the wall: 9:00 stays 9:00 when clocks change. A time that a clock change skips is
lived an hour later, one that happens twice the first time (RFC 5545 §3.3.5).
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Collection
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from anello.kit.errors import BadValue
from anello.kit.text import L

OCCURRENCES_MAX = 1000
"""The most occurrences one call returns."""

YEARS_MAX = 50
"""A series is followed for this many years from its start."""

_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
}  # fmt: skip
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_INTERVAL_MAX = 1000
_COUNT_MAX = 10_000

_EVERY = {
    "DAILY": (("ogni giorno", "ogni {n} giorni"), ("every day", "every {n} days")),
    "WEEKLY": (("ogni settimana", "ogni {n} settimane"), ("every week", "every {n} weeks")),
    "MONTHLY": (("ogni mese", "ogni {n} mesi"), ("every month", "every {n} months")),
    "YEARLY": (("ogni anno", "ogni {n} anni"), ("every year", "every {n} years")),
}
_DAYS = {
    "MO": ("lunedì", "Monday"),
    "TU": ("martedì", "Tuesday"),
    "WE": ("mercoledì", "Wednesday"),
    "TH": ("giovedì", "Thursday"),
    "FR": ("venerdì", "Friday"),
    "SA": ("sabato", "Saturday"),
    "SU": ("domenica", "Sunday"),
}
_PLACES = {
    1: ("il primo", "la prima", "first"),
    2: ("il secondo", "la seconda", "second"),
    3: ("il terzo", "la terza", "third"),
    4: ("il quarto", "la quarta", "fourth"),
    5: ("il quinto", "la quinta", "fifth"),
    -1: ("l'ultimo", "l'ultima", "last"),
}


def validate_rule(rule: str, start: datetime.datetime, zone: ZoneInfo) -> str:
    """The rule in normal form (upper case, no `RRULE:`), if it makes at least one occurrence from `start` on.

    Days, weeks, months and years only; the time of day is the start's. `start` is wall-clock time, naive. In the normal
    form UNTIL is wall-clock time in `zone` too (RFC 5545 wants it in UTC: turn it back for a calendar feed).
    Raises BadValue: `rule_unreadable`, `rule_empty`.
    """
    normal = rule.strip().upper().removeprefix("RRULE:")
    if (until := dict(part.partition("=")[::2] for part in normal.split(";")).get("UNTIL")) and until.endswith("Z"):
        wall = _until(until[:-1]).replace(tzinfo=datetime.UTC).astimezone(zone)
        normal = normal.replace(f"UNTIL={until}", f"UNTIL={wall:%Y%m%dT%H%M%S}")
    _parts(normal)
    # The Gregorian calendar repeats every 400 years, weekdays included. Trying the rule near the last year that dates
    # can hold bounds the search of a rule that never happens (30 February): dateutil gives up only there.
    probe = start.replace(year=9200 + start.year % 400)
    if next(iter(_series(_without_until(normal), probe)), None) is None or not any(_expand(normal, start)):
        raise BadValue(
            "rule_empty", "Con questa regola l'evento non accade mai.", "With this rule the event never happens."
        )
    return normal


def occurrences(
    rule: str,
    start: datetime.datetime,
    zone: ZoneInfo,
    window: tuple[datetime.datetime, datetime.datetime],
    except_for: Collection[datetime.datetime] = (),
) -> list[datetime.datetime]:
    """The moments, in `zone`, when the series happens within `window` (half-open, time zone aware), in order.

    `start` is the first occurrence's wall-clock time (naive), `except_for` the wall-clock times left out (EXDATE; they
    still count for COUNT). At most 1,000 are returned, from the first 50 years. The rule must have been validated.
    """
    first, end = window
    local_end = end.astimezone(zone).replace(tzinfo=None) + datetime.timedelta(days=1)
    left_out = set(except_for)
    found: list[datetime.datetime] = []
    for local in itertools.takewhile(lambda wall: wall < local_end, _expand(rule, start)):
        if local in left_out:
            continue
        moment = local.replace(tzinfo=zone).astimezone(datetime.UTC).astimezone(zone)
        if first <= moment < end:
            found.append(moment)
            if len(found) == OCCURRENCES_MAX:
                break
    return found


def describe_rule(rule: str) -> L:
    """The rule in words: `ogni lunedì`, `every 2 weeks on Monday and Thursday`.

    Rarer rules read `regola personalizzata`, `custom rule`.
    """
    parts = _parts(rule)
    interval = int(parts.get("INTERVAL", "1"))
    it, en = (forms[interval > 1].format(n=interval) for forms in _EVERY[parts["FREQ"]])
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    rare = {"BYSETPOS", "BYYEARDAY", "BYWEEKNO", "BYMONTH"} & parts.keys()
    month_days = parts.get("BYMONTHDAY", "").split(",") if "BYMONTHDAY" in parts else []
    plain_days = all(day in _DAYS for day in days)
    if rare or (days and month_days) or any(int(day) < 0 for day in month_days):
        return L("regola personalizzata", "custom rule")
    if days and plain_days and parts["FREQ"] in ("DAILY", "WEEKLY"):
        names_it, names_en = _listed([_DAYS[day][0] for day in days], "e"), _listed([_DAYS[d][1] for d in days], "and")
        if interval == 1:
            it, en = f"ogni {names_it}", f"every {names_en}"
        else:
            it, en = f"{it} di {names_it}", f"{en} on {names_en}"
    elif len(days) == 1 and parts["FREQ"] == "MONTHLY" and int(days[0][:-2] or 0) in _PLACES:
        place, (day_it, day_en) = _PLACES[int(days[0][:-2])], _DAYS[days[0][-2:]]
        it = f"{it} {place[days[0].endswith('SU')]} {day_it}"
        en = f"{en} on the {place[2]} {day_en}"
    elif month_days and parts["FREQ"] == "MONTHLY":
        it, en = f"{it} il giorno {_listed(month_days, 'e')}", f"{en} on day {_listed(month_days, 'and')}"
    elif days or month_days:
        return L("regola personalizzata", "custom rule")
    if "COUNT" in parts:
        times = int(parts["COUNT"])
        it, en = (f"{it}, una volta", f"{en}, once") if times == 1 else (f"{it}, {times} volte", f"{en}, {times} times")
    if "UNTIL" in parts:
        last = _until(parts["UNTIL"]).date()
        it, en = f"{it}, fino al {last:%d/%m/%Y}", f"{en}, until {last:%d/%m/%Y}"
    return L(it, en)


def _expand(rule: str, start: datetime.datetime) -> itertools.takewhile[datetime.datetime]:
    last = start.replace(year=min(start.year + YEARS_MAX, datetime.MAXYEAR), day=min(start.day, 28))
    if until := _parts(rule).get("UNTIL"):
        last = min(last, _until(until))
    return itertools.takewhile(lambda local: local <= last, _series(_without_until(rule), start))


def _series(rule: str, start: datetime.datetime) -> rrule:
    try:
        series = rrulestr(rule, dtstart=start)
    except (ValueError, TypeError, KeyError, IndexError):  # all that dateutil's parser lets through
        raise _unreadable() from None
    assert isinstance(series, rrule)
    return series


def _parts(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.split(";")]
    parts = {name: value for name, _, value in pairs}
    if (
        len(parts) != len(pairs)
        or not all(parts.values())
        or not parts.keys() <= _PARTS
        or parts.get("FREQ") not in _FREQUENCIES
        or not _whole(parts.get("INTERVAL", "1"), _INTERVAL_MAX)
        or not _whole(parts.get("COUNT", "1"), _COUNT_MAX)
        or {"COUNT", "UNTIL"} <= parts.keys()
    ):
        raise _unreadable()
    if "UNTIL" in parts:
        _until(parts["UNTIL"])
    return parts


def _whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most


def _until(text: str) -> datetime.datetime:
    """The last wall-clock time of a series: a bare date holds to its end."""
    for form in ("%Y%m%d", "%Y%m%dT%H%M%S"):
        try:
            moment = datetime.datetime.strptime(text, form)  # noqa: DTZ007 wall-clock time has no zone
        except ValueError:
            continue
        return moment.replace(hour=23, minute=59, second=59) if form == "%Y%m%d" else moment
    raise _unreadable()


def _without_until(rule: str) -> str:
    return ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))


def _listed(names: list[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _unreadable() -> BadValue:
    return BadValue(
        "rule_unreadable",
        "Questa regola di ripetizione non è valida: usa giorni, settimane, mesi o anni.",
        "This recurrence rule is not valid: use days, weeks, months or years.",
    )
