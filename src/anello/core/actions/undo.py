"""Undo: every event of a gesture taken back, newest first, as a gesture of its own.

The actor's right is asked of each record as it is now. What the gesture itself moved out of its author's sight (a
record given to another team) cannot be asked so: for a `WINDOW` it is taken back too, if nobody touched it since and
the author may do this to the record as it was before. What the gesture deleted is asked once it is back.
"""

from __future__ import annotations

import datetime as dt
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
from anello.core.policies import can, visible
from anello.kit.text import L

WINDOW = dt.timedelta(hours=24)
_VERBS = {"created": "delete", "updated": "edit", "deleted": "delete", "restored": "delete"}


class Undo(BaseModel):
    """The gesture to take back."""

    batch: uuid.UUID


@action("undo", input=Undo)
def undo(ctx: Context, data: Undo) -> int:
    """Take a gesture of one's own back; returns how many records changed.

    Conflict (and nothing changes) when somebody changed one of the values since; Invalid when one of its verbs is not
    undoable; NotFound when one of its records is beyond the actor's rights.
    """
    events = Event.objects.filter(batch=data.batch).order_by("-id")
    if not ctx.actor.administrator:
        events = events.filter(actor_id=ctx.actor.id)
    if not undoable(event.kind for event in events):
        raise Invalid(L("Questo non si annulla così.", "This cannot be undone this way."))
    # What followed from other records follows from them again.
    found = [e for e in events if e.kind.rpartition(".")[2] in _VERBS and not e.data.get("derived")]
    if not found:
        raise NotFound(str(L("Non c'è nulla da annullare.", "There is nothing to undo.")))
    deleted = [e for e in found if e.kind.endswith(".deleted")]
    moved = _beyond(ctx, [e for e in found if not e.kind.endswith(".deleted")])
    if moved and (ctx.now - found[0].at > WINDOW or _touched(moved)):
        raise NotFound(str(L("Non puoi più annullare questo gesto.", "You can no longer undo this.")))
    with transaction.atomic():
        for module_name, kind, group in _runs(found):
            _take_back(ctx, get(module_name), kind, group)
        made = {(e.module, e.record_id) for e in found if e.kind.endswith(".created")}
        if _beyond(ctx, [*deleted, *(e for e in moved if (e.module, e.record_id) not in made)]):
            raise NotFound(str(L("Non puoi annullare questo gesto.", "You cannot undo this.")))
    return len(found)


def _beyond(ctx: Context, events: list[Event]) -> list[Event]:
    """The events whose record the actor may not, as it is now, treat as undoing them takes."""
    ids: dict[tuple[str, str], set[int | None]] = {}
    for event in events:
        ids.setdefault((event.module, _VERBS[event.kind.rpartition(".")[2]]), set()).add(event.record_id)
    allowed: set[tuple[str, str, int | None]] = set()
    for (name, verb), wanted in ids.items():
        module = get(name)
        if not can(ctx.actor, module, verb):
            raise NotFound(str(module.plural))
        seen = _records(module).filter(visible(ctx.actor, module, verb), pk__in=wanted)
        allowed |= {(name, verb, pk) for pk in seen.values_list("pk", flat=True)}
    return [e for e in events if (e.module, _VERBS[e.kind.rpartition(".")[2]], e.record_id) not in allowed]


def _touched(events: list[Event]) -> bool:
    """Whether one of the records has changed since the newest of its events."""
    left: dict[str, dict[int | None, int | None]] = {}
    for event in events:
        left.setdefault(event.module, {}).setdefault(event.record_id, event.version)
    return any(
        versions.get(pk) != version
        for name, versions in left.items()
        for pk, version in _records(get(name)).filter(pk__in=versions).values_list("pk", "version")
    )


def _records(module: Module) -> Any:
    return getattr(module.model, "everything", module.model._default_manager)


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
    found = _records(module).select_for_update(of=("self",)).filter(pk__in=[e.record_id for e in events])
    records = {r.pk: r for r in found.order_by("pk")}
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
    known = {name: change for name, change in event.changes.items() if module.has(name)}
    given = any(not module.field(name).readonly for name in known)
    for name, (old, new) in known.items():
        f = module.field(name)
        now = f.json(f.get(record))
        if now != new and f.readonly and given:
            continue  # derived again since: it follows from the values that are taken back
        if now != new:
            raise Conflict(
                record,
                {name: (now, old)},
                L("Qualcuno ha cambiato il valore nel frattempo.", "Somebody changed the value meanwhile."),
            )
        values[name] = old
    return values
