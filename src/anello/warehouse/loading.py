"""A load: land what is new, build the warehouse beside the present one, put it in its place, tell those who follow."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from anello.warehouse import building, folding, landing, progress, reading
from anello.warehouse.extract import extract
from anello.warehouse.hooks import Load, tell
from anello.warehouse.landing import Manifest

log = structlog.get_logger(__name__)


@contextmanager
def at_work(*, wait: bool = True) -> Iterator[Path]:
    """Be the only writer, with an empty folder to work in; how it ended can be read by everybody."""
    with landing.writer(wait=wait), landing.workshop() as folder:
        progress.note("working")
        started = time.monotonic()
        try:
            yield folder
        except Exception as error:
            progress.note("failed", error=str(error)[:2000])
            raise
        progress.note("done", seconds=round(time.monotonic() - started, 3))


def load(*, whole: bool = False, wait: bool = True) -> Load:
    """Bring the warehouse up to date with the CRM; Busy when another load is at work and we do not `wait`.

    With `whole`, every row is compared, so that what changed without an event comes in too, and days that are over are
    folded. If it fails, the present warehouse stays, and the next load does what this one did not.
    """
    with at_work(wait=wait) as folder:
        started = time.monotonic()
        if whole:
            folding.fold(folder, int(reading.state().get("load", 0)))
        known = landing.manifests()
        landing.tidy(known)
        number = known[-1].load + 1 if known else 1
        found = extract(number, folder, known, reading.built(), whole=whole)
        if found.files:
            manifest = Manifest(
                load=number,
                source="crm",
                at=dt.datetime.now(dt.UTC).isoformat(),
                seconds=round(time.monotonic() - started, 3),
                cursor=found.cursor,
                database=found.database,
                files=tuple(found.files),
            )
            landing.commit(manifest)
            known.append(manifest)
        state = reading.state()
        if known and known[-1].load == state.get("load") and state["form"] == building.form():
            return Load(known[-1].load, 0, False, time.monotonic() - started)
        rebuilt, touched = building.build(folder, known, anew=False)
    done = Load(known[-1].load, sum(f.rows for f in found.files), rebuilt, time.monotonic() - started, touched)
    log.info("warehouse_loaded", load=done.number, rows=done.rows, rebuilt=rebuilt, seconds=round(done.seconds, 2))
    tell(done)
    return done


def rebuild() -> Load:
    """Make the warehouse from the landing alone, every file of which is checked first."""
    with at_work() as folder:
        started = time.monotonic()
        known = landing.manifests()
        landing.tidy(known)
        landing.verify(known)
        _, touched = building.build(folder, known, anew=True)
    done = Load(known[-1].load if known else 0, 0, True, time.monotonic() - started, touched)
    tell(done)
    return done
