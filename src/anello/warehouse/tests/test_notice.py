"""Many events, one load."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import create_cast

from anello.core.actions import run
from anello.core.events.consumers import drain


@pytest.mark.django_db(transaction=True)
def test_however_many_events_come_one_load_waits():
    cast = create_cast()
    for name in ("Rossi", "Verdi"):
        person = run("person.create", {"last_name": name}, cast.ctx("carla"))
        drain()
    run("person.erase", {}, cast.ctx("anna", elevated=True), target=person.pk)
    drain()
    waiting = ProcrastinateJob.objects.filter(status="todo")
    assert waiting.filter(task_name="anello.warehouse.jobs.load").count() == 1
    assert waiting.filter(task_name="anello.warehouse.jobs.forget", args={"person": person.pk}).count() == 1
