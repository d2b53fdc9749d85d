"""Running an import: batch by batch, each in one transaction with the run's new position.

Killed anywhere, a run loses and doubles nothing: what a batch wrote and how far it came are committed together. The
next rows are read and validated in a second thread while the database writes the ones before.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from anello.core.accounts.reading import read_by
from anello.core.actions import Context, Invalid, writing
from anello.core.exchange import mapping, storage
from anello.core.exchange.batches import Batch
from anello.core.exchange.matching import Key
from anello.core.exchange.models import ExportRun, ImportRun, RowError
from anello.core.exchange.reading import Entry, Form
from anello.core.inbox import notify
from anello.core.policies import SYSTEM, Actor
from anello.core.studio import shape
from anello.kit import tabular
from anello.kit.text import L

BATCH = 2000
SILENCE = timedelta(seconds=60)
"""After this long without a sign of life a run counts as abandoned and another worker may take it."""

Progress = Callable[[ImportRun], None]
Status = ImportRun.Status


def actor_of(run: ImportRun) -> Actor:
    return Actor.of(run.actor) if run.actor is not None else SYSTEM


@contextmanager
def speaking(run: ImportRun | ExportRun) -> Iterator[None]:
    """The language and time zone of whoever imports or exports: for messages, dates and numbers."""
    with read_by(run.actor):
        yield


def language_of(run: ImportRun | ExportRun) -> str:
    return run.actor.language if run.actor is not None else "it"


def sheet_of(run: ImportRun) -> tabular.Sheet:
    """The table of the run's file as it was chosen, without reading it again."""
    kind: Any = "text" if run.encoding else "book"
    return tabular.Sheet(run.sheet, kind, tuple(run.header), (), run.total, run.encoding or None, run.delimiter or None)


def form_of(run: ImportRun, feeds: mapping.Mapping | None = None) -> Form:
    """The run's mapping compiled for its file and actor; Invalid({"mapping": …}) when they do not fit."""
    duplicates: Any = run.duplicates
    return Form(actor_of(run), feeds or mapping.load(run.feeds), run.header, duplicates, language_of(run))


def claim(run_id: int) -> ImportRun | None:
    """Take a run that waits or was abandoned; None when another worker is at it or there is nothing to do."""
    now, worker = timezone.now(), uuid.uuid4()
    free = Q(worker=None) | Q(heartbeat_at__lt=now - SILENCE)
    taken = ImportRun.objects.filter(free, pk=run_id, status__in=[Status.QUEUED, Status.RUNNING]).update(
        worker=worker, status=Status.RUNNING, heartbeat_at=now
    )
    if not taken:
        return None
    run = ImportRun.objects.select_related("actor").get(pk=run_id)
    if run.started_at is None:
        run.started_at = now
        run.save(update_fields=["started_at"])
    return run


def perform(run_id: int, progress: Progress | None = None) -> ImportRun | None:
    """Do all that is left of a run, from its position on; returns it, or None when it is not ours to do."""
    run = claim(run_id)
    if run is None:
        return None
    with speaking(run):
        if run.dry_run and run.position:
            # A dry run keeps nothing, so there is nothing to resume: it starts again.
            run.errors.all().delete()
            run.position, run.failed, run.counts = 0, 0, {}
            run.save(update_fields=["position", "failed", "counts"])
        try:
            _perform(run, progress)
        except (Invalid, tabular.BadFile) as error:
            _finish(run, Status.FAILED, str(error))
        except OperationalError:
            # The database went away: whoever tries again may go on at once.
            ImportRun.objects.filter(pk=run.pk, worker=run.worker).update(worker=None)
            raise
        except Exception as error:
            _finish(run, Status.FAILED, str(L("Errore interno.", "Internal error.")) + f" {type(error).__name__}")
            raise
    return ImportRun.objects.select_related("actor").get(pk=run_id)


def _perform(run: ImportRun, progress: Progress | None) -> None:
    form = form_of(run)
    rehearsed: set[tuple[int, Key]] | None = set() if run.dry_run else None
    for entries in _ahead(run, form):
        if not _advance(run, form, entries, rehearsed):
            return
        if progress:
            progress(run)
    _finish(run, Status.DONE)


def _ahead(run: ImportRun, form: Form) -> Iterator[list[Entry]]:
    """Batches of entries from the run's position on; the next one is read while the caller is at this one."""
    rows = tabular.rows(storage.path_of(run.sha256), sheet_of(run), run.position)

    def read() -> list[Entry]:
        with speaking(run):
            return form.read(islice(rows, BATCH))

    with ThreadPoolExecutor(1, thread_name_prefix="import") as reader:
        following = reader.submit(read)
        while entries := following.result():
            following = reader.submit(read)
            yield entries


class _Rehearsed(Exception):
    """Takes a dry run's batch back."""


def _advance(run: ImportRun, form: Form, entries: list[Entry], rehearsed: set[tuple[int, Key]] | None) -> bool:
    """Write one batch and the new position together; False when the run was cancelled or taken by another worker."""
    # A run may take long: what is worked out is so by the shape of now.
    shape.follow(shape.version())
    ctx = Context(actor=form.actor, via="import", batch=run.batch)
    with writing(ctx):
        held = ImportRun.objects.select_for_update().get(pk=run.pk)
        if held.worker != run.worker or held.status != Status.RUNNING or held.position != run.position:
            return False
        batch = Batch(ctx, form, rehearsed)
        try:
            with writing(ctx):
                batch.store(entries)
                if run.dry_run:
                    raise _Rehearsed
        except _Rehearsed:
            pass
        RowError.objects.bulk_create(
            [
                RowError(run=held, line=e.line, cells=[_plain(cell) for cell in e.cells], messages=e.errors)
                for e in batch.refused
            ],
            batch_size=1000,
        )
        run.position += len(entries)
        run.failed += len(batch.refused)
        run.heartbeat_at = timezone.now()
        run.counts = {name: dict(Counter(run.counts.get(name, {})) + counter) for name, counter in batch.counts.items()}
        run.save(update_fields=["position", "failed", "heartbeat_at", "counts"])
    return True


def _plain(cell: tabular.Cell) -> str | int | bool:
    return cell if isinstance(cell, str | int | bool) else str(cell)


def _finish(run: ImportRun, status: ImportRun.Status, error: str = "") -> None:
    """End a run that is still ours and tell so; a dry run goes back to being a draft, with what it found."""
    ctx = Context(actor=actor_of(run), via="import", batch=run.batch)
    with writing(ctx):
        held = ImportRun.objects.select_for_update().get(pk=run.pk)
        if held.worker != run.worker or held.status != Status.RUNNING:
            return
        held.finished_at, held.worker, held.error = timezone.now(), None, error
        held.status = status
        if held.dry_run:
            held.rehearsal = {"counts": held.counts, "failed": held.failed, "rows": held.position, "error": error}
            held.status, held.dry_run, held.position, held.failed, held.counts = Status.DRAFT, False, 0, 0, {}
            held.started_at = None
        held.save()
        ctx.emit(
            "import.rehearsed" if run.dry_run else f"import.{status}",
            data={
                "run": run.pk,
                "module": run.module,
                "file": run.file_name,
                "counts": run.counts,
                "failed": run.failed,
                "error": error,
            },
        )
        if run.actor is not None:
            _tell(run, error)


def _tell(run: ImportRun, error: str) -> None:
    name = run.file_name
    words = (
        L(f"Importazione di {name} fallita: {error}", f"Import of {name} failed: {error}")
        if error
        else L(f"Prova di {name} finita.", f"Rehearsal of {name} finished.")
        if run.dry_run
        else L(f"Importazione di {name} finita.", f"Import of {name} finished.")
    )
    notify([run.actor], words, kind="import", url=f"/imports/{run.pk}/")


def abandoned() -> list[int]:
    """Runs that nobody works on although they should be worked on."""
    silent = Q(heartbeat_at__lt=timezone.now() - SILENCE) | Q(
        heartbeat_at=None, created_at__lt=timezone.now() - SILENCE
    )
    busy = [Status.QUEUED, Status.RUNNING, Status.UNDOING]
    return list(ImportRun.objects.filter(silent, status__in=busy).values_list("pk", flat=True))
