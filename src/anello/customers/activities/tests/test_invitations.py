"""Invitations by mail: who is told what, once, and how they answer."""

import datetime as dt

import icalendar
import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from anello.core.actions import run
from anello.core.events import consumers
from anello.core.events.models import Event
from anello.core.inbox.models import Notice
from anello.customers.activities import invitations, jobs
from anello.customers.activities.models import Attendee

pytestmark = pytest.mark.django_db
consumed: set[int] = set()


@pytest.fixture
def meeting(cast):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=7)
    values = {"kind": "meeting", "subject": "Demo\r\nBcc: spy@example.com", "start_at": start, "location": "Via Roma"}
    made = run("activity.create", values, cast.ctx("carla"))
    consume()
    return made


def consume():
    """Hand the events since the last time to the consumer; returns the mails it wants, as (method, address)."""
    follower = consumers.registered()["invitations"]
    jobs_before = set(ProcrastinateJob.objects.values_list("pk", flat=True))
    events = Event.objects.exclude(pk__in=consumed).order_by("pk")
    consumed.update(event.pk for event in events)
    follower.handler([event for event in events if follower.wants(event)])
    fresh = ProcrastinateJob.objects.exclude(pk__in=jobs_before).filter(task_name__endswith="mail_invitation")
    return [(j.args["method"], Attendee.everything.get(pk=j.args["attendee"]).email) for j in fresh.order_by("pk")]


@pytest.fixture(autouse=True)
def _nothing_consumed():
    consumed.clear()


def invite(cast, meeting, *emails, **more):
    return run("activity.invite", {"emails": list(emails), **more}, cast.ctx("carla"), target=meeting.pk)


def test_invitation_change_and_cancellation_reach_the_invited(cast, meeting):
    invite(cast, meeting, "a@example.com", users=[cast.elena.pk])
    assert sorted(consume()) == [("REQUEST", "a@example.com"), ("REQUEST", "elena@anello.example")]
    run("activity.update", {"priority": "high"}, cast.ctx("carla"), target=meeting.pk)
    assert consume() == []
    run(
        "activity.reschedule",
        {"start_at": meeting.start_at + dt.timedelta(hours=1)},
        cast.ctx("carla"),
        target=meeting.pk,
    )
    assert len(consume()) == 2
    run("activity.cancel", {}, cast.ctx("carla"), target=meeting.pk)
    assert {method for method, _ in consume()} == {"CANCEL"}


def test_whoever_is_not_to_be_told_is_not(cast, meeting):
    invite(cast, meeting, "a@example.com", notify=False)
    run("activity.cancel", {}, cast.ctx("carla"), target=meeting.pk)
    assert consume() == []


def test_the_past_is_not_announced(cast):
    old = run(
        "activity.create",
        {"kind": "meeting", "subject": "Ieri", "start_at": timezone.now() - dt.timedelta(days=2)},
        cast.ctx("carla"),
    )
    invite(cast, old, "a@example.com")
    assert consume() == []


def test_completing_an_occurrence_of_a_series_mails_nobody_moving_it_does(cast, meeting):
    series = run("activity.update", {"recurrence": "FREQ=DAILY;COUNT=5"}, cast.ctx("carla"), target=meeting.pk)
    invite(cast, series, "a@example.com")
    consume()
    run("activity.complete", {"occurrence": series.start_at}, cast.ctx("carla"), target=series.pk)
    assert consume() == []
    second = series.start_at + dt.timedelta(days=1)
    gesture = cast.ctx("carla")
    run(
        "activity.reschedule",
        {"occurrence": second, "start_at": second + dt.timedelta(hours=2)},
        gesture,
        target=series.pk,
    )
    assert consume() == [("REQUEST", "a@example.com")]
    run("undo", {"batch": gesture.batch}, cast.ctx("carla"))
    assert set(consume()) == {("REQUEST", "a@example.com")}
    jobs.mail_invitation(attendee=Attendee.everything.exclude(deleted_at=None).get().pk, method="REQUEST")
    (event,) = icalendar.Calendar.from_ical(mail.outbox[-1].alternatives[0].content).walk("VEVENT")
    assert event["RECURRENCE-ID"].dt == event["DTSTART"].dt == second


def test_the_message_is_an_itip_request_with_safe_headers(cast, meeting):
    (attendee,) = invite(cast, meeting, "a@example.com")
    jobs.mail_invitation(attendee=attendee.pk, method="REQUEST")
    (sent,) = mail.outbox
    assert sent.recipients() == ["a@example.com"]
    assert sent.reply_to == ["carla@anello.example"]
    parts = {part.get_content_type(): part for part in sent.message().walk()}
    assert parts["text/calendar"].get_param("method") == "REQUEST"
    calendar = icalendar.Calendar.from_ical(sent.alternatives[0].content)
    (event,) = calendar.walk("VEVENT")
    assert str(calendar["METHOD"]) == "REQUEST"
    assert (str(event["ORGANIZER"]), str(event["ATTENDEE"])) == ("mailto:carla@anello.example", "mailto:a@example.com")
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert invitations.response_url(attendee) in sent.body


def test_the_signed_link_answers_without_an_account_and_only_on_a_button(cast, meeting, client):
    (attendee,) = invite(cast, meeting, "a@example.com")
    url = invitations.response_url(attendee).partition("://")[2]
    path = url[url.index("/") :]
    assert client.get(path).status_code == 200
    attendee.refresh_from_db()
    assert attendee.response == "needs_action"
    assert client.post(path, {"response": "accepted"}).status_code == 200
    attendee.refresh_from_db()
    assert attendee.response == "accepted"
    assert client.post(path, {"response": "owned"}).status_code == 400
    assert client.get(path[:-2] + "x/").status_code == 404
    consume()
    assert Notice.objects.get(user=cast.carla, kind="response").text.startswith("a@example.com partecipa")
    run("attendee.delete", None, cast.ctx("carla"), target=attendee.pk)
    assert client.get(path).status_code == 404
