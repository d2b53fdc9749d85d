"""Names, dates, times, durations, periods and working days."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anello.kit.errors import BadValue
from anello.kit.names import Name, name_key, split_name
from anello.kit.periods import (
    Interval,
    Period,
    add_working_days,
    holiday,
    interval,
    is_working_day,
    period,
    relative_days,
    relative_interval,
    working_days,
)
from anello.kit.text import L
from anello.kit.time import parse_date, parse_datetime, parse_duration, parse_time

ROME = ZoneInfo("Europe/Rome")
DAY = datetime.date(2026, 11, 21)
UNITS = st.sampled_from(["day", "week", "month", "quarter", "year"])
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 1, 1))


@pytest.mark.parametrize(
    "text",
    ["21/11/2026", "21.11.2026", "21-11-2026", "2026-11-21", "20261121", " 21 nov 2026 ", "21 Novembre 2026",
     "sabato 21 novembre 2026", "21 November 2026", "Saturday, 21st of November 2026", "21 nov. 2026"],
)  # fmt: skip
def test_date_is_read_day_first_in_both_languages(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("11/21/2026", "date_impossible"),
        ("30/02/2026", "date_impossible"),
        ("29/02/2025", "date_impossible"),
        ("0000-01-01", "date_impossible"),
        ("21/11/26", "date_unreadable"),
        ("21/11-2026", "date_unreadable"),
        ("21 foo 2026", "date_unreadable"),
        ("domani", "date_unreadable"),
        ("", "date_unreadable"),
        ("٢١/١١/٢٠٢٦", "date_unreadable"),
    ],
)
def test_date_that_cannot_be_or_could_be_two_is_refused(text: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_date(text)
    assert refused.value.key == key


@given(st.dates(datetime.date(1000, 1, 1)))
def test_every_date_is_read_back(day: datetime.date) -> None:
    assert parse_date(day.isoformat()) == parse_date(f"{day.day}/{day.month}/{day.year}") == day


@pytest.mark.parametrize(
    "text", ["21/11/2026 15:30", "2026-11-21T15:30", "21 nov 2026 alle 15.30", "2026-11-21T14:30:00Z"]
)
def test_moment_is_read_in_its_zone(text: str) -> None:
    assert parse_datetime(text, ROME) == datetime.datetime(2026, 11, 21, 14, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("29/03/2026 02:30", "time_skipped"),
        ("25/10/2026 02:30", "time_twice"),
        ("21/11/2026", "time_unreadable"),
        ("21/11/2026 25:00", "time_unreadable"),
        ("31/02/2026 10:00", "date_impossible"),
    ],
)
def test_moment_that_is_not_one_is_refused(text: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_datetime(text, ROME)
    assert refused.value.key == key


def test_moment_with_its_offset_is_never_ambiguous() -> None:
    assert parse_datetime("2026-10-25T02:30+01:00", ROME).astimezone(datetime.UTC).hour == 1


def test_time_of_day_is_read() -> None:
    assert (parse_time("9:05"), parse_time("15.30")) == (datetime.time(9, 5), datetime.time(15, 30))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1h 30m", 90), ("1h30", 90), ("1:30", 90), ("90", 90), ("1,5 ore", 90), ("1.5 hours", 90), ("45 min", 45),
     ("2 giorni e 4 ore", 3120), ("1 week", 10080), ("0", 0)],
)  # fmt: skip
def test_duration_is_read(text: str, minutes: int) -> None:
    assert parse_duration(text) == datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "h", "-5", "30 30", "5m 1h", "1x", "1:75", "9" * 400, "1h 30m foo"])
def test_duration_that_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_duration(text)


@given(st.text())
def test_time_parsers_never_fail_otherwise(text: str) -> None:
    for parse in (parse_date, parse_time, parse_duration, lambda t: parse_datetime(t, ROME)):
        try:
            parse(text)
        except BadValue:
            continue


@given(UNITS, DAYS)
def test_periods_hold_their_day_and_touch_the_next(unit: str, day: datetime.date) -> None:
    this = period(unit, day)  # type: ignore[arg-type]
    assert this.start <= day < this.end
    assert period(unit, day, 1).start == this.end  # type: ignore[arg-type]
    assert period(unit, day, -1).end == this.start  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-11-21", "2026-11-22"),
        ("yesterday", "2026-11-20", "2026-11-21"),
        ("tomorrow", "2026-11-22", "2026-11-23"),
        ("this_week", "2026-11-16", "2026-11-23"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("next_quarter", "2027-01-01", "2027-04-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("last_30_days", "2026-10-23", "2026-11-22"),
        ("next_7_days", "2026-11-21", "2026-11-28"),
    ],
)
def test_relative_names_mean_their_days(name: str, start: str, end: str) -> None:
    assert relative_days(name, DAY) == Period(datetime.date.fromisoformat(start), datetime.date.fromisoformat(end))


@pytest.mark.parametrize("name", ["", "this_day", "last_0_days", "last_99999_days", "next_-1_days", "this_week;"])
def test_unknown_relative_name_is_refused(name: str) -> None:
    with pytest.raises(BadValue):
        relative_days(name, DAY)


def test_today_is_where_the_reader_is() -> None:
    late = datetime.datetime(2026, 11, 21, 23, 30, tzinfo=datetime.UTC)
    found = relative_interval("today", late, ROME)
    assert found == Interval(datetime.datetime(2026, 11, 22, tzinfo=ROME), datetime.datetime(2026, 11, 23, tzinfo=ROME))


def test_day_of_clock_change_has_its_real_length() -> None:
    start, end = interval(period("day", datetime.date(2026, 3, 29)), ROME)
    assert end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC) == datetime.timedelta(hours=23)


def test_working_days_know_italian_holidays() -> None:
    assert holiday(datetime.date(2026, 12, 8)) == L("Immacolata Concezione", "Immaculate Conception")
    assert holiday(datetime.date(2026, 12, 7)) is None
    assert not is_working_day(datetime.date(2026, 4, 6))  # Easter Monday
    assert is_working_day(datetime.date(2026, 12, 7))
    assert not is_working_day(datetime.date(2026, 12, 7), place="MI")  # Milan's patron
    assert add_working_days(datetime.date(2026, 12, 24), 1) == datetime.date(2026, 12, 28)
    assert add_working_days(datetime.date(2026, 12, 28), -1) == datetime.date(2026, 12, 24)
    assert working_days(period("month", datetime.date(2026, 12, 1))) == 21


@given(DAYS, st.integers(1, 30))
def test_adding_and_counting_working_days_agree(day: datetime.date, count: int) -> None:
    end = add_working_days(day, count)
    assert working_days(Period(day + datetime.timedelta(days=1), end + datetime.timedelta(days=1))) == count


@pytest.mark.parametrize(
    ("full", "order", "name"),
    [
        ("Mario Rossi", "given_first", Name("Mario", "Rossi")),
        ("Rossi Mario", "family_first", Name("Mario", "Rossi")),
        ("Anna Maria De Luca", "given_first", Name("Anna Maria", "De Luca")),
        ("De Luca Anna Maria", "family_first", Name("Anna Maria", "De Luca")),
        ("Rossi", "given_first", Name("", "Rossi")),
        ("Rossi", "family_first", Name("", "Rossi")),
        ("", "given_first", Name("", "")),
    ],
)
def test_name_is_cut_in_the_order_told(full: str, order: str, name: Name) -> None:
    assert split_name(full, order) == name  # type: ignore[arg-type]


def test_name_key_ignores_accents_case_punctuation_and_order() -> None:
    assert name_key("Niccolò", "D'Angelo") == name_key("D’ANGELO  Niccolo'") == "angelo d niccolo"


@given(st.lists(st.text(), max_size=4))
def test_name_key_does_not_depend_on_the_order(parts: list[str]) -> None:
    assert name_key(*parts) == name_key(*reversed(parts))
