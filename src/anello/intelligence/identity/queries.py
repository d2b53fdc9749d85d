"""Pairs to be decided, who decided what, and how right the model was."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Count, IntegerField, QuerySet, Value, When
from django.db.models.functions import MD5, Cast
from django.utils import timezone

from anello.core.modules import Scope, get
from anello.core.policies import Actor, visible
from anello.customers import queries as customers
from anello.intelligence.identity.bands import EDGES, Band, bands
from anello.intelligence.identity.models import APART, MERGED, PROPOSED, UNDONE, IdentityPair, Terms
from anello.intelligence.value.cards import newest
from anello.intelligence.value.models import ModelRun


def terms() -> Terms:
    """The terms of the installation; the product's own until somebody changes them."""
    return Terms.objects.filter(pk=1).first() or Terms(pk=1)


def card() -> ModelRun | None:
    """What the last search says of itself, whether it found anything or not."""
    return newest("identity", "person", accepted=False)


def waiting(actor: Actor) -> QuerySet[IdentityPair]:
    """Pairs that the actor may decide, the most probable band first.

    Within a band they come by lot: whoever decides some of them so tells how right all of them are.
    """
    people = get("person").model._default_manager.filter(visible(actor, "person", "edit"))
    edges = [*EDGES[:-1], float(terms().threshold)]
    band = Case(
        *(When(probability__gte=edge, then=Value(n)) for n, edge in enumerate(sorted(edges, reverse=True))),
        default=Value(len(edges)), output_field=IntegerField(),
    )  # fmt: skip
    return (
        IdentityPair.objects.filter(state=PROPOSED, person__in=people, other__in=people)
        .annotate(band=band, lot=MD5(Cast("id", CharField())))
        .select_related("person", "other")
        .order_by("band", "lot")
    )


def decided_today(actor: Actor) -> int:
    """How many pairs the actor decided since midnight."""
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return IdentityPair.everything.filter(decided_by=actor.id, decided_at__gte=start).count()


def last_decision(actor: Actor) -> IdentityPair | None:
    """What the actor decided last."""
    mine = IdentityPair.objects.filter(decided_by=actor.id, state__in=(MERGED, APART))
    found: IdentityPair | None = mine.order_by("-decided_at", "-pk").first()
    return found


def decided(actor: Actor, most: int) -> list[IdentityPair]:
    """The newest decisions on people whom the actor may change, those the product took included."""
    seen = IdentityPair.objects.filter(visible(actor, "identity_pair", "edit")).exclude(state=PROPOSED)
    return list(seen.select_related("decided_by", "person", "other").order_by("-decided_at", "-pk")[:most])


def refused() -> set[tuple[int, int]]:
    """Pairs (lower id first) that are never proposed again: kept apart anywhere, or merged and taken back."""
    undone = IdentityPair.everything.filter(state__in=(APART, UNDONE)).values_list("person_id", "other_id")
    return customers.kept_apart("person") | {in_order(*pair) for pair in undone}


def in_order(one: int, other: int) -> tuple[int, int]:
    """The two ids of a pair, the lower first."""
    return min(one, other), max(one, other)


def counted() -> list[tuple[float, str, int]]:
    """(probability in percent, state, how many) of the pairs that tell how right the model is.

    Not of those merged elsewhere: what people come across by themselves are the plain ones. A merge that was taken back
    was wrong wherever that was done.
    """
    told = IdentityPair.everything.exclude(state=MERGED, reviewed=False)
    rows = told.order_by().values_list("probability", "state").annotate(count=Count("pk"))
    return [(float(probability), state, count) for probability, state, count in rows]


def band(asked: Terms) -> Band:
    """The pairs at or above the threshold, and how often people found them right."""
    return bands(counted(), (float(asked.threshold), 100.0))[0]


def may_configure(actor: Any) -> bool:
    """Whether the actor may say on which terms the product merges: only who may delete anybody."""
    return bool(actor.scope(get("person"), "delete") == Scope.ALL)
