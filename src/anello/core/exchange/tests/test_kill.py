"""A run whose process is killed anywhere loses and doubles nothing."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest
from tests import processes

from anello.core.actions import Context, run
from anello.core.events.models import Event
from anello.core.exchange import running, storage
from anello.core.exchange.models import ImportRun
from anello.core.modules import get

ROWS = 800
WORKER = """
import sys, django
django.setup()
from datetime import timedelta
from django.conf import settings
from anello.core.exchange import running
settings.MEDIA_ROOT = sys.argv[2]
running.BATCH, running.SILENCE = 20, timedelta(0)
{more}
running.perform(int(sys.argv[1]))
"""
BROKEN = """
# The negative control: rows are committed before the position, and death falls in between.
import os, signal
from anello.core.exchange.models import ImportRun
save, calls = ImportRun.save, []
def late(self, *arguments, **options):
    from django.db import connection
    if "position" in (options.get("update_fields") or ()):
        calls.append(1)
        if len(calls) == 5:
            connection.cursor().execute("COMMIT")
            os.kill(os.getpid(), signal.SIGKILL)
    save(self, *arguments, **options)
ImportRun.save = late
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(settings, tmp_path):
    """Makes runs of the same file: rows to store, rows to refuse, and keys that come twice."""
    settings.MEDIA_ROOT = tmp_path
    lines = [f"P{n},Q{n},{'wrong' if n % 17 == 0 else f'p{n}@example.it'}" for n in range(ROWS)]

    def make(prefix):
        text = "Nome,Cognome,E-mail\n" + "\n".join(lines).replace("@", f"@{prefix}.")
        made = run(
            "import.prepare",
            {"module": "person", "sha256": storage.keep([text.encode()]), "file_name": "people.csv"},
        )
        run("import.configure", {"run": made.pk, "duplicates": "create"})
        return run("import.start", {"run": made.pk, "background": False}, Context())

    return make


def work(pk, folder, more=""):
    return processes.start("-c", WORKER.format(more=more), str(pk), str(folder))


def outcome(pk, prefix):
    """All that the run left behind, in a form that two runs of the same rows share."""
    done = ImportRun.objects.get(pk=pk)
    people = get("person").model.objects.filter(email__endswith=f"@{prefix}.example.it")
    events = Event.objects.filter(batch=done.batch, kind="person.created").values_list("changes__last_name__1")
    return (
        done.status,
        done.position,
        done.failed,
        done.counts,
        Counter(people.values_list("last_name", flat=True)),
        Counter(events),
        list(done.errors.order_by("line").values_list("line", flat=True)),
    )


def kill_and_resume(pk, folder, times):
    dice = random.Random(5)
    kills = 0
    while kills < times:
        process = work(pk, folder)
        before = position = ImportRun.objects.values_list("position", flat=True).get(pk=pk)
        while position == before and process.poll() is None:
            time.sleep(0.002)
            position = ImportRun.objects.values_list("position", flat=True).get(pk=pk)
        time.sleep(dice.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert 0 < ImportRun.objects.get(pk=pk).position < ROWS, "the kills must fall into the run to prove anything"
    assert work(pk, folder).wait() == 0


def test_a_run_killed_several_times_ends_like_one_that_was_not(draft, tmp_path):
    whole, broken = draft("whole"), draft("broken")
    running.perform(whole.pk)
    kill_and_resume(broken.pk, tmp_path, times=3)
    assert outcome(broken.pk, "broken") == outcome(whole.pk, "whole")
    assert ImportRun.objects.get(pk=whole.pk).counts["person"]["created"] == ROWS - len(range(0, ROWS, 17))


def test_the_comparison_sees_a_batch_that_is_written_twice(draft, tmp_path):
    whole, broken = draft("whole"), draft("broken")
    running.perform(whole.pk)
    assert work(broken.pk, tmp_path, BROKEN).wait() == -signal.SIGKILL
    work(broken.pk, tmp_path).wait()
    assert outcome(broken.pk, "broken") != outcome(whole.pk, "whole")


def test_a_run_that_another_worker_holds_is_left_alone(draft):
    held = draft("held")
    assert running.claim(held.pk) is not None
    assert running.perform(held.pk) is None
    assert ImportRun.objects.get(pk=held.pk).position == 0


def test_runs_whose_worker_is_silent_are_taken_up(draft, monkeypatch):
    from datetime import timedelta

    held = draft("silent")
    assert running.claim(held.pk) is not None
    assert running.abandoned() == []
    monkeypatch.setattr(running, "SILENCE", timedelta(0))
    assert running.abandoned() == [held.pk]
    assert running.perform(held.pk).status == "done"
