"""The real processes in which jobs are done."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from tests import processes

WORKER = """
import os, sys, time, django
django.setup()
from django.db import connection, transaction
from anello.core.jobs import ANALYSIS, LONG, enqueue, job, working

working.IDLE = 2.0

def note(what):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO job_done VALUES (%s, %s, %s)", [what, os.getpid(), os.nice(0)])

@job(queue=ANALYSIS)
def think():
    note("think")

@job(queue="test")
def write():
    note("write")

@job(queue=LONG, retry=0)
def labour():
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM job_done WHERE what = 'write'")
            if cursor.fetchone() is not None:
                return note("labour")
        time.sleep(0.1)
    raise TimeoutError("nothing was done meanwhile")

@job(queue="test", retry=0)
def fail():
    with transaction.atomic():
        enqueue(write)
        raise ValueError("the job fails after it has enqueued another")

if sys.argv[2:] == ["analysis"]:
    working.analyse()
else:
    working.work([sys.executable, *sys.argv[:2], "analysis"])
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE job_done (what text, pid int, nice int)")
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    process = processes.start(str(script), str(script))
    yield process
    process.kill()
    process.wait()
    processes.end_sessions()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE job_done")


def _ask(name: str, queue: str) -> None:
    app.configure_task(name=f"__main__.{name}", queue=queue).defer()


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _until(condition) -> None:
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return found


def test_analysis_is_done_in_a_process_apart_that_begins_when_needed_and_ends(worker):
    _ask("write", "test")
    [(_, own, nice)] = _until(lambda: _rows("SELECT * FROM job_done"))
    assert own == worker.pid
    _ask("think", "analysis")
    [(_, apart, meeker)] = _until(lambda: _rows("SELECT * FROM job_done WHERE what = 'think'"))
    assert apart != own
    assert meeker > nice, "people at their screens go first"
    _until(lambda: not psutil.pid_exists(apart))
    _ask("think", "analysis")
    _until(lambda: len(_rows("SELECT * FROM job_done WHERE what = 'think'")) == 2)
    [(second,)] = _rows(f"SELECT pid FROM job_done WHERE what = 'think' AND pid <> {apart}")
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(60) == 0
    assert not psutil.pid_exists(second), "it outlives the worker that began it"


def test_nothing_waits_for_what_takes_long(worker):
    _ask("labour", "long")
    _until(lambda: _rows("SELECT FROM procrastinate_jobs WHERE status = 'doing'"))
    _ask("write", "test")
    _until(lambda: _rows("SELECT FROM job_done WHERE what = 'labour'"))


def test_what_a_job_enqueues_goes_with_its_transaction(worker):
    _ask("fail", "test")
    _until(lambda: _rows("SELECT id FROM procrastinate_jobs WHERE status = 'failed'"))
    _ask("write", "test")
    _until(lambda: not _rows("SELECT id FROM procrastinate_jobs WHERE status <> 'failed'"))
    assert len(_rows("SELECT * FROM job_done")) == 1, "what the failed job had enqueued was done too"
