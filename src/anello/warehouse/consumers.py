"""The warehouse hears that something happened, and soon reads what."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.jobs import enqueue
from anello.warehouse import jobs, progress

SHORTEST, LONGEST = 5.0, 30.0
"""Seconds. Events come in groups: one load takes what comes within so long."""
SHARE = 4
"""Where something happens all the time, loads rest so many times longer than they work."""


@consumer("warehouse", most=5000)
def notice(events: list[Event]) -> None:
    pause = min(max(SHORTEST, SHARE * progress.current().seconds), LONGEST)
    enqueue(jobs.load, unique="warehouse.load", at=timezone.now() + dt.timedelta(seconds=pause))
    for event in events:
        if event.kind == "person.erased" and event.record_id:
            enqueue(jobs.forget, person=event.record_id)
