"""Taking a whole import back: what it made is deleted, what it changed gets its old values unless changed since."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone
from pydantic import ValidationError

from anello.core.actions import Context, Invalid, engine, writing
from anello.core.events.models import Event
from anello.core.exchange.models import ImportRun
from anello.core.exchange.running import Progress, actor_of, speaking
from anello.core.modules import Module, get
from anello.kit.text import L

BATCH = 2000
CHANGED = L("Cambiato nel frattempo.", "Changed since.")
KEPT = 1000
"""At most so many records that were left alone are named."""


def perform(run_id: int, progress: Progress | None = None) -> ImportRun:
    """Take back all that is left of a run, newest first, in batches that can be resumed."""
    run = ImportRun.objects.select_related("actor").get(pk=run_id)
    gesture = uuid.uuid5(run.batch, "undo")
    with speaking(run):
        while _step(run, gesture):
            if progress:
                progress(run)
    return run


def _step(run: ImportRun, gesture: uuid.UUID) -> bool:
    ctx = Context(actor=actor_of(run), via="import", batch=gesture)
    with writing(ctx):
        held = ImportRun.objects.select_for_update().get(pk=run.pk)
        if held.status != ImportRun.Status.UNDOING:
            return False
        events = Event.objects.filter(batch=held.batch, kind__regex=r"\.(created|updated)$")
        if held.undo_before is not None:
            events = events.filter(id__lt=held.undo_before)
        batch = list(events.order_by("-id")[:BATCH])
        if batch:
            _take_back(ctx, held, batch)
            held.undo_before = batch[-1].id
        else:
            held.status, held.finished_at = ImportRun.Status.UNDONE, timezone.now()
            ctx.emit("import.undone", data={"run": held.pk, "module": held.module, **held.undone})
        held.heartbeat_at = timezone.now()
        held.save(update_fields=["status", "undone", "undo_before", "heartbeat_at", "finished_at"])
    for name in ("status", "undone", "undo_before", "finished_at"):
        setattr(run, name, getattr(held, name))
    return bool(batch)


def _take_back(ctx: Context, run: ImportRun, events: list[Event]) -> None:
    tally: dict[str, Any] = {"deleted": 0, "restored": 0, "kept": []} | run.undone
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        groups.setdefault((event.module, event.kind.rpartition(".")[2]), []).append(event)
    # Changes first: a record that the import both made and changed is then deleted as it was made.
    for (name, kind), group in sorted(groups.items(), key=lambda item: item[0][1] == "created"):
        module = get(name)
        records = {
            record.pk: record
            for record in module.model._default_manager.select_for_update(of=("self",))
            .filter(pk__in=[event.record_id for event in group])
            .order_by("pk")
        }
        if kind == "created":
            untouched = {event.record_id for event in group if _untouched(records.get(event.record_id or 0), event)}
            tally["deleted"] += _delete(ctx, module, list(records.values()), untouched, tally["kept"])
        else:
            pairs = _old_values(module, records, group, tally["kept"])
            tally["restored"] += len(engine.amend(ctx, module, pairs, indexed=True))
    tally["kept"] = tally["kept"][:KEPT]
    run.undone = tally


def _untouched(record: Any, event: Event) -> bool:
    return record is not None and record.version == event.version


def _delete(
    ctx: Context, module: Module, records: list[Any], untouched: set[int | None], kept: list[dict[str, Any]]
) -> int:
    """Delete the records and return how many; the rest is added to `kept`.

    The module's rules are asked, but what nobody touched since goes in any case: it is taken back, not given up.
    """
    if not records:
        return 0
    try:
        with writing(ctx):
            engine.delete(ctx, module, records)
    except Invalid as error:
        still = [record for record in records if record.pk in untouched]
        if still:
            engine.delete(ctx, module, still, along=True)
            others = [record for record in records if record.pk not in untouched]
            return len(still) + _delete(ctx, module, others, untouched, kept)
        if len(records) == 1:
            kept.append(_kept(module, records[0], reason=str(error)))
            return 0
        middle = len(records) // 2
        return _delete(ctx, module, records[:middle], untouched, kept) + _delete(
            ctx, module, records[middle:], untouched, kept
        )
    return len(records)


def _kept(module: Module, record: Any, field: str = "", reason: str = "") -> dict[str, Any]:
    return {
        "module": module.name,
        "id": record.pk,
        "title": module.title_of(record),
        "field": field,
        "reason": reason or str(CHANGED),
    }


def _old_values(
    module: Module, records: dict[int, Any], events: list[Event], kept: list[dict[str, Any]]
) -> list[tuple[Any, dict[str, Any]]]:
    """(record, values before) of what nobody changed since; the rest is added to `kept`."""
    before: dict[int, dict[str, Any]] = {}
    for event in events:
        record = records.get(event.record_id or 0)
        if record is None:
            continue
        mine = before.setdefault(record.pk, {})
        for name, (old, new) in event.changes.items():
            if name not in module.inputs:
                continue
            f = module.field(name)
            if (mine[name] if name in mine else f.json(f.get(record))) == new:
                mine[name] = old
            else:
                kept.append(_kept(module, record, name))
    shape, found = module.input_model("update"), []
    for pk, mine in before.items():
        values: dict[str, Any] = {}
        for name, value in mine.items():
            try:
                values[name] = getattr(shape.model_validate({name: value}), name)
            except ValidationError:  # what it was is not valid any more: a file whose content is gone
                kept.append(_kept(module, records[pk], name))
        if values:
            found.append((records[pk], values))
    return found
