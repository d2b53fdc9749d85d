"""Undo: every event of a gesture taken back, newest first, as a gesture of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from pydantic import BaseModel

from anello.core.actions import engine
from anello.core.actions.context import Context
from anello.core.actions.errors import Conflict, Invalid, NotFound
from anello.core.actions.registry import action, find
from anello.core.events.models import Event
from anello.core.modules import Module, get
from anello.core.policies import can
from anello.kit.text import L

_VERBS = {"created": "delete", "updated": "edit", "deleted": "delete", "restored": "delete"}


class Undo(BaseModel):
    """The gesture to take back."""

    batch: uuid.UUID


@action("undo", input=Undo)
def undo(ctx: Context, data: Undo) -> int:
    """Take a gesture of one's own back; returns how many records changed.

    Conflict (and nothing changes) when somebody changed one of the values since; Invalid when one of its verbs is not
    undoable.
    """
    events = Event.objects.filter(batch=data.batch).order_by("-id")
    if not ctx.actor.administrator:
        events = events.filter(actor_id=ctx.actor.id)
    if not undoable(event.kind for event in events):
        raise Invalid(L("Questo non si annulla così.", "This cannot be undone this way."))
    found = [e for e in events if e.kind.rpartition(".")[2] in _VERBS]
    if not found:
        raise NotFound(str(L("Non c'è nulla da annullare.", "There is nothing to undo.")))
    with transaction.atomic():
        for module_name, kind, group in _runs(found):
            module = get(module_name)
            if not can(ctx.actor, module, _VERBS[kind]):
                raise NotFound(str(module.plural))
            _take_back(ctx, module, kind, group)
    return len(found)


def undoable(kinds: Iterable[str]) -> bool:
    """Whether a gesture with events of these kinds can be taken back."""
    return all(own.undoable for kind in kinds if (own := find(kind)) is not None)


def _runs(events: list[Event]) -> list[tuple[str, str, list[Event]]]:
    """Neighbours of the same module and kind together, so that a bulk edit is undone in bulk."""
    runs: list[tuple[str, str, list[Event]]] = []
    for event in events:
        kind = event.kind.rpartition(".")[2]
        if runs and runs[-1][:2] == (event.module, kind):
            runs[-1][2].append(event)
        else:
            runs.append((event.module, kind, [event]))
    return runs


def _take_back(ctx: Context, module: Module, kind: str, events: list[Event]) -> None:
    manager: Any = getattr(module.model, "everything", module.model._default_manager)
    records = {
        r.pk: r
        for r in manager.select_for_update(of=("self",)).filter(pk__in=[e.record_id for e in events]).order_by("pk")
    }
    present = [records[e.record_id] for e in events if e.record_id in records]
    if kind in ("created", "restored"):
        engine.delete(ctx, module, present)
    elif kind == "deleted":
        engine.restore(ctx, module, present)
    else:
        pairs = [(records[e.record_id], _old(module, records[e.record_id], e)) for e in events]
        engine.update(ctx, module, pairs, verb="put")


def _old(module: Module, record: Any, event: Event) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, (old, new) in event.changes.items():
        if not module.has(name):
            continue
        f = module.field(name)
        now = f.json(f.get(record))
        if now != new and f.readonly:
            continue  # derived again since: it follows from the values that are taken back
        if now != new:
            raise Conflict(
                record,
                {name: (now, old)},
                L("Qualcuno ha cambiato il valore nel frattempo.", "Somebody changed the value meanwhile."),
            )
        values[name] = old
    return values
