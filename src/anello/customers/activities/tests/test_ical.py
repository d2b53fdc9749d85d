"""Calendars that other programs read, and reading theirs."""

import contextlib
import datetime as dt

import icalendar
import pytest
from dateutil.rrule import rrulestr
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anello.core.actions import Invalid, NotFound, run
from anello.core.modules import get
from anello.customers.activities import feeds, queries
from anello.customers.activities.models import Activity, Feed

pytestmark = pytest.mark.django_db


def next_monday():
    today = timezone.localdate()
    return today + dt.timedelta(days=7 - today.weekday())


def weekly(cast, **more):
    start = f"{next_monday()}T09:00"
    values = {"kind": "meeting", "subject": "Riunione", "start_at": start, "recurrence": "FREQ=WEEKLY;BYDAY=MO", **more}
    return run("activity.create", values, cast.ctx("carla"))


def feed(cast, who="carla"):
    secret = run("calendar.publish", {}, cast.ctx(who))
    return icalendar.Calendar.from_ical(feeds.personal(feeds.feed_of(secret)))


def expanded(calendar):
    """The moments of a calendar as an outside program makes them from RRULE, EXDATE and RECURRENCE-ID."""
    found = []
    events = calendar.walk("VEVENT")
    replaced = {(e["UID"], e["RECURRENCE-ID"].dt.astimezone(dt.UTC)) for e in events if "RECURRENCE-ID" in e}
    for event in events:
        start = event["DTSTART"].dt
        if "RRULE" not in event:
            found.append(start.astimezone(dt.UTC))
            continue
        out = event.get("EXDATE", [])
        out = {d.dt.astimezone(dt.UTC) for many in (out if isinstance(out, list) else [out]) for d in many.dts}
        for local in rrulestr(event["RRULE"].to_ical().decode(), dtstart=start):
            moment = local.astimezone(dt.UTC)
            if moment not in out and (event["UID"], moment) not in replaced:
                found.append(moment)
            if len(found) > 500:
                break
    return sorted(found)


def ours(cast, who="carla"):
    start = timezone.now()
    window = queries.occurrences(cast.actor(who), start, start + dt.timedelta(days=399))
    return [o.start.astimezone(dt.UTC) for o in window.occurrences]


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYDAY=MO;COUNT=50", "FREQ=DAILY;COUNT=40", "until"])
def test_the_feed_has_the_occurrences_that_the_calendar_has(cast, rule):
    last = next_monday() + dt.timedelta(weeks=40)
    series = weekly(cast, recurrence=f"FREQ=WEEKLY;UNTIL={last:%Y%m%d}T090000" if rule == "until" else rule)
    moments = ours(cast)
    moved = {"occurrence": moments[2], "start_at": moments[2] + dt.timedelta(hours=3)}
    run("activity.reschedule", moved, cast.ctx("carla"), target=series.pk)
    run("activity.cancel", {"occurrence": moments[4]}, cast.ctx("carla"), target=series.pk)
    calendar = feed(cast)
    assert expanded(calendar) == ours(cast)
    assert [str(z["TZID"]) for z in calendar.walk("VTIMEZONE")] == ["Europe/Rome"]


def test_until_is_utc_in_the_feed(cast):
    last = next_monday() + dt.timedelta(weeks=2)
    weekly(cast, recurrence=f"FREQ=WEEKLY;UNTIL={last:%Y%m%d}T090000")
    (event,) = feed(cast).walk("VEVENT")
    assert event["RRULE"]["UNTIL"][0].tzinfo is not None
    assert event["RRULE"]["UNTIL"][0].astimezone(timezone.get_default_timezone()).hour == 9


def test_whole_days_and_tasks_are_dates(cast):
    day = next_monday()
    common = {"recurrence": ""}
    weekly(cast, all_day=True, **common)
    run("activity.create", {"kind": "task", "subject": "Report", "due_on": str(day)}, cast.ctx("carla"))
    calendar = feed(cast)
    (event,), (todo,) = calendar.walk("VEVENT"), calendar.walk("VTODO")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (day, day + dt.timedelta(days=1))
    assert (todo["DUE"].dt, str(todo["STATUS"])) == (day, "NEEDS-ACTION")


def test_the_feed_holds_one_s_own_and_invitations_and_nothing_else(cast):
    weekly(cast, subject="Di Carla")
    mine = run(
        "activity.create",
        {"kind": "meeting", "subject": "Di Dario", "start_at": f"{next_monday()}T09:00"},
        cast.ctx("dario"),
    )
    assert [str(e["SUMMARY"]) for e in feed(cast).walk("VEVENT")] == ["Di Carla"]
    run("activity.invite", {"users": [cast.carla.pk]}, cast.ctx("dario"), target=mine.pk)
    assert {str(e["SUMMARY"]) for e in feed(cast).walk("VEVENT")} == {"Di Carla", "Di Dario"}
    # Bruno may see what his teams do, but it is not his calendar.
    assert feed(cast, "bruno").walk("VEVENT") == []


def test_a_new_address_makes_the_old_one_useless_and_revoking_both(cast):
    old = run("calendar.publish", {}, cast.ctx("carla"))
    new = run("calendar.publish", {}, cast.ctx("carla"))
    assert (feeds.feed_of(old), feeds.feed_of(new).user) == (None, cast.carla)
    run("calendar.unpublish", {}, cast.ctx("carla"))
    assert feeds.feed_of(new) is None
    with pytest.raises(NotFound):
        run("calendar.publish", {}, cast.ctx("marta"))


def test_leaving_the_house_closes_the_feed(cast):
    secret = run("calendar.publish", {}, cast.ctx("carla"))
    cast.carla.is_active = False
    cast.carla.save(update_fields=["is_active"])
    assert feeds.feed_of(secret) is None
    assert Feed.objects.exists()


def test_an_exported_calendar_is_taken_in_whole(cast):
    series = weekly(cast, recurrence="FREQ=WEEKLY;BYDAY=MO;COUNT=10", description="Riga 1\nRiga; 2, \\ fine")
    moments = ours(cast)
    moved = {"occurrence": moments[2], "start_at": moments[2] + dt.timedelta(hours=3)}
    run("activity.reschedule", moved, cast.ctx("carla"), target=series.pk)
    run("activity.cancel", {"occurrence": moments[4]}, cast.ctx("carla"), target=series.pk)
    text = feeds.single(series).decode()
    done = run("activity.import_calendar", {"text": text}, cast.ctx("dario"))
    assert done == {"created": 1, "updated": 1, "wrong": []}
    assert ours(cast, "dario") == ours(cast, "carla")
    again = run("activity.import_calendar", {"text": text}, cast.ctx("dario"))
    assert again == {"created": 0, "updated": 2, "wrong": []}
    copy = Activity.objects.get(owner=cast.dario, series=None)
    assert copy.description == "Riga 1\nRiga; 2, \\ fine"


def test_one_broken_event_does_not_cost_the_others(cast):
    text = "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "BEGIN:VEVENT", "UID:1", "SUMMARY:Senza inizio", "END:VEVENT",
            "BEGIN:VEVENT", "UID:2", "SUMMARY:Regola", "DTSTART:20270101T090000Z", "RRULE:FREQ=SECONDLY", "END:VEVENT",
            "BEGIN:VEVENT", "UID:3", "SUMMARY:Al contrario", "DTSTART:20270101T090000Z", "DTEND:20260101T090000Z",
            "END:VEVENT",
            "BEGIN:VEVENT", "UID:4", "SUMMARY:Orfano", "DTSTART:20270101T090000Z", "RECURRENCE-ID:20270101T090000Z",
            "END:VEVENT",
            "BEGIN:VEVENT", "UID:5", "SUMMARY:<script>alert(1)</script>", "DTSTART;TZID=Europe/Rome:20270101T090000",
            "DURATION:PT30M", "ATTENDEE:mailto:x@example.com", "END:VEVENT",
            "END:VCALENDAR", "",
        ]
    )  # fmt: skip
    done = run("activity.import_calendar", {"text": text}, cast.ctx("carla"))
    assert (done["created"], len(done["wrong"])) == (1, 4)
    (activity,) = Activity.objects.all()
    assert (activity.subject, activity.duration) == ("<script>alert(1)</script>", 30)
    assert not get("attendee").model.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "ciao", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "\x00" * 50, "BEGIN:VEVENT"]
)
def test_what_is_no_calendar_is_refused_at_its_field(cast, text):
    with pytest.raises(Invalid) as refused:
        run("activity.import_calendar", {"text": text}, cast.ctx("carla"))
    assert set(refused.value.errors) == {"text"}


NAMES = [
    "DTSTART", "DTEND", "DUE", "RRULE", "EXDATE", "SUMMARY", "RECURRENCE-ID", "DURATION", "UID", "STATUS", "CATEGORIES",
    "DTSTART;TZID=Europe/Rome", "DTSTART;VALUE=DATE",
]  # fmt: skip
VALUES = [
    "20270101T090000Z", "20270101", "FREQ=DAILY", "P1D", "-P1D", "00010101T000000Z", "PT0S", "99991231T235959Z",
    "FREQ=YEARLY;COUNT=99999", "CANCELLED",
]  # fmt: skip
printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), printable)), max_size=8))
def test_whatever_a_file_says_it_is_taken_in_or_refused_in_words(cast, lines):
    body = "\r\n".join(f"{name}:{value}" for name, value in lines)
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    with contextlib.suppress(Invalid):
        done = run("activity.import_calendar", {"text": text}, cast.ctx("carla"))
        assert done["created"] + done["updated"] + len(done["wrong"]) == 1
