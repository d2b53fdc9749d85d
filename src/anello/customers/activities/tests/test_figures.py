"""What customers' pages say of the calendar."""

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import run
from anello.customers import figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def mario(cast):
    return run("person.create", {"first_name": "Mario", "last_name": "Rossi"}, cast.ctx("carla"))


def next_activity(cast, who, person):
    return {one.name: value for one, value in figures.of_customer(cast.actor(who), "person", person.pk)}.get(
        "next_activity"
    )


def meeting(cast, person, days, **values):
    start = (timezone.now() + dt.timedelta(days=days)).replace(microsecond=0)
    given = {"subject": "Visita", "kind": "meeting", "person": person.pk, "start_at": start.isoformat(), **values}
    return run("activity.create", given, cast.ctx("carla"))


def test_the_nearest_thing_ahead_is_next(cast, mario):
    assert next_activity(cast, "carla", mario) is None
    meeting(cast, mario, -2)
    far, near = meeting(cast, mario, 9), meeting(cast, mario, 4)
    assert next_activity(cast, "carla", mario) == near.start_at
    run("activity.delete", None, cast.ctx("carla"), target=near.pk)
    assert next_activity(cast, "carla", mario) == far.start_at
    assert next_activity(cast, "dario", mario) is None


def test_a_task_counts_on_its_day(cast, mario):
    meeting(cast, mario, 4)
    due = timezone.localdate() + dt.timedelta(days=1)
    task = {"subject": "Chiamare", "kind": "task", "person": mario.pk, "due_on": due.isoformat()}
    run("activity.create", task, cast.ctx("carla"))
    assert next_activity(cast, "carla", mario) == due


def test_a_series_counts_by_its_next_occurrence(cast, mario):
    series = meeting(cast, mario, -10, recurrence="FREQ=WEEKLY")
    assert next_activity(cast, "carla", mario) == series.start_at + dt.timedelta(days=14)
