"""Free and busy, and the first time that suits everybody."""

import datetime as dt

import pytest

from anello.core.actions import Invalid, run
from anello.customers.activities import queries
from anello.kit.periods import Interval

pytestmark = pytest.mark.django_db


def at(text):
    return dt.datetime.fromisoformat(f"{text}+01:00")


def meeting(cast, who, start, end, **more):
    values = {"kind": "meeting", "subject": "Segreto", "start_at": at(start), "end_at": at(end), **more}
    return run("activity.create", values, cast.ctx(who))


def test_busy_is_merged_and_says_nothing_of_contents(cast):
    meeting(cast, "dario", "2026-03-16T09:00", "2026-03-16T10:30")
    meeting(cast, "dario", "2026-03-16T10:00", "2026-03-16T11:00")
    blocks = queries.busy_elsewhere(
        cast.actor("carla"), [cast.dario.pk], at("2026-03-16T00:00"), at("2026-03-17T00:00")
    )
    assert blocks == {cast.dario.pk: [Interval(at("2026-03-16T09:00"), at("2026-03-16T11:00"))]}
    window = queries.occurrences(cast.actor("carla"), at("2026-03-16T00:00"), at("2026-03-17T00:00"), [cast.dario.pk])
    assert window.occurrences == []


def test_free_declined_cancelled_and_tasks_take_no_time(cast):
    day = at("2026-03-16T00:00"), at("2026-03-17T00:00")
    meeting(cast, "carla", "2026-03-16T09:00", "2026-03-16T10:00", free=True)
    off = meeting(cast, "carla", "2026-03-16T11:00", "2026-03-16T12:00")
    run("activity.cancel", {}, cast.ctx("carla"), target=off.pk)
    invited = meeting(cast, "bruno", "2026-03-16T15:00", "2026-03-16T16:00")
    run("activity.invite", {"users": [cast.carla.pk]}, cast.ctx("bruno"), target=invited.pk)
    meeting(cast, "carla", "2026-03-16T17:00", "2026-03-16T18:00", kind="task")
    assert queries.busy([cast.carla.pk], *day) == {
        cast.carla.pk: [Interval(at("2026-03-16T15:00"), at("2026-03-16T16:00"))]
    }
    run("activity.respond", {"response": "declined"}, cast.ctx("carla"), target=invited.pk)
    assert queries.busy([cast.carla.pk], *day) == {cast.carla.pk: []}


def test_outsiders_learn_nothing(cast):
    meeting(cast, "carla", "2026-03-16T09:00", "2026-03-16T10:30")
    assert (
        queries.busy_elsewhere(cast.actor("marta"), [cast.carla.pk], at("2026-03-16T00:00"), at("2026-03-17T00:00"))
        == {}
    )
    with pytest.raises(Invalid):
        queries.free_slots(
            cast.actor("marta"), [cast.carla.pk], dt.timedelta(hours=1), at("2026-03-16T00:00"), at("2026-03-20T00:00")
        )


def test_first_common_slots_respect_hours_zones_and_italian_holidays(cast):
    cast.dario.time_zone = "Europe/London"
    cast.dario.save(update_fields=["time_zone"])
    meeting(cast, "carla", "2026-04-03T10:00", "2026-04-03T15:00")
    # Friday 3 April 2026; Monday 6 is Easter Monday.
    slots = queries.free_slots(
        cast.actor("carla"),
        [cast.carla.pk, cast.dario.pk],
        dt.timedelta(hours=2),
        at("2026-04-03T00:00"),
        at("2026-04-10T00:00"),
        most=3,
    )
    zone = dt.timezone(dt.timedelta(hours=2))
    # London works from 10 to 19 of Rome, so both from 10 to 18; Carla is busy from 11 to 16 (summer time).
    assert [f"{s.start.astimezone(zone):%d %H:%M}" for s in slots] == ["03 16:00", "07 10:00", "07 12:00"]


def test_window_and_its_keys_refuse_nonsense(cast):
    with pytest.raises(Invalid):
        queries.occurrences(cast.actor("carla"), at("2026-03-17T00:00"), at("2026-03-16T00:00"))
    for key in ("", "x", "1@", "1@2026", "-1", "9" * 30, "1@20260316T080000Z"):
        assert queries.occurrence(cast.actor("carla"), key) is None
