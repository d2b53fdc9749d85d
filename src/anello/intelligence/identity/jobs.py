"""Looking for pairs: every night after the warehouse's, and whenever somebody asks."""

from __future__ import annotations

import structlog

from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.intelligence.identity import finding, progress
from anello.warehouse.errors import Empty

log = structlog.get_logger(__name__)


@job(queue=ANALYSIS, lock="identity", retry=1)
def search() -> None:
    """One search; what it writes it writes at its end, so that one that fails has changed nothing."""
    try:
        card = finding.search()
    except Empty as empty:
        progress.note("", str(empty))
        log.info("identity_waits", reason="the warehouse is empty")
    except Exception as error:
        progress.note("", f"{type(error).__name__}: {error}")
        raise
    else:
        progress.note("")
        log.info("identity_searched", accepted=card.accepted, **card.cause, **card.measures)


@periodic("10 5 * * *")
def nightly(timestamp: int) -> None:
    enqueue(search, unique="identity")
