"""Dates, times and durations as people write them, in Italian and English.

Dates are day first in both languages (`21/11/2026`), or ISO 8601; month names of both are understood everywhere, for
they never clash. A year has four digits: two would have to be guessed.
"""

from __future__ import annotations

import datetime
import re
from zoneinfo import ZoneInfo

from anello.kit.errors import BadValue
from anello.kit.text import normalise

_MONTHS = {
    name: month
    for month, names in enumerate(
        [
            ("gennaio", "january"),
            ("febbraio", "february"),
            ("marzo", "march"),
            ("aprile", "april"),
            ("maggio", "may"),
            ("giugno", "june"),
            ("luglio", "july"),
            ("agosto", "august"),
            ("settembre", "september"),
            ("ottobre", "october"),
            ("novembre", "november"),
            ("dicembre", "december"),
        ],
        start=1,
    )
    for full in names
    for name in (full, full[:3], full[:4])
}
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})", re.ASCII)
_WORDED = re.compile(r"(?:[a-z]+,? )?(\d{1,2})(?:°|º|st|nd|rd|th)? (?:of |di )?([a-z]+)\.?,? (\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?::(\d{2}))?", re.ASCII)
_MOMENT = re.compile(r"(?P<day>.+?)(?:[ T]|, | alle | ore | at )+(?P<clock>\d{1,2}[:.]\d{2}(?::\d{2})?)", re.ASCII)

_UNITS = {
    **dict.fromkeys(("w", "week", "weeks", "settimana", "settimane"), 7 * 24 * 60),
    **dict.fromkeys(("d", "g", "gg", "day", "days", "giorno", "giorni"), 24 * 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "ora", "ore"), 60),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "minuto", "minuti", "'", ""), 1),
}
_DURATION_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z']*)\s*(?:e |and )?", re.ASCII)
_DURATION_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)", re.ASCII)


def parse_date(text: str) -> datetime.date:
    """`21/11/2026`, `21.11.2026`, `2026-11-21`, `20261121`, `21 nov 2026`, `sabato 21 novembre 2026`,
    `21st of November 2026`.

    Raises BadValue: `date_unreadable`, `date_impossible` (31 February; also 11/21/2026, for the day comes first).
    """
    written = normalise(text)
    if found := _ISO.fullmatch(written):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(written):
        day, month, year = (int(found[group]) for group in (1, 3, 4))
    elif (found := _WORDED.fullmatch(written)) and found[2] in _MONTHS:
        day, month, year = int(found[1]), _MONTHS[found[2]], int(found[3])
    else:
        raise BadValue(
            "date_unreadable",
            "Scrivi la data come 21/11/2026, con l'anno di quattro cifre.",
            "Write the date as 21/11/2026, with a four-digit year.",
        )
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise BadValue(
            "date_impossible",
            "Questa data non esiste: scrivi prima il giorno, poi il mese.",
            "This date does not exist: write the day first, then the month.",
        ) from None


def parse_datetime(text: str, zone: ZoneInfo) -> datetime.datetime:
    """A date and a time of day, `21/11/2026 15:30` or ISO 8601, as a moment in `zone` unless it carries its own offset.

    Raises BadValue: as `parse_date`, or `time_unreadable`, `time_skipped` (clocks went forward over it), `time_twice`
    (clocks went back: write the offset, `2026-10-25T02:30+01:00`).
    """
    written = text.strip()
    try:
        moment = datetime.datetime.fromisoformat(written)
        if moment.tzinfo is not None:
            return moment
    except ValueError:
        pass  # not ISO: the forms people write follow
    found = _MOMENT.fullmatch(written)
    if found is None:
        raise _no_time()
    clock = parse_time(found["clock"])
    return localise(datetime.datetime.combine(parse_date(found["day"]), clock), zone)


def parse_time(text: str) -> datetime.time:
    """A time of day: `9:05`, `15.30`, `23:59:59`. Raises BadValue `time_unreadable`."""
    found = _CLOCK.fullmatch(text.strip())
    try:
        if found is None:
            raise _no_time()
        return datetime.time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        raise _no_time() from None


def localise(local: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """A wall-clock time (naive) as the one moment it is in `zone`. Raises BadValue `time_skipped` or `time_twice`."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(datetime.UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise BadValue(
            "time_skipped",
            "Quest'ora non esiste: quel giorno l'orologio va avanti.",
            "This time does not exist: clocks go forward that day.",
        )
    raise BadValue(
        "time_twice",
        "Quest'ora c'è due volte: quel giorno l'orologio torna indietro. Scegline un'altra.",
        "This time happens twice: clocks go back that day. Choose another.",
    )


def parse_duration(text: str) -> datetime.timedelta:
    """`1h 30m`, `1:30`, `90` (minutes), `1,5 ore`, `2 giorni e 4 ore`. Raises BadValue `duration_unreadable`."""
    written = normalise(text)
    if found := _DURATION_CLOCK.fullmatch(written):
        return datetime.timedelta(hours=int(found[1]), minutes=int(found[2]))
    minutes, place, units = 0.0, 0, []
    while place < len(written):
        part = _DURATION_PART.match(written, place)
        if part is None or part[2] not in _UNITS:
            raise _no_duration()
        minutes += float(part[1].replace(",", ".")) * _UNITS[part[2]]
        units.append(_UNITS[part[2]])
        place = part.end()
    # Units must shrink (`1h 30m`): what repeats or grows (`30 30`, `5m 1h`) was mistyped.
    if not units or units != sorted(set(units), reverse=True):
        raise _no_duration()
    try:
        return datetime.timedelta(minutes=minutes)
    except OverflowError:
        raise _no_duration() from None


def _no_time() -> BadValue:
    return BadValue(
        "time_unreadable",
        "Scrivi data e ora come 21/11/2026 15:30, o solo l'ora come 15:30.",
        "Write date and time as 21/11/2026 15:30, or only the time as 15:30.",
    )


def _no_duration() -> BadValue:
    return BadValue(
        "duration_unreadable",
        "Scrivi una durata come 1h 30m, 1:30 o 90 (minuti).",
        "Write a duration as 1h 30m, 1:30 or 90 (minutes).",
    )
