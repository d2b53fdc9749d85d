"""Imports and large exports in the background; an import that a dead worker left is taken up within two minutes."""

from __future__ import annotations

import datetime as dt

import structlog

from anello.core.exchange import exporter, running, storage, undoing
from anello.core.exchange.models import ImportRun
from anello.core.jobs import LONG, enqueue, job, periodic

log = structlog.get_logger(__name__)


@job(queue=LONG, retry=5)
def run_import(run: int) -> None:
    """Do what is left of an import; twice is once, because only one worker holds a run."""
    running.perform(run)


@job(queue=LONG, retry=5)
def undo_import(run: int) -> None:
    undoing.perform(run)


@job(queue=LONG, retry=3, given_up=exporter.give_up)
def run_export(run: int) -> None:
    """Make the file of an export; twice makes it anew."""
    exporter.perform(run)


@periodic("40 3 * * *")
def sweep_files(timestamp: int) -> None:
    """Every night: delete files of imports and exports whose days are over."""
    log.info("exchange_swept", files=storage.sweep(dt.datetime.fromtimestamp(timestamp, dt.UTC)))


@periodic("* * * * *")
def resume_imports(timestamp: int) -> None:
    """Enqueue the runs whose worker has gone silent."""
    for pk in running.abandoned():
        status = ImportRun.objects.values_list("status", flat=True).get(pk=pk)
        task = undo_import if status == ImportRun.Status.UNDOING else run_import
        enqueue(task, unique=f"import:{pk}", run=pk)
