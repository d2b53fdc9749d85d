"""The process that consumes ends promptly when it is told to."""

from __future__ import annotations

import os
import signal
import threading
import uuid

import pytest
from django.db import transaction

from anello.core.events import consumers
from anello.core.events.consumers import Consumer, follow
from anello.core.events.log import append
from anello.core.events.models import Event
from anello.core.events.stopping import signalled


class Guarded(threading.Event):
    """An event that is interrupted by SIGTERM while it holds its lock, as any `wait` may be."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.stuck = False

    def wait(self, timeout: float | None = None) -> bool:
        with self.lock:
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(1000):  # bytecodes between which a handler runs
                pass
        return super().wait(timeout)

    def set(self) -> None:
        if not self.lock.acquire(timeout=5):
            self.stuck = True
            return
        self.lock.release()
        super().set()


@pytest.mark.django_db(transaction=True)
def test_a_signal_that_comes_while_waiting_ends_it(monkeypatch):
    monkeypatch.setattr(consumers, "_consumers", {})
    stop, wake = threading.Event(), Guarded()
    with signalled(stop, wake):
        follow(stop, wake, pause=60)
    assert not wake.stuck


@pytest.mark.django_db(transaction=True)
def test_a_signal_within_a_step_lets_it_end_and_begins_no_other(monkeypatch):
    steps: list[str] = []
    stop, wake = threading.Event(), threading.Event()

    def handle(events: list[Event]) -> None:
        steps.append("begun")
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(30)
        steps.append("ended")

    monkeypatch.setattr(consumers, "_consumers", {n: Consumer(n, handle, ["stopping.*"]) for n in ("one", "two")})
    with transaction.atomic():
        append([Event(kind="stopping.now", module="stopping", via="system", batch=uuid.uuid4())])
    with signalled(stop, wake):
        follow(stop, wake, pause=60)
    assert steps == ["begun", "ended"]
