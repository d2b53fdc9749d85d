"""Consumers: followers of the event log whose cursor moves in the same transaction as their effects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import structlog
from django.db import connection, transaction
from django.utils import timezone

from anello.core.current import bring_up_to_date
from anello.core.events.log import read
from anello.core.events.models import Cursor, DeadLetter, Event

log = structlog.get_logger(__name__)

Handler = Callable[[list[Event]], None]
TRIES = 5


@dataclass(frozen=True)
class Consumer:
    """A named follower of the events whose kind matches one of `kinds` (shell patterns)."""

    name: str
    handler: Handler
    kinds: Sequence[str]
    most: int = 500

    def wants(self, event: Event) -> bool:
        return any(fnmatchcase(event.kind, pattern) for pattern in self.kinds)


_consumers: dict[str, Consumer] = {}


def consumer(name: str, kinds: Sequence[str] = ("*",), most: int = 500) -> Callable[[Handler], Handler]:
    """Register `handler(events)` to be called in order, in a transaction, with each event exactly once."""

    def register(handler: Handler) -> Handler:
        if name in _consumers:
            raise ValueError(f"consumer {name} is registered twice")
        _consumers[name] = Consumer(name, handler, kinds, most)
        return handler

    return register


def registered() -> dict[str, Consumer]:
    return _consumers


class Shared:
    """`log.read` for consumers that go through the log together: those that are at the same place read once.

    A full batch never changes: nothing is added before what was read.
    """

    def __init__(self) -> None:
        self._place: tuple[int, int, int] | None = None
        self._events: list[Event] = []

    def __call__(self, tx: int, event_id: int, most: int) -> list[Event]:
        place = (tx, event_id, most)
        if place != self._place:
            events = read(tx, event_id, most)
            if len(events) < most:
                return events
            self._place, self._events = place, events
        return self._events


def step(follower: Consumer, read: Callable[[int, int, int], list[Event]] = read) -> int:
    """Consume the next events of one consumer; returns how many were read (0: nothing new, or somebody else is at it).

    When the handler fails, nothing of the step is kept and the failure is counted; after `TRIES` failures the events
    are taken one by one and the one that fails goes to the dead letters, so that the rest goes on.
    """
    try:
        with transaction.atomic():
            cursor = Cursor.objects.select_for_update(skip_locked=True).filter(consumer=follower.name).first()
            if cursor is None:
                cursor, new = Cursor.objects.get_or_create(consumer=follower.name)
                if not new:
                    return 0
            bring_up_to_date()  # before they are read: events speak of modules as they are by then
            one_by_one = cursor.failures >= TRIES
            events = read(cursor.tx, cursor.event_id, 1 if one_by_one else follower.most)
            if not events:
                Cursor.objects.filter(pk=cursor.pk, failures__gt=0).update(failures=0, error="")
                return 0
            buried = False
            wanted = [event for event in events if follower.wants(event)]
            if wanted:
                buried = _handle(follower, wanted, bury=one_by_one)
            cursor.tx, cursor.event_id = events[-1].tx, events[-1].id
            cursor.moved_at, cursor.error = timezone.now(), ""
            # One by one until the event that fails is found, or nothing is left.
            cursor.failures = cursor.failures if one_by_one and not buried else 0
            cursor.save()
            return len(events)
    except Exception as error:
        Cursor.objects.get_or_create(consumer=follower.name)
        Cursor.objects.filter(consumer=follower.name).update(
            failures=_failures(follower.name), error=repr(error)[:2000]
        )
        log.exception("consumer_failed", consumer=follower.name)
        raise


def _failures(name: str) -> int:
    return Cursor.objects.values_list("failures", flat=True).get(consumer=name) + 1


def _handle(follower: Consumer, events: list[Event], *, bury: bool) -> bool:
    if not bury:
        follower.handler(events)
        return False
    try:
        with transaction.atomic():
            follower.handler(events)
            return False
    except Exception as error:
        log.exception("event_buried", consumer=follower.name, event_id=events[0].id)
        DeadLetter.objects.get_or_create(
            consumer=follower.name, event_id=events[0].id, defaults={"error": repr(error)[:2000]}
        )
        return True


@dataclass(frozen=True)
class Lag:
    """How far behind a consumer is: events not yet read, seconds since the oldest of them, and its last error."""

    consumer: str
    events: int
    seconds: float
    error: str


_LAG = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0) FROM (
    SELECT at FROM event WHERE (tx, id) > (%s::text::xid8, %s) ORDER BY tx, id LIMIT 10000) behind
"""


def lags() -> list[Lag]:
    """The lag of every registered consumer, counted up to 10,000 events."""
    cursors = {cursor.consumer: cursor for cursor in Cursor.objects.all()}
    found = []
    for name in _consumers:
        at = cursors.get(name) or Cursor(consumer=name)
        with connection.cursor() as cursor:
            cursor.execute(_LAG, [str(at.tx), at.event_id])
            events, seconds = cursor.fetchone()
        found.append(Lag(name, events, float(seconds), at.error))
    return found


def drain() -> int:
    """Consume all there is now, once; for tests and commands. Returns the number of events read."""
    total = 0
    for follower in _consumers.values():
        while found := step(follower):
            total += found
    return total


GATHER = 0.1
"""Seconds in which events come together: each round asks the database for every consumer, however little there is."""


def follow(stop: threading.Event, wake: threading.Event, pause: float = 2.0) -> None:
    """Run all consumers until `stop`, which is looked at after each step; `wake` is set by notifications.

    `pause` (s) bounds the wait, a consumer's `most` events the step.
    """
    shared = Shared()
    while not stop.is_set():
        found, more = 0, False
        for follower in _consumers.values():
            if stop.is_set():
                return
            try:
                took = step(follower, shared)
                found, more = found + took, more or took == follower.most
            except Exception:
                connection.close()
                stop.wait(1.0)
        if not found:
            wake.wait(pause)
            wake.clear()
        elif not more:
            stop.wait(GATHER)
