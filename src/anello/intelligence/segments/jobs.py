"""Segments follow the warehouse: after each load, and every night, when days have passed."""

from __future__ import annotations

import structlog

from anello.core.actions import Context, writing
from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.intelligence.segments import refreshing
from anello.intelligence.segments.models import DYNAMIC, Segment
from anello.warehouse.hooks import Load, after_load

log = structlog.get_logger(__name__)


@job(queue=ANALYSIS, lock="segments", retry=1)
def refresh(segment: int) -> None:
    """One segment; the first load of the warehouse refreshes those that said that it was empty."""
    ctx = Context(via="job")
    with writing(ctx):
        found = Segment.objects.select_for_update(of=("self",)).filter(pk=segment, kind=DYNAMIC).first()
        if found is None:
            log.info("segment_gone", segment=segment)
            return
        refreshing.renew(ctx, found)


@job(queue=ANALYSIS, lock="segments", retry=1)
def refresh_all() -> None:
    """Every dynamic segment, each in a transaction of its own."""
    for pk in Segment.objects.filter(kind=DYNAMIC).order_by("pk").values_list("pk", flat=True):
        refresh(pk)


@periodic("50 4 * * *")
def nightly(timestamp: int) -> None:
    """After the night's scores."""
    enqueue(refresh_all, unique="segments")


@after_load
def loaded(load: Load) -> None:
    enqueue(refresh_all, unique="segments")
