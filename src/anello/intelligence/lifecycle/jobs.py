"""Phases follow the warehouse: after each load, and every night, when days have passed."""

from __future__ import annotations

import structlog

from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.customers.module import KINDS
from anello.intelligence.lifecycle import phases
from anello.warehouse.errors import Empty
from anello.warehouse.hooks import Load, after_load

log = structlog.get_logger(__name__)


@job(queue=ANALYSIS, lock="lifecycle", retry=1)
def refresh() -> None:
    """Everybody: only those whose phase changes are written, so that it costs no more than looking."""
    from anello.intelligence.lifecycle.rules import ensure

    ensure()
    try:
        for kind in KINDS:
            log.info("phases_refreshed", of=kind, changed=phases.refresh(kind))
    except Empty:
        log.info("phases_wait", reason="the warehouse is empty")


@periodic("20 4 * * *")
def nightly(timestamp: int) -> None:
    enqueue(refresh, unique="lifecycle")


@after_load
def loaded(load: Load) -> None:
    enqueue(refresh, unique="lifecycle")
