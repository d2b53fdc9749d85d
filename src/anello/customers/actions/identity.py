"""One customer, one record: merging, taking a merge back, deciding on probable duplicates."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Invalid, NotFound, action
from anello.core.actions.run import fetch
from anello.core.jobs import enqueue
from anello.core.modules import L, Module, get
from anello.core.policies import can, field_access, visible
from anello.customers import jobs, merging
from anello.customers.models import DuplicatePair

MOST = 20


class Merge(BaseModel):
    """The records that go into the target, and from which record each value comes.

    `take`: {field: id of the record whose value is kept}; other fields keep the target's value, else the first one
    there is.
    """

    model_config = ConfigDict(extra="forbid")
    losers: list[int] = Field(min_length=1, max_length=MOST)
    take: dict[str, int] = Field(default_factory=dict)


class Unmerge(BaseModel):
    """The merge to take back."""

    model_config = ConfigDict(extra="forbid")
    merge: int


def _merge(ctx: Context, survivor: Any, data: Merge, module: Module) -> Any:
    losers = fetch(ctx, module, list(dict.fromkeys(data.losers)), "delete")
    if survivor.pk in data.losers:
        raise Invalid({"losers": [L("Un record non si unisce a sé stesso.", "A record is not merged into itself.")]})
    _check_choices(ctx, module, data.take, {survivor.pk, *data.losers})
    merging.merge(ctx, module, survivor, losers, data.take)
    return survivor


def _check_choices(ctx: Context, module: Module, take: dict[str, int], records: set[int]) -> None:
    access = field_access(ctx.actor, module)
    errors = {}
    for name, pk in take.items():
        if name not in module.inputs or access.get(name) != "edit":
            errors[f"take.{name}"] = [L("Non puoi scegliere questo campo.", "You cannot choose this field.")]
        elif pk not in records:
            errors[f"take.{name}"] = [L("Scegli uno dei record da unire.", "Choose one of the records to merge.")]
    if errors:
        raise Invalid(errors)


def _unmerge(ctx: Context, survivor: Any, data: Unmerge, module: Module) -> Any:
    record = merging.require_merge(module, survivor, data.merge)
    seen = module.model._base_manager.filter(visible(ctx.actor, module, "delete"), pk__in=record.loser_ids)
    if seen.count() < len(record.loser_ids):
        raise NotFound(str(module.plural))
    merging.unmerge(ctx, module, survivor, record)
    return survivor


_MERGE = L("Unisci", "Merge")


@action("person.merge", module="person", input=Merge, label=_MERGE, icon="git-merge", shown=False, undoable=False)
def merge_people(ctx: Context, survivor: Any, data: Merge) -> Any:
    """Merge people into the target; needs `edit` on it and `delete` on the others. `person.unmerge` takes it back."""
    return _merge(ctx, survivor, data, get("person"))


@action(
    "organisation.merge",
    module="organisation",
    input=Merge,
    label=_MERGE,
    icon="git-merge",
    shown=False,
    undoable=False,
)
def merge_organisations(ctx: Context, survivor: Any, data: Merge) -> Any:
    return _merge(ctx, survivor, data, get("organisation"))


@action("person.unmerge", module="person", input=Unmerge)
def unmerge_people(ctx: Context, survivor: Any, data: Unmerge) -> Any:
    """Take a merge back: the others return with all that hung on them, the target's values if unchanged since."""
    return _unmerge(ctx, survivor, data, get("person"))


@action("organisation.unmerge", module="organisation", input=Unmerge)
def unmerge_organisations(ctx: Context, survivor: Any, data: Unmerge) -> Any:
    return _unmerge(ctx, survivor, data, get("organisation"))


class Pair(BaseModel):
    """A pair of probable duplicates."""

    model_config = ConfigDict(extra="forbid")
    pair: int


@action("duplicates.dismiss", input=Pair)
def dismiss(ctx: Context, data: Pair) -> int:
    """These two are not the same, and are not proposed again; needs `edit` on both."""
    return _decide(ctx, data.pair, DuplicatePair.OPEN, DuplicatePair.DISMISSED)


@action("duplicates.reopen", input=Pair)
def reopen(ctx: Context, data: Pair) -> int:
    return _decide(ctx, data.pair, DuplicatePair.DISMISSED, DuplicatePair.OPEN)


def _decide(ctx: Context, pk: int, before: str, after: str) -> int:
    pair = DuplicatePair.objects.select_for_update(of=("self",)).filter(pk=pk, status=before).first()
    if pair is None:
        raise NotFound(str(L("Questa coppia non c'è più.", "This pair is gone.")))
    fetch(ctx, get(pair.module), [pair.first_id, pair.second_id], "edit")
    decided = after != DuplicatePair.OPEN
    pair.status = after
    pair.decided_at, pair.decided_by_id = (ctx.now, ctx.actor.id) if decided else (None, None)
    pair.save(update_fields=["status", "decided_at", "decided_by"])
    return pair.pk


class Apart(BaseModel):
    """Two customers of a module."""

    model_config = ConfigDict(extra="forbid")
    module: str = Field(pattern="^(person|organisation)$")
    first: int
    second: int


@action("duplicates.keep_apart", input=Apart)
def keep_apart(ctx: Context, data: Apart) -> None:
    """These two are not the same, whoever took them for it; needs `edit` on both."""
    pair, _made = DuplicatePair.objects.get_or_create(
        **_two(ctx, data), defaults={"score": 0, "reasons": [], "found_at": ctx.now}
    )
    pair.status, pair.decided_at, pair.decided_by_id = DuplicatePair.DISMISSED, ctx.now, ctx.actor.id
    pair.save(update_fields=["status", "decided_at", "decided_by"])


@action("duplicates.reconsider", input=Apart)
def reconsider(ctx: Context, data: Apart) -> None:
    """They may be the same after all: what the search for duplicates finds of them is proposed again."""
    pair = DuplicatePair.objects.filter(**_two(ctx, data), status=DuplicatePair.DISMISSED)
    pair.filter(reasons=[]).delete()
    pair.update(status=DuplicatePair.OPEN, decided_at=None, decided_by=None)


def _two(ctx: Context, data: Apart) -> dict[str, Any]:
    fetch(ctx, get(data.module), [data.first, data.second], "edit")
    if data.first == data.second:
        raise Invalid({"second": [L("Ce ne vogliono due diversi.", "It takes two different ones.")]})
    return {"module": data.module, "first_id": min(data.first, data.second), "second_id": max(data.first, data.second)}


class Scan(BaseModel):
    """The module to look through: `person` or `organisation`."""

    model_config = ConfigDict(extra="forbid")
    module: str = Field(pattern="^(person|organisation)$")


@action("duplicates.scan", input=Scan)
def look_now(ctx: Context, data: Scan) -> bool:
    """Look for duplicates now instead of tonight; False when somebody already asked."""
    if not can(ctx.actor, data.module, "edit"):
        raise NotFound(data.module)
    return enqueue(jobs.scan_now, unique=f"duplicates-{data.module}", module=data.module) is not None
