"""Reminders: each person, each occurrence, once."""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connection, transaction

from anello.core.actions import Context, run
from anello.core.inbox.models import Notice as Inbox
from anello.core.policies import Actor
from anello.customers.activities import alarms, jobs
from anello.customers.activities.models import Alarm, Notice

START = dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC)


@pytest.fixture
def soon(cast):
    return lambda **more: run(
        "activity.create",
        {"kind": "meeting", "subject": "Riunione", "start_at": START, "reminder": 15, **more},
        Context(actor=cast.actor("carla"), now=START - dt.timedelta(days=1)),
    )


def minutes(number):
    return START + dt.timedelta(minutes=number)


def reminded():
    return list(Inbox.objects.filter(kind="reminder").order_by("pk").values_list("user__username", flat=True))


@pytest.mark.django_db
def test_owner_and_invited_are_reminded_once_and_not_early(cast, soon):
    meeting = soon()
    run(
        "activity.invite",
        {"users": [cast.elena.pk, cast.bruno.pk], "notify": False},
        cast.ctx("carla"),
        target=meeting.pk,
    )
    run("activity.respond", {"response": "declined"}, cast.ctx("bruno"), target=meeting.pk)
    for number in (-20, -15, -14, 0):
        jobs.deliver(minutes(number))
    assert sorted(reminded()) == ["carla", "elena"]
    assert not Alarm.objects.exists()


@pytest.mark.django_db
def test_moving_moves_the_reminder_and_rings_again(cast, soon):
    meeting = soon()
    jobs.deliver(minutes(-15))
    gesture = Context(actor=cast.actor("carla"), now=minutes(-10))
    run("activity.reschedule", {"start_at": minutes(60)}, gesture, target=meeting.pk)
    jobs.deliver(minutes(0))
    assert reminded() == ["carla"]
    jobs.deliver(minutes(45))
    assert reminded() == ["carla", "carla"]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["activity.complete", "activity.cancel", "activity.delete"])
def test_what_is_over_rings_no_more(cast, soon, verb):
    run(verb, None, cast.ctx("carla"), target=soon().pk)
    jobs.deliver(minutes(-15))
    assert reminded() == []


@pytest.mark.django_db
def test_a_series_rings_for_each_occurrence_but_not_for_what_was_moved_away(cast, soon):
    series = soon(recurrence="FREQ=DAILY;COUNT=3")
    gesture = Context(actor=cast.actor("carla"), now=minutes(-60))
    move = {"occurrence": START + dt.timedelta(days=1), "start_at": START + dt.timedelta(days=1, hours=5)}
    run("activity.reschedule", move, gesture, target=series.pk)
    rung = []
    for day in range(4):
        for hour in (0, 5):
            jobs.deliver(minutes(-15) + dt.timedelta(days=day, hours=hour))
            rung.append(len(reminded()))
    assert rung == [1, 1, 1, 2, 3, 3, 3, 3]


@pytest.mark.django_db
def test_what_was_missed_altogether_is_not_told_late(cast, soon):
    soon()
    assert jobs.deliver(minutes(600)) == 1
    assert reminded() == []


@pytest.mark.django_db
def test_mail_for_those_who_want_it(cast, soon):
    cast.carla.preferences = {"reminders": "email"}
    cast.carla.save(update_fields=["preferences"])
    soon(subject="Riunione\nBcc: x@example.com")
    jobs.deliver(minutes(-15))
    jobs.mail_reminder(notice=Notice.objects.get().pk)
    (sent,) = mail.outbox
    assert sent.to == ["carla@anello.example"]
    assert "10:00" in sent.body


@pytest.mark.django_db
def test_a_crash_after_taking_the_alarm_repeats_all_of_it(cast, soon, monkeypatch):
    soon()

    def crash(*args, **kwargs):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "notify", crash)
        with pytest.raises(RuntimeError):
            jobs.deliver(minutes(-15))
    assert reminded() == []
    jobs.deliver(minutes(-15))
    assert reminded() == ["carla"]


def _race(deliver):
    barrier = threading.Barrier(4)

    def work():
        try:
            barrier.wait()
            for _ in range(5):
                deliver(minutes(-15))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_many_workers_remind_once(cast, soon):
    for number in range(20):
        soon(subject=f"R{number}")
    _race(jobs.deliver)
    assert (len(reminded()), Notice.objects.count()) == (20, 20)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_notice_many_workers_would_remind_more_than_once(cast, soon):
    """The negative control: the race above is real."""
    for number in range(20):
        soon(subject=f"R{number}")

    def careless(now):
        with transaction.atomic():
            for alarm in Alarm.objects.select_related("activity").filter(at__lte=now):
                Inbox.objects.create(user=alarm.activity.owner, kind="reminder", text="!")
        Alarm.objects.filter(at__lte=now).delete()

    _race(careless)
    assert len(reminded()) > 20

    for number in range(30):
        soon(subject=f"R{number}")
    actor = Actor.of(cast.carla)
    assert actor.id == cast.carla.pk
    assert Alarm.objects.count() == 30
    assert alarms.BATCH >= 30
