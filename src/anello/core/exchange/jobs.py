"""Imports in the background; what a dead worker left is taken up within two minutes."""

from __future__ import annotations

from anello.core.exchange import running, undoing
from anello.core.exchange.models import ImportRun
from anello.core.jobs import enqueue, job, periodic


@job(queue="imports", retry=5)
def run_import(run: int) -> None:
    """Do what is left of an import; twice is once, because only one worker holds a run."""
    running.perform(run)


@job(queue="imports", retry=5)
def undo_import(run: int) -> None:
    undoing.perform(run)


@periodic("* * * * *")
def resume_imports(timestamp: int) -> None:
    """Enqueue the runs whose worker has gone silent."""
    for pk in running.abandoned():
        status = ImportRun.objects.values_list("status", flat=True).get(pk=pk)
        task = undo_import if status == ImportRun.Status.UNDOING else run_import
        enqueue(task, unique=f"import:{pk}", run=pk)
