"""What is decided about pairs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Invalid, NotFound, action, run
from anello.core.actions.registry import Nothing
from anello.core.jobs import enqueue
from anello.core.modules import get
from anello.core.policies import can
from anello.customers import merging
from anello.customers.queries import merge_stands
from anello.intelligence.identity import jobs, progress, queries
from anello.intelligence.identity.models import (
    APART,
    AUTOMATIC,
    MERGED,
    PROPOSED,
    UNDONE,
    IdentityPair,
    Terms,
)
from anello.kit.text import L

GONE = L("Questa coppia è già decisa.", "This pair is decided already.")


@action("identity_pair.merge", module="identity_pair", undoable=False)
def merge(ctx: Context, pair: IdentityPair, data: Nothing) -> IdentityPair:
    """They are one: the younger record goes into the elder; needs `delete` on it, as every merge does."""
    _open(pair)
    eldest, younger = _living(pair)
    made = _merge(ctx, eldest, [younger])
    settle(ctx, [eldest, younger], MERGED, made, by=ctx.actor.id, reviewed=True)
    return pair


@action("identity_pair.keep_apart", module="identity_pair", undoable=False)
def keep_apart(ctx: Context, pair: IdentityPair, data: Nothing) -> IdentityPair:
    """They are two, and are not proposed again."""
    _open(pair)
    run("duplicates.keep_apart", _two(pair), ctx)
    _decide(ctx, pair, APART, None, by=ctx.actor.id, reviewed=True)
    return pair


@action("identity_pair.reconsider", module="identity_pair", undoable=False)
def reconsider(ctx: Context, pair: IdentityPair, data: Nothing) -> IdentityPair:
    """Take the decision back, a merge with all that hung on it; one that the product made is not made again."""
    if pair.state == APART:
        run("duplicates.reconsider", _two(pair), ctx)
        _decide(ctx, pair, PROPOSED, None, by=None)
    elif pair.state in (MERGED, AUTOMATIC) and pair.merge is not None:
        again = pair.state == MERGED
        run("person.unmerge", {"merge": pair.merge}, ctx, target=_survivor(pair))
        for one in _of(pair.merge):
            _decide(ctx, one, PROPOSED if again else UNDONE, None, by=None if again else ctx.actor.id)
    else:
        raise Invalid(L("Qui non c'è niente da annullare.", "There is nothing to take back."))
    return pair


class Group(BaseModel):
    """People who are one."""

    model_config = ConfigDict(extra="forbid")
    people: list[int] = Field(min_length=2)


@action("identity.unite", input=Group)
def unite(ctx: Context, data: Group) -> None:
    """The product's own: merge without being asked."""
    if not ctx.actor.system:
        raise NotFound("identity.unite")
    eldest, *others = _by_age(data.people)
    settle(ctx, data.people, AUTOMATIC, _merge(ctx, eldest, others), by=None)


class Followed(BaseModel):
    """What became of people elsewhere: `apart` when the merge was taken back, else they became one; `by` whom."""

    model_config = ConfigDict(extra="forbid")
    merge: int
    people: list[int]
    by: int | None
    apart: bool


@action("identity.follow", input=Followed)
def follow(ctx: Context, data: Followed) -> None:
    """The product's own: pairs whose people were merged, or taken apart, without anybody looking at the pair."""
    if not ctx.actor.system:
        raise NotFound("identity.follow")
    if data.apart:
        for pair in _of(data.merge):
            _decide(ctx, pair, UNDONE, None, by=data.by)
    # A merge may have been taken back by the time it is heard of.
    elif merge_stands("person", data.merge):
        settle(ctx, data.people, MERGED, data.merge, by=data.by)


class Asked(BaseModel):
    """In percent: from which probability on pairs are proposed and merged, and how often the latter must be right."""

    model_config = ConfigDict(extra="forbid")
    review: Decimal = Field(ge=10, le=99, max_digits=5, decimal_places=2)
    automatic: bool
    threshold: Decimal = Field(ge=90, lt=100, max_digits=5, decimal_places=2)
    precision: Decimal = Field(ge=90, lt=100, max_digits=5, decimal_places=2)


@action("identity.configure", input=Asked)
def configure(ctx: Context, data: Asked) -> None:
    """The terms on which pairs are proposed and merged; for those who may delete anybody."""
    if not queries.may_configure(ctx.actor):
        raise NotFound("identity.configure")
    if data.threshold < data.review:
        below = L("Non può essere meno di quella da cui si propone.", "It cannot be below the one for proposals.")
        raise Invalid({"threshold": [below]})
    Terms.objects.update_or_create(pk=1, defaults=data.model_dump())


@action("identity.search", input=Nothing)
def search(ctx: Context, data: Nothing) -> bool:
    """Look for pairs now instead of tonight; False when somebody already asked."""
    if not can(ctx.actor, "person", "edit"):
        raise NotFound("identity.search")
    asked = enqueue(jobs.search, unique="identity") is not None
    if asked and not progress.current().step:
        progress.note("wait")
    return asked


def settle(ctx: Context, people: list[int], state: str, merge: int, *, by: int | None, reviewed: bool = False) -> None:
    """Mark the open pairs among people who have become one; `reviewed` if that was decided by looking at the pair."""
    among = IdentityPair.everything.select_for_update(of=("self",)).filter(
        state=PROPOSED, person__in=people, other__in=people
    )
    for pair in among.order_by("pk"):
        _decide(ctx, pair, state, merge, by=by, reviewed=reviewed)


def _of(merge: int) -> list[IdentityPair]:
    """The pairs that one merge made one."""
    made = IdentityPair.everything.select_for_update(of=("self",)).filter(merge=merge, state__in=(MERGED, AUTOMATIC))
    return list(made.order_by("pk"))


def _decide(
    ctx: Context, pair: IdentityPair, state: str, merge: int | None, *, by: int | None, reviewed: bool = False
) -> None:
    at = None if state == PROPOSED else ctx.now
    ctx.put(pair, {"state": state, "merge": merge, "reviewed": reviewed, "decided_at": at, "decided_by": by})


def _open(pair: IdentityPair) -> None:
    if pair.state != PROPOSED:
        raise Invalid(GONE)


def _two(pair: IdentityPair) -> dict[str, Any]:
    return {"module": "person", "first": pair.person_id, "second": pair.other_id}


def _by_age(people: Iterable[int]) -> list[int]:
    """Who was there first has more that points to it."""
    living = get("person").model._default_manager.filter(pk__in=list(people))
    return list(living.order_by("created_at", "pk").values_list("pk", flat=True))


def _living(pair: IdentityPair) -> list[int]:
    """Both, the elder first; one of them may have gone since they were proposed."""
    people = _by_age([pair.person_id, pair.other_id])
    if len(people) < 2:
        raise Invalid(L("Una di queste persone non c'è più.", "One of these people is no longer there."))
    return people


def _survivor(pair: IdentityPair) -> int:
    """Who is still there."""
    living = _by_age([pair.person_id, pair.other_id])
    found = living[0] if living else merging.heir(get("person"), pair.person_id)
    if found is None:
        raise Invalid(L("Queste persone non ci sono più.", "These people are no longer there."))
    return found


def _merge(ctx: Context, survivor: int, losers: list[int]) -> int:
    """Merge, and return the number of the merge."""
    before = len(ctx.events)
    run("person.merge", {"losers": losers}, ctx, target=survivor)
    return int(next(event.data["merge"] for event in ctx.events[before:] if event.kind == "person.merged"))
