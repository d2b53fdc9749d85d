"""The views that come with the product."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import run
from anello.core.modules import all_modules
from anello.core.policies import Actor
from anello.core.search import RecordQuery

pytestmark = pytest.mark.django_db


def test_every_preset_is_a_question_that_lists_can_answer(cast):
    for module in all_modules():
        for preset in module.presets:
            query = RecordQuery(Actor.of(cast.carla), module).where(preset.filter)
            assert query.order(preset.sort or module.listing.sort).page(5).records == [], (module, preset.name)


def test_open_tasks_are_a_tab_in_the_reader_s_language(cast, enter):
    today = timezone.localdate()
    late, done, other = (
        run("activity.create", {"kind": "task", "subject": subject, "due_on": today - dt.timedelta(days=3)}, ctx)
        for subject, ctx in (
            ("Mandare campioni", cast.ctx("carla")),
            ("Già fatto", cast.ctx("carla")),
            ("D'altri", cast.ctx("bruno")),
        )
    )
    run("activity.update", {"status": "done"}, cast.ctx("carla"), target=done.pk)
    client = enter("carla")
    for tab in ("tasks", "overdue"):
        page = client.get(f"/activities/?view={tab}")
        assert [row.record.pk for row in page.context["rows"]] == [late.pk]
    assert "I miei compiti" in page.content.decode()
    assert "view-menu" not in page.content.decode()
    assert other.pk != late.pk
    cast.carla.language = "en"
    cast.carla.save()
    assert "My open tasks" in client.get("/activities/").content.decode()
