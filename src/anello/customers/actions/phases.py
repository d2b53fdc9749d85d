"""The phase of many customers at once, as the rules of the life cycle say."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from anello.core.actions import Context, NotFound, action, engine
from anello.core.modules import get


class Phase(BaseModel):
    """A customer's new phase; `cause` says why, in both languages."""

    model_config = ConfigDict(extra="forbid")

    id: int
    phase: str
    cause: dict[str, Any]


class Phases(BaseModel):
    """New phases of people or of organisations."""

    model_config = ConfigDict(extra="forbid")

    module: Literal["person", "organisation"]
    changes: list[Phase]


@action("customers.set_phases", input=Phases, undoable=False)
def set_phases(ctx: Context, data: Phases) -> int:
    """The product's own: returns how many changed; each is told by an event of its own. Who is gone is passed over."""
    if not ctx.actor.system:
        raise NotFound("customers.set_phases")
    module = get(data.module)
    wanted = {one.id: one for one in data.changes}
    records: list[Any] = list(module.model._default_manager.select_for_update().filter(pk__in=wanted).order_by("pk"))
    moved = [(record, record.phase, wanted[record.pk]) for record in records if record.phase != wanted[record.pk].phase]
    values = [(record, {"phase": to.phase, "phase_since": ctx.now, "phase_cause": to.cause}) for record, _, to in moved]
    engine.update(ctx, module, values, verb="put")
    for record, before, to in moved:
        ctx.emit(f"{module.name}.phase_changed", record, data={"from": before, "to": to.phase, "cause": to.cause})
    return len(moved)
