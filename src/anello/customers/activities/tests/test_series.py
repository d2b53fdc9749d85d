"""Repeating activities: the wall's time, and editing one, the following, all."""

import datetime as dt

import pytest

from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.customers.activities import queries

pytestmark = pytest.mark.django_db
ROME_MONDAY = "2026-03-16T09:00:00+01:00"


def moment(text):
    return dt.datetime.fromisoformat(text)


def weekly(cast, who="carla", **more):
    values = {"kind": "meeting", "subject": "Riunione", "start_at": ROME_MONDAY, "recurrence": "FREQ=WEEKLY;BYDAY=MO"}
    return run("activity.create", values | more, cast.ctx(who))


def listed(cast, first, end, who="carla", **more):
    window = queries.occurrences(cast.actor(who), moment(f"{first}T00:00+01:00"), moment(f"{end}T00:00+01:00"), **more)
    zone = dt.UTC
    return [f"{o.start.astimezone(zone):%d/%m %H:%M} {o.activity.subject}" for o in window.occurrences]


def test_nine_stays_nine_when_clocks_change_in_march_and_october(cast):
    weekly(cast)
    assert listed(cast, "2026-03-23", "2026-04-06") == ["23/03 08:00 Riunione", "30/03 07:00 Riunione"]
    assert listed(cast, "2026-10-19", "2026-11-02") == ["19/10 07:00 Riunione", "26/10 08:00 Riunione"]


def test_editing_one_occurrence_leaves_the_others(cast):
    series = weekly(cast)
    change = {"occurrence": "2026-03-23T08:00:00Z", "scope": "this", "values": {"subject": "Speciale"}}
    one = run("activity.edit", change, cast.ctx("carla"), target=series.pk)
    assert (one.series_id, one.uid) == (series.pk, series.uid)
    assert listed(cast, "2026-03-16", "2026-04-01") == [
        "16/03 08:00 Riunione",
        "23/03 08:00 Speciale",
        "30/03 07:00 Riunione",
    ]


def test_editing_the_same_occurrence_twice_makes_one_exception(cast):
    series = weekly(cast)
    for subject in ("A", "B"):
        change = {"occurrence": "2026-03-23T08:00:00Z", "values": {"subject": subject}}
        run("activity.edit", change, cast.ctx("carla"), target=series.pk)
    assert get("activity").model.objects.count() == 2
    assert listed(cast, "2026-03-23", "2026-03-24") == ["23/03 08:00 B"]


def test_moving_one_occurrence_moves_it_only_and_undo_gives_it_back(cast):
    series = weekly(cast)
    gesture = cast.ctx("carla")
    move = {"occurrence": "2026-03-23T08:00:00Z", "start_at": "2026-03-24T15:00:00+01:00"}
    moved = run("activity.reschedule", move, gesture, target=series.pk)
    assert moved.duration == 60
    assert listed(cast, "2026-03-16", "2026-03-30") == ["16/03 08:00 Riunione", "24/03 14:00 Riunione"]
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert listed(cast, "2026-03-16", "2026-03-30") == ["16/03 08:00 Riunione", "23/03 08:00 Riunione"]


def test_editing_the_following_splits_the_series(cast):
    series = weekly(cast, recurrence="FREQ=WEEKLY;COUNT=4")
    later = {"occurrence": "2026-04-06T07:00:00Z", "values": {"subject": "Eccezione"}}
    run("activity.edit", later, cast.ctx("carla"), target=series.pk)
    change = {"occurrence": "2026-03-30T07:00:00Z", "scope": "following", "values": {"subject": "Nuova"}}
    new = run("activity.edit", change, cast.ctx("carla"), target=series.pk)
    assert new.uid != series.uid
    assert listed(cast, "2026-03-01", "2026-12-31") == [
        "16/03 08:00 Riunione",
        "23/03 08:00 Riunione",
        "30/03 07:00 Nuova",
        "06/04 07:00 Eccezione",
    ]


def test_moving_the_following_to_another_day_takes_weekday_and_exceptions_along(cast):
    series = weekly(cast, recurrence="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260413T090000")
    cancel = {"occurrence": "2026-04-06T07:00:00Z"}
    run("activity.cancel", cancel, cast.ctx("carla"), target=series.pk)
    move = {"occurrence": "2026-03-30T07:00:00Z", "scope": "following", "start_at": "2026-04-01T11:00:00+02:00"}
    run("activity.reschedule", move, cast.ctx("carla"), target=series.pk)
    assert listed(cast, "2026-03-01", "2026-12-31") == [
        "16/03 08:00 Riunione",
        "23/03 08:00 Riunione",
        "01/04 09:00 Riunione",
        "15/04 09:00 Riunione",
    ]


def test_moving_all_by_one_occurrence_keeps_dst_and_exceptions(cast):
    series = weekly(cast)
    one = {"occurrence": "2026-03-23T08:00:00Z", "values": {"subject": "Speciale"}}
    run("activity.edit", one, cast.ctx("carla"), target=series.pk)
    move = {"occurrence": "2026-03-30T07:00:00Z", "scope": "all", "start_at": "2026-03-31T10:00:00+02:00"}
    run("activity.reschedule", move, cast.ctx("carla"), target=series.pk)
    assert listed(cast, "2026-03-16", "2026-04-08") == [
        "17/03 09:00 Riunione",
        "23/03 08:00 Speciale",
        "31/03 08:00 Riunione",
        "07/04 08:00 Riunione",
    ]


def test_cancelling_one_and_the_following(cast):
    series = weekly(cast)
    run("activity.cancel", {"occurrence": "2026-03-23T08:00:00Z"}, cast.ctx("carla"), target=series.pk)
    end = {"occurrence": "2026-04-06T07:00:00Z", "scope": "following"}
    run("activity.cancel", end, cast.ctx("carla"), target=series.pk)
    assert listed(cast, "2026-03-01", "2026-12-31") == ["16/03 08:00 Riunione", "30/03 07:00 Riunione"]


def test_completing_an_occurrence_leaves_the_series_running(cast):
    series = weekly(cast)
    done = run("activity.complete", {"occurrence": "2026-03-16T08:00:00Z"}, cast.ctx("carla"), target=series.pk)
    series.refresh_from_db()
    assert (done.status, series.status) == ("held", "planned")
    with pytest.raises(Invalid):
        run("activity.update", {"status": "held"}, cast.ctx("carla"), target=series.pk)


def test_all_day_and_due_days_repeat_by_the_day(cast):
    run(
        "activity.create",
        {"kind": "meeting", "subject": "Fiera", "start_at": "2026-03-28T10:00:00+01:00", "all_day": True,
         "recurrence": "FREQ=DAILY;COUNT=3"},
        cast.ctx("carla"),
    )  # fmt: skip
    run(
        "activity.create",
        {"kind": "task", "subject": "Report", "due_on": "2026-03-29", "recurrence": "FREQ=DAILY;COUNT=2"},
        cast.ctx("carla"),
    )
    window = queries.occurrences(cast.actor("carla"), moment("2026-03-27T00:00Z"), moment("2026-04-02T00:00Z"))
    hours = [(o.end - o.start) // dt.timedelta(hours=1) for o in window.occurrences if o.end]
    assert hours == [24, 23, 24]
    assert [str(o.due) for o in window.occurrences if o.due] == ["2026-03-29", "2026-03-30"]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=DAILY;COUNT=5000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "x" * 200, "FREQ=DAILY\n\n"],
)
def test_hostile_rules_are_refused_at_their_field(cast, rule):
    if rule == "FREQ=DAILY\n\n":
        assert weekly(cast, recurrence=rule).recurrence == "FREQ=DAILY"
        return
    with pytest.raises(Invalid) as refused:
        weekly(cast, recurrence=rule)
    assert set(refused.value.errors) == {"recurrence"}


def test_occurrence_that_the_series_does_not_have_is_refused(cast):
    series = weekly(cast)
    for occurrence in ("2026-03-24T08:00:00Z", "1800-01-01T00:00:00Z", "2999-01-01T00:00:00Z"):
        with pytest.raises(Invalid) as refused:
            run("activity.cancel", {"occurrence": occurrence}, cast.ctx("carla"), target=series.pk)
        assert set(refused.value.errors) == {"occurrence"}


def test_a_series_starts_at_its_first_occurrence(cast):
    series = weekly(cast, recurrence="FREQ=WEEKLY;BYDAY=WE")
    assert f"{series.start_at:%d/%m %H:%M}" == "18/03 08:00"


def test_an_endless_series_costs_few_queries_and_is_bounded(cast, django_assert_max_num_queries):
    for _ in range(5):
        weekly(cast, recurrence="FREQ=DAILY")
    actor = cast.actor("carla")
    with django_assert_max_num_queries(6):
        window = queries.occurrences(actor, moment("2030-01-01T00:00Z"), moment("2030-12-31T00:00Z"))
    assert len(window.occurrences) == 5 * 364
    with pytest.raises(Invalid):
        queries.occurrences(actor, moment("2030-01-01T00:00Z"), moment("2035-01-01T00:00Z"))


def test_occurrences_that_left_a_series_go_and_come_back_with_it(cast):
    series, gesture = weekly(cast), cast.ctx("carla")
    invited = {"user": cast.bruno.pk}
    for subject, day in (("Speciale", "23"), ("Altra", "30")):
        hour = "08" if day == "23" else "07"
        change = {"occurrence": f"2026-03-{day}T{hour}:00:00Z", "values": {"subject": subject}}
        one = run("activity.edit", change, cast.ctx("carla"), target=series.pk)
        run("attendee.create", {"activity": one.pk, **invited}, cast.ctx("carla"))
    before = listed(cast, "2026-03-16", "2026-04-07")
    run("activity.delete", None, gesture, target=series.pk)
    assert listed(cast, "2026-03-16", "2026-04-07") == []
    assert not get("attendee").model.objects.exists()
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert listed(cast, "2026-03-16", "2026-04-07") == before
    run("activity.delete", None, cast.ctx("carla"), target=[one.pk, series.pk])
    run("activity.restore", None, cast.ctx("carla"), target=[series.pk, one.pk])
    assert listed(cast, "2026-03-16", "2026-04-07") == before
    assert get("attendee").model.objects.count() == 2
