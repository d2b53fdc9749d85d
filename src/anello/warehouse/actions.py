"""What people may ask of the warehouse."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from anello.core.actions import Change, Context, Invalid, NotFound, action, rule
from anello.core.jobs import enqueue
from anello.core.policies import can
from anello.kit.errors import BadValue
from anello.kit.money import minor_unit
from anello.kit.text import L
from anello.warehouse import jobs, rounds


class Ask(BaseModel):
    """`whole`: compare every row, not only what events tell of; `source`: read this outside source instead."""

    model_config = ConfigDict(extra="forbid")
    whole: bool = False
    source: str = ""


@action("warehouse.load", input=Ask)
def load(ctx: Context, data: Ask) -> bool:
    """Load now instead of at the next event; False when a load already waits."""
    if not can(ctx.actor, "exchange_rate", "edit"):
        raise NotFound("warehouse")
    if data.source:
        if data.source not in {one.name for one in rounds.rounds()}:
            raise Invalid({"source": [L("Questa fonte non c'è.", "There is no such source.")]})
        return enqueue(jobs.load_source, unique=f"warehouse.source.{data.source}", name=data.source) is not None
    task, name = (jobs.load_whole, "warehouse.whole") if data.whole else (jobs.load, "warehouse.load")
    return enqueue(task, unique=name) is not None


@rule("exchange_rate", when="before")
def known_currency(ctx: Context, changes: list[Change]) -> None:
    """Three letters that are a currency."""
    for change in changes:
        change.record.currency = change.record.currency.strip().upper()
        try:
            minor_unit(change.record.currency)
        except BadValue as error:
            raise Invalid({"currency": [error.message]}) from error
