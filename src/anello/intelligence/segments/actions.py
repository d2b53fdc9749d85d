"""What is done with segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Change, Context, Invalid, NotFound, action, rule
from anello.core.actions.registry import Nothing
from anello.core.jobs import enqueue
from anello.intelligence.segments import jobs, queries, refreshing
from anello.intelligence.segments.definition import predicate
from anello.intelligence.segments.models import DYNAMIC, STATIC, Segment
from anello.kit.text import L
from anello.warehouse.errors import WarehouseError

MOST = 100_000
CHOSEN = L("Gli elenchi fissi non hanno condizioni.", "Fixed lists have no conditions.")
SWITCHED = L(
    "Persone o organizzazioni, ed elenco fisso o dinamico, si scelgono una volta sola.",
    "People or organisations, and fixed or dynamic, are chosen once.",
)
NOT_STATIC = L(
    "Solo agli elenchi fissi si aggiunge o si toglie qualcuno: questo segue la sua definizione.",
    "Only fixed lists are added to or taken from: this one follows its definition.",
)
BY_SEGMENTS = L("Le appartenenze le fanno i segmenti.", "Memberships are made by segments.")


class Members(BaseModel):
    """Ids of customers of the segment's kind."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=MOST)]


@rule("segment")
def sound(ctx: Context, changes: list[Change]) -> None:
    """The definition can be asked, by whoever wrote it; from then on the segment sees with their eyes."""
    errors: dict[str, list[Any]] = {}
    for index, change in enumerate(changes):
        prefix, segment = f"{index}." if len(changes) > 1 else "", change.record
        if not change.new and change.touches("customer", "kind"):
            errors[f"{prefix}customer"] = [SWITCHED]
        elif segment.kind == STATIC and segment.definition:
            errors[f"{prefix}definition"] = [CHOSEN]
        elif change.touches("definition"):
            try:
                inside = (segment.pk,) if segment.pk else ()
                predicate(ctx.actor, segment.customer, segment.definition, inside=inside)
            except Invalid as error:
                errors[f"{prefix}definition"] = error.messages
            except WarehouseError as error:
                errors[f"{prefix}definition"] = [error.text]
            segment.author = ctx.user
    if errors:
        raise Invalid(errors)


@rule("segment", "after")
def follow(ctx: Context, changes: list[Change]) -> None:
    """A new definition finds its members at once."""
    for change in changes:
        if change.touches("definition") and change.record.kind == DYNAMIC:
            enqueue(jobs.refresh, unique=f"segment {change.record.pk}", segment=change.record.pk)


@rule("segment_member")
@rule("segment_member", "before_delete")
@rule("segment_member", "after_restore")
def by_segments(ctx: Context, changes: list[Change]) -> None:
    """No membership is written by hand."""
    raise Invalid(BY_SEGMENTS)


@action("segment.refresh", module="segment", label=L("Aggiorna ora", "Refresh now"), icon="refresh", undoable=False,
        when=lambda segment: segment.kind == DYNAMIC)  # fmt: skip
def refresh(ctx: Context, segment: Segment, data: Nothing) -> Segment:
    """Who joined, who left; a definition that no longer works says so, and the members stay as they were."""
    refreshing.renew(ctx, segment)
    return segment


@action("segment.add", input=Members, module="segment", undoable=False)
def add(ctx: Context, segment: Segment, data: Members) -> refreshing.Difference:
    """Put customers whom the actor sees into a fixed list."""
    done = refreshing.add(segment, _theirs(ctx, segment, data.ids))
    refreshing.tell(ctx, segment, done)
    return done


@action("segment.remove", input=Members, module="segment", undoable=False)
def remove(ctx: Context, segment: Segment, data: Members) -> refreshing.Difference:
    """Take customers whom the actor sees out of a fixed list."""
    done = refreshing.remove(segment, _theirs(ctx, segment, data.ids))
    refreshing.tell(ctx, segment, done)
    return done


def _theirs(ctx: Context, segment: Segment, ids: Sequence[int]) -> set[int]:
    if segment.kind != STATIC:
        raise Invalid(NOT_STATIC)
    found = queries.known(ctx.actor, segment.customer, ids)
    if len(found) < len(set(ids)):
        raise NotFound(segment.customer)
    return found
