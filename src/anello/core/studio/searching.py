"""The words by which records are found, made anew where administrators changed which fields they come from."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from anello.core.actions import bulk, engine
from anello.core.jobs import enqueue
from anello.core.modules import Module, get
from anello.core.modules.registry import names
from anello.core.studio import ddl, shape
from anello.core.studio.computing import OLD_SHAPE
from anello.core.studio.models import Reindex

BATCH = 500
"""Rows are locked for as long as this many take."""


def begin(module: Module) -> None:
    """Have a job make the module's words anew, once the requests are over that do not know the new shape yet."""
    from anello.core.studio.jobs import reindex

    # What is searched now may be searched no more; until all rows are done, nobody finds by it what they may not see.
    work, _ = Reindex.objects.select_for_update().get_or_create(module=module.name)
    work.leaving = sorted({*work.leaving, *module.search})
    work.position, work.done, work.total = 0, 0, None
    work.save()
    enqueue(reindex, at=timezone.now() + OLD_SHAPE, unique="reindex")


def batch() -> bool:
    """Some rows of the oldest work; False when there is none."""
    with transaction.atomic():
        work = Reindex.objects.select_for_update().order_by("id").first()
        if work is None:
            return False
        shape.follow(shape.version())
        if work.module not in names() or not _advance(work):
            work.delete()
            ddl.tell()
    return True


def progress(module: Module) -> int | None:
    """How far it is, in per cent; None when nothing is to be done."""
    work = Reindex.objects.filter(module=module.name).first()
    return None if work is None else min(100, round(100 * work.done / work.total)) if work.total else 0


def _advance(work: Reindex) -> bool:
    """Make the words of the next rows; False when there are none left."""
    module = get(work.module)
    rows = module.model._base_manager
    if work.total is None:
        work.total = rows.count()
    records: list[Any] = list(rows.filter(pk__gt=work.position).order_by("pk").select_for_update(of=("self",))[:BATCH])
    if not records:
        return False
    stale = [record for record in records if record.search_text != engine.search_text(module, record)]
    for record in stale:
        record.search_text = engine.search_text(module, record)
    bulk.update(module.model, stale, ["search_text"])
    work.position, work.done = records[-1].pk, work.done + len(records)
    work.save(update_fields=["position", "done", "total"])
    return True
