"""Work on the rows that there were before: fields worked out batch by batch."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from anello.core.actions import Context, writing
from anello.core.jobs import LONG, enqueue, job, periodic
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.policies import Actor
from anello.core.studio import computing, indexes, searching, shape
from anello.core.studio.models import Refill
from anello.core.studio.plans import plan

BATCH = 500
"""Rows are locked for as long as this many take."""
REFILLING = 7306
"""The advisory lock of whoever works at a batch."""
LATER = dt.timedelta(seconds=3)
"""Who changes a table often changes it again: indexes come after the last change."""


@job(queue=LONG, retry=5)
def refill() -> None:
    """Do all that waits, oldest first; killed anywhere, it goes on with the batch after the last one committed."""
    while _batch():
        pass


def _batch() -> bool:
    """One batch of the oldest work; False when there is none."""
    with transaction.atomic():
        # One batch at a time: what follows from something is worked out after it.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REFILLING])
        work = Refill.objects.order_by("id").first()
        if work is None:
            return False
        # Whoever asked may have changed the shape since this job began.
        shape.follow(shape.version())
        if work.module not in names() or not _advance(work):
            _finish(work)
    return True


def _advance(work: Refill) -> bool:
    """Work out the next rows; False when there are none left."""
    module = get(work.module)
    which = Q(**{f"{work.link}__in": work.targets}) if work.link else Q()
    if work.total is None:
        work.total = module.model._base_manager.filter(which).count()
    records = computing.lock(module, which & Q(pk__gt=work.position), BATCH)
    if not records:
        return False
    user = get("user").model._default_manager.filter(pk=work.actor_id).first()
    ctx = Context(actor=Actor(user=user, system=True), via="job", batch=work.batch or uuid.uuid4())
    rollups = () if work.link else plan().rollups.get(module.name, ())
    with writing(ctx):
        computing.again(ctx, module, records, rollups, told=work.told)
    work.position, work.done = records[-1].pk, work.done + len(records)
    work.save(update_fields=["position", "done", "total"])
    share = min(100, round(100 * work.done / work.total, 2)) if work.total else 100
    computing.waiting(work.module).update(state="filling", progress=share)
    return True


def _finish(work: Refill) -> None:
    work.delete()
    if not Refill.objects.filter(module=work.module).exists():
        computing.waiting(work.module).update(state="ready", progress=None)


@job(queue=LONG, retry=5)
def reindex() -> None:
    """Make searched words anew, as `refill` works out fields."""
    while searching.batch():
        pass


@job(queue=LONG, retry=5)
def index() -> None:
    """Bring the indexes of administrators' fields to what they should be, once nobody changes their tables."""
    try:
        indexes.reconcile()
    except indexes.Disturbed:
        enqueue(index, at=timezone.now() + LATER, unique="studio:index")


@periodic("5 0 * * *")
def another_day(timestamp: int) -> None:
    """What uses today's date is worked out again, and all that follows from it."""
    computing.fill_of_the_day()
