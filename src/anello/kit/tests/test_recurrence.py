"""Recurring events."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anello.kit.errors import BadValue
from anello.kit.recurrence import describe_rule, occurrences, validate_rule
from anello.kit.text import L

ROME = ZoneInfo("Europe/Rome")
MONDAY = datetime.datetime.fromisoformat("2026-03-16T09:00")


def _window(first: str, end: str) -> tuple[datetime.datetime, datetime.datetime]:
    return tuple(datetime.datetime.fromisoformat(day).replace(tzinfo=ROME) for day in (first, end))  # type: ignore[return-value]


def _walls(rule: str, start: datetime.datetime, first: str, end: str, **more: object) -> list[str]:
    found = occurrences(validate_rule(rule, start, ROME), start, ROME, _window(first, end), **more)  # type: ignore[arg-type]
    return [f"{moment:%d/%m %H:%M}" for moment in found]


def test_time_on_the_wall_stays_when_clocks_change() -> None:
    found = occurrences("FREQ=WEEKLY;BYDAY=MO", MONDAY, ROME, _window("2026-03-16", "2026-04-07"))
    assert [m.hour for m in found] == [9, 9, 9, 9]
    assert [m.astimezone(datetime.UTC).hour for m in found] == [8, 8, 7, 7]


def test_skipped_time_is_lived_an_hour_later_and_the_double_one_once() -> None:
    night = datetime.datetime.fromisoformat("2026-03-28T02:30")
    assert _walls("FREQ=DAILY", night, "2026-03-28", "2026-03-31") == ["28/03 02:30", "29/03 03:30", "30/03 02:30"]
    assert _walls("FREQ=DAILY", night, "2026-10-25", "2026-10-26") == ["25/10 02:30"]


def test_exceptions_are_left_out_but_count() -> None:
    left_out = [MONDAY + datetime.timedelta(weeks=1)]
    walls = _walls("FREQ=WEEKLY;COUNT=3", MONDAY, "2026-01-01", "2027-01-01", except_for=left_out)
    assert walls == ["16/03 09:00", "30/03 09:00"]


def test_last_day_is_in_the_series() -> None:
    for until in ("20260330", "20260330T090000", "20260330T070000Z"):
        assert _walls(f"FREQ=WEEKLY;UNTIL={until}", MONDAY, "2026-01-01", "2027-01-01")[-1] == "30/03 09:00"
    assert _walls("FREQ=WEEKLY;UNTIL=20260330T065959Z", MONDAY, "2026-01-01", "2027-01-01")[-1] == "23/03 09:00"


def test_window_is_half_open_and_the_answer_bounded() -> None:
    assert _walls("FREQ=DAILY", MONDAY.replace(hour=0), "2026-03-17", "2026-03-19") == ["17/03 00:00", "18/03 00:00"]
    endless = occurrences("FREQ=DAILY", MONDAY, ROME, _window("2026-01-01", "9000-01-01"))
    assert len(endless) == 1000


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("", "rule_unreadable"),
        ("FREQ=SECONDLY", "rule_unreadable"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "rule_unreadable"),
        ("FREQ=DAILY;INTERVAL=0", "rule_unreadable"),
        ("FREQ=DAILY;INTERVAL=99999999999", "rule_unreadable"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20270101", "rule_unreadable"),
        ("FREQ=DAILY;UNTIL=tomorrow", "rule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=XX", "rule_unreadable"),
        ("FREQ=WEEKLY;FREQ=DAILY", "rule_unreadable"),
        ("FREQ=MONTHLY;BYMONTHDAY=abc", "rule_unreadable"),
        ("FREQ=DAILY\nDTSTART:20260101", "rule_unreadable"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rule_empty"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "rule_empty"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "rule_empty"),
        ("FREQ=DAILY;UNTIL=20200101", "rule_empty"),
    ],
)
def test_rule_that_cannot_be_is_refused(rule: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        validate_rule(rule, MONDAY, ROME)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("rule", "it", "en"),
    [
        ("FREQ=DAILY", "ogni giorno", "every day"),
        ("FREQ=WEEKLY;BYDAY=MO", "ogni lunedì", "every Monday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE", "ogni lunedì, martedì e mercoledì", "every Monday, Tuesday and Wednesday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "ogni 2 settimane di sabato e domenica",
         "every 2 weeks on Saturday and Sunday"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "ogni mese il giorno 15", "every month on day 15"),
        ("FREQ=MONTHLY;BYDAY=2TU", "ogni mese il secondo martedì", "every month on the second Tuesday"),
        ("FREQ=MONTHLY;BYDAY=-1SU", "ogni mese l'ultima domenica", "every month on the last Sunday"),
        ("FREQ=YEARLY;COUNT=3", "ogni anno, 3 volte", "every year, 3 times"),
        ("FREQ=DAILY;UNTIL=20261231", "ogni giorno, fino al 31/12/2026", "every day, until 31/12/2026"),
        ("FREQ=YEARLY;BYWEEKNO=20", "regola personalizzata", "custom rule"),
    ],
)  # fmt: skip
def test_rule_reads_in_words(rule: str, it: str, en: str) -> None:
    assert describe_rule(rule) == L(it, en)


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 20),
    st.datetimes(MONDAY.replace(year=2000), MONDAY.replace(year=2050)),
)
def test_occurrences_keep_their_time_and_order(frequency: str, interval: int, start: datetime.datetime) -> None:
    rule = validate_rule(f"FREQ={frequency};INTERVAL={interval}", start, ZoneInfo("UTC"))
    window = _window("2026-01-01", "2026-07-01")
    found = occurrences(rule, start, ZoneInfo("UTC"), window)
    assert found == sorted(set(found))
    assert all(
        window[0] <= moment < window[1] and moment.time() == start.time().replace(microsecond=0) for moment in found
    )
