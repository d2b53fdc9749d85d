"""The warehouse hears that something happened, and soon reads what."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.jobs import enqueue
from anello.warehouse import jobs

PAUSE = dt.timedelta(seconds=5)
"""Events come in groups: one load takes what comes within so long."""


@consumer("warehouse", most=5000)
def notice(events: list[Event]) -> None:
    enqueue(jobs.load, unique="warehouse.load", at=timezone.now() + PAUSE)
    for event in events:
        if event.kind == "person.erased" and event.record_id:
            enqueue(jobs.forget, person=event.record_id)
