"""Nothing is lost and nothing happens twice, whatever is killed when."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import threading
import time

import pytest
from django.db import connection, connections
from django.utils import timezone

from anello.core.actions import Context, run
from anello.core.events.consumers import Consumer, step
from anello.core.events.models import Cursor, Event
from anello.core.jobs import enqueue
from anello.core.modules import get
from anello.core.policies import Actor
from anello.customers.activities.jobs import remind
from tests import processes
from tests.cast import create_cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tables():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE chaos_seen (event_id bigint); CREATE TABLE chaos_done (person_id bigint)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE chaos_seen, chaos_done")


def _rows(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def _start(role: str, number: int) -> subprocess.Popen[str]:
    process = processes.start("-m", "tests.chaos", role, str(number))
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def _until(condition, what: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_sigkill_of_writers_consumers_and_workers_loses_and_doubles_nothing(tables):
    roles = ["write", "write", "follow", "follow", "work"]
    running = {i: _start(role, i) for i, role in enumerate(roles)}
    dice = random.Random(7)
    try:
        for number in range(10, 22):
            time.sleep(dice.uniform(0.1, 0.4))
            victim = dice.choice(list(running))
            role = roles[victim % 10 if victim < 10 else victim]
            running.pop(victim).send_signal(signal.SIGKILL)
            roles += [role] * (number + 1 - len(roles))
            running[number] = _start(role, number)
        for i, process in list(running.items()):
            if roles[i] == "write":
                running.pop(i).send_signal(signal.SIGKILL)
                process.wait()
        everyone = set(get("person").model._default_manager.values_list("pk", flat=True))
        assert len(everyone) > 20
        events = set(Event.objects.filter(module="person").values_list("pk", flat=True))
        _until(lambda: len(_rows("SELECT event_id FROM chaos_seen")) >= len(events), "consumers stopped short")
        _until(lambda: set(_rows("SELECT person_id FROM chaos_done")) == everyone, "a job was lost")
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    seen = _rows("SELECT event_id FROM chaos_seen")
    assert len(seen) == len(set(seen)), "an event was consumed twice"
    assert set(seen) == events
    created = set(Event.objects.filter(kind="person.created").values_list("record_id", flat=True))
    assert created == everyone, "a record without its event, or an event without its record"
    updated = set(Event.objects.filter(kind="person.updated").values_list("record_id", flat=True))
    moved = set(get("person").model._default_manager.filter(city="Roma").values_list("pk", flat=True))
    assert updated == moved, "a half-written change"


def test_sigkill_of_workers_reminds_everybody_once():
    """Each worker is killed in the middle of reminding; another one goes on where its transactions ended."""
    reminders, killed = 60, 3
    carla = create_cast().carla
    soon = timezone.now() + dt.timedelta(minutes=10)
    meeting = {"kind": "meeting", "start_at": soon, "reminder": 15}
    ctx = Context(actor=Actor.of(carla))
    run("activity.create", [{**meeting, "subject": f"R{n}"} for n in range(reminders)], ctx)
    inbox = "SELECT count(*) FROM inbox_notice WHERE kind = 'reminder'"
    enqueue(remind, timestamp=0)
    for number in range(killed):
        worker = _start("remind", number)
        _until(lambda told=number * reminders // (killed + 1): _rows(inbox)[0] > told, "nobody is reminded any more")
        worker.kill()
        worker.wait()
    assert _rows(inbox)[0] < reminders, "they were killed too late to prove anything"
    worker = _start("remind", killed)
    try:
        _until(lambda: _rows(inbox)[0] >= reminders, "a reminder was lost")
        left = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%.remind' AND status IN ('todo', 'doing')"
        _until(lambda: _rows(left) == [0], "a job was lost")
    finally:
        worker.kill()
        worker.wait()
    assert _rows(inbox) == [reminders]
    assert _rows("SELECT count(*) FROM activities_alarm") == [0]
    assert _rows("SELECT count(DISTINCT activity_id) FROM activities_notice") == [reminders]


def _late_commit(reader) -> list[int]:
    """One writer takes its id first and commits last; the reader runs in between and after. Returns what was read."""
    holding, release = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import transaction

        with transaction.atomic():
            run("person.create", {"last_name": "Slow"})
            holding.set()
            release.wait(10)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    holding.wait(10)
    run("person.create", {"last_name": "Fast"})
    seen = reader()
    release.set()
    writer.join()
    return seen + reader()


def test_an_event_that_commits_late_is_not_skipped():
    seen: list[int] = []
    follower = Consumer("late", lambda events: seen.extend(e.record_id for e in events), ("person.created",))

    def read() -> list[int]:
        start = len(seen)
        while step(follower):
            pass
        return seen[start:]

    people = get("person").model._default_manager
    assert sorted(_late_commit(read)) == sorted(people.values_list("pk", flat=True))


def test_negative_control_reading_by_id_alone_skips_the_late_event():
    last = 0

    def read() -> list[int]:
        nonlocal last
        events = list(Event.objects.filter(kind="person.created", id__gt=last).order_by("id"))
        last = max([last, *(e.id for e in events)])
        return [e.record_id for e in events]

    seen = _late_commit(read)
    assert len(seen) == 1
    assert get("person").model._default_manager.count() == 2


def test_a_poisonous_event_is_buried_and_the_rest_goes_on():
    people = run("person.create", [{"last_name": f"P{i}"} for i in range(5)])
    seen: list[int] = []

    def handle(events: list[Event]) -> None:
        for event in events:
            if event.record_id == people[2].pk:
                raise ValueError("poison")
        seen.extend(e.record_id for e in events)

    follower = Consumer("poison", handle, ("person.*",))
    for _ in range(40):
        try:
            step(follower)
        except ValueError:
            continue
    assert seen == [p.pk for p in people if p is not people[2]]
    assert Cursor.objects.get(consumer="poison").failures == 0
