"""Working hours of each person."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from anello.core.actions import Invalid, run
from anello.core.policies import Actor
from anello.customers.activities import queries

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
MONDAY = dt.datetime(2026, 3, 16, tzinfo=ROME)
HOUR = dt.timedelta(hours=1)


def first(cast, *people):
    users = [getattr(cast, name).pk for name in people]
    found = queries.free_slots(Actor.of(cast.carla), users, HOUR, MONDAY, MONDAY + dt.timedelta(days=7))
    return found[0].start.astimezone(ROME)


def test_free_times_are_within_the_hours_of_each_by_their_own_clock(cast, client):
    assert first(cast, "carla") == MONDAY.replace(hour=9)
    client.force_login(cast.carla)
    form = {"days": ["1", "5"], "opens": "14:00", "closes": "20:00"}
    assert client.post("/calendar/hours/", form).status_code == 302
    assert first(cast, "carla") == MONDAY.replace(day=17, hour=14)
    assert 'data-hours="15 14:00 20:00"' in client.get("/calendar/").content.decode()
    cast.dario.time_zone = "America/New_York"
    cast.dario.save()
    assert first(cast, "carla", "dario") == MONDAY.replace(day=17, hour=14)


def test_hours_that_make_no_sense_are_refused(cast, client):
    for hours in ({"days": [0], "opens": "18:00", "closes": "09:00"}, {"days": [], "opens": "9:00", "closes": "10:00"}):
        with pytest.raises(Invalid):
            run("preferences.update", {"hours": hours}, cast.ctx("carla"))
    client.force_login(cast.carla)
    assert client.post("/calendar/hours/", {"days": ["1"], "opens": "18:00", "closes": "9:00"}).status_code == 422
