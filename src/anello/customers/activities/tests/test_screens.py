"""The calendar over HTTP: who gets what, and what becomes of nonsense."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from anello.core.actions import run
from anello.customers.activities.models import Activity

pytestmark = pytest.mark.django_db
WEEK = {"start": "2026-11-16T00:00:00", "end": "2026-11-23T00:00:00"}


@pytest.fixture
def as_(cast, client):
    def sign_in(name):
        client.force_login(getattr(cast, name))
        return client

    return sign_in


@pytest.fixture
def meeting(cast):
    values = {"kind": "meeting", "subject": "<b>Segreto</b>", "start_at": "2026-11-18T11:00:00+01:00"}
    return run("activity.create", values, cast.ctx("carla"))


def titles(client, **parameters):
    return [e["title"] for e in client.get("/calendar/events/", WEEK | parameters).json()]


def test_one_s_own_week_is_on_the_reader_s_wall(as_, cast, meeting):
    (event,) = as_("carla").get("/calendar/events/", WEEK).json()
    assert (event["start"], event["end"], event["editable"]) == ("2026-11-18T11:00:00", "2026-11-18T12:00:00", True)
    cast.carla.time_zone = "Europe/London"
    cast.carla.save(update_fields=["time_zone"])
    (event,) = as_("carla").get("/calendar/events/", WEEK).json()
    assert event["start"] == "2026-11-18T10:00:00"


def test_colleagues_of_other_teams_see_only_that_one_is_busy(as_, cast, meeting):
    client = as_("dario")
    (block,) = client.get("/calendar/events/", {**WEEK, "who": cast.carla.pk}).json()
    assert (block["state"], block["start"], block["editable"]) == ("busy", "2026-11-18T11:00:00", False)
    assert "Segreto" not in str(block)
    assert client.get(f"/calendar/{meeting.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["", "edit/", "complete/", "cancel/", "respond/", "event.ics"])
def test_foreign_activities_do_not_exist(as_, meeting, path):
    for name in ("dario", "marta"):
        client = as_(name)
        for answer in (client.get(f"/calendar/{meeting.pk}/{path}"), client.post(f"/calendar/{meeting.pk}/{path}")):
            assert answer.status_code in (404, 405)


def test_outsiders_have_no_calendar(as_, client):
    assert client.get("/calendar/").status_code == 302
    outsider = as_("marta")
    for path in ("", "events/?start=2026-11-16&end=2026-11-17", "slots/", "new/", "feed/", "import/"):
        assert outsider.get(f"/calendar/{path}").status_code == 404


def test_dragging_moves_with_undo_and_nonsense_stays_put(as_, cast, meeting):
    client = as_("carla")
    to = {"id": meeting.pk, "start": "2026-11-19T15:00:00", "end": "2026-11-19T16:30:00", "allDay": "false"}
    answer = client.post("/calendar/move/", to, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "/undo/" in answer.headers["HX-Trigger"]
    meeting.refresh_from_db()
    assert (meeting.start_at.isoformat(), meeting.duration) == ("2026-11-19T14:00:00+00:00", 90)
    for wrong in (
        {"start": "yesterday"},
        {"end": "2026-11-01T00:00:00"},
        {"start": "9999-12-31T23:59:59"},
        {"start": ""},
    ):
        assert client.post("/calendar/move/", to | wrong).status_code == 422
    assert client.post("/calendar/move/", to | {"id": "9@x"}).status_code == 404


def test_who_may_only_look_is_refused(as_, meeting):
    client = as_("ivo")
    (event,) = client.get("/calendar/events/", {**WEEK, "who": meeting.owner_id}).json()
    assert event["editable"] is False
    to = {"id": meeting.pk, "start": "2026-11-19T15:00:00", "allDay": "false"}
    assert client.post("/calendar/move/", to).status_code == 403
    assert client.post(f"/calendar/{meeting.pk}/cancel/").status_code == 403


def test_moving_one_of_a_series_asks_which(as_, cast, meeting):
    run("activity.update", {"recurrence": "FREQ=DAILY;COUNT=3"}, cast.ctx("carla"), target=meeting.pk)
    client = as_("carla")
    key = client.get("/calendar/events/", WEEK).json()[1]["id"]
    to = {"id": key, "start": "2026-11-19T16:00:00", "end": "2026-11-19T17:00:00", "allDay": "false"}
    assert b'value="following"' in client.get("/calendar/move/", to).content
    assert client.post("/calendar/move/", to | {"scope": "this"}).status_code == 200
    starts = [e["start"][8:16] for e in client.get("/calendar/events/", WEEK).json()]
    assert starts == ["18T11:00", "19T16:00", "20T11:00"]
    last = client.get("/calendar/events/", WEEK).json()[2]["id"]
    assert client.post("/calendar/move/", to | {"id": last, "scope": "everything"}).status_code == 422


def test_planning_with_invitations_in_one_gesture(as_, cast):
    client = as_("carla")
    typed = {"kind": "meeting", "subject": "Demo", "start_at": "2026-11-18T11:00", "end_at": "2026-11-18T12:00",
             "users": [cast.elena.pk], "emails": ["a@example.com"], "reminder": "15", "recurrence": ""}  # fmt: skip
    assert client.post("/calendar/new/", typed).status_code == 200
    made = Activity.objects.get()
    assert (made.attendees.count(), made.reminder) == (2, 15)
    answer = client.post("/calendar/new/", typed | {"subject": "Altra", "emails": ["no"]})
    assert answer.status_code == 422
    assert b"Altra" in answer.content
    assert Activity.objects.count() == 1


def test_what_was_typed_wrongly_comes_back_with_words_at_the_field(as_):
    typed = {"kind": "meeting", "subject": "<script>alert(1)</script>", "start_at": "domani", "end_at": ""}
    answer = as_("carla").post("/calendar/new/", typed)
    assert answer.status_code == 422
    assert b"&lt;script&gt;" in answer.content
    assert b"<script>alert" not in answer.content


def test_completing_from_the_panel_with_a_next_step(as_, meeting):
    client = as_("carla")
    assert b"&lt;b&gt;Segreto" in client.get(f"/calendar/{meeting.pk}/").content
    typed = {
        "held": "true",
        "notes": "Bene",
        "next_kind": "task",
        "next_subject": "Offerta",
        "next_at": "2026-11-20T09:00",
    }
    assert client.post(f"/calendar/{meeting.pk}/complete/", typed).status_code == 200
    assert str(Activity.objects.get(subject="Offerta").due_on) == "2026-11-20"
    assert client.post(f"/calendar/{meeting.pk}/complete/", typed).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["", "start=x&end=y", "start=2026-11-16", "start=2026-11-23&end=2026-11-16", "start=2026-01-01&end=2036-01-01",
     "start=0001-01-01T00:00:00&end=0001-01-02", "start=9999-12-31&end=9999-12-31T23:59:59"],
)  # fmt: skip
def test_a_window_that_makes_no_sense_is_refused_in_words(as_, query):
    answer = as_("carla").get(f"/calendar/events/?{query}")
    assert answer.status_code == 400
    assert answer.json()["title"]


def test_hostile_parameters_of_the_page_are_ignored(as_):
    client = as_("carla")
    for query in (
        "who=x&who=-1&who=99999999999999999999",
        "view=<script>",
        "date=9999-99-99",
        "kind=party",
        "date=\x00",
    ):
        answer = client.get(f"/calendar/?{query}")
        assert answer.status_code == 200
        assert b"<script>&" not in answer.content


def test_the_page_and_its_events_cost_few_queries(as_, cast, django_assert_max_num_queries):
    for number in range(30):
        recurrence = "FREQ=DAILY" if number % 2 else ""
        values = {"kind": "call", "subject": f"C{number}", "start_at": "2026-11-16T09:00:00+01:00"}
        made = run("activity.create", values | {"recurrence": recurrence}, cast.ctx("carla"))
        run("activity.invite", {"users": [cast.elena.pk], "notify": False}, cast.ctx("carla"), target=made.pk)
    client = as_("carla")
    with django_assert_max_num_queries(15):
        assert len(titles(client, who=[cast.carla.pk, cast.elena.pk])) == 15 + 15 * 7
    with django_assert_max_num_queries(15):
        client.get("/calendar/")


def test_the_feed_is_a_calendar_for_whoever_has_the_address(as_, cast, client, meeting):
    page = as_("carla").post("/calendar/feed/", {"do": "publish"})
    address = re.search(r"/calendar/feed/[\w-]+\.ics", page.content.decode())[0]
    client.logout()
    answer = client.get(address)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert client.get("/calendar/feed/wrong.ics").status_code == 404


def test_common_free_times_are_offered(as_, cast):
    answer = as_("carla").get(
        "/calendar/slots/", {"users": [cast.dario.pk], "start_at": "2030-11-18T00:00", "duration": "60"}
    )
    assert answer.content.count(b"data-slot") == 5
    assert as_("carla").get("/calendar/slots/", {"users": ["999999"]}).status_code == 422


def test_home_shows_the_day_and_what_is_late(as_, cast):
    now = timezone.now()
    due = timezone.localdate() - dt.timedelta(days=3)
    late = {"kind": "task", "subject": "Tardi", "due_on": str(due)}
    run("activity.create", late, cast.ctx("carla"))
    run("activity.create", {"kind": "call", "subject": "Oggi", "start_at": now}, cast.ctx("carla"))
    client = as_("carla")
    assert b"Oggi" in client.get("/home/my_day/").content
    overdue = client.get("/home/overdue/").content
    assert b"Tardi" in overdue
    assert f"{due:%d/%m}".encode() in overdue
    assert b"Oggi" not in overdue
