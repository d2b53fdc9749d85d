"""Merging without being asked: only when somebody turned it on, and only where reviewers showed that it is right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from anello.core.actions import Context, run
from anello.core.modules import get
from anello.intelligence.identity import queries
from anello.intelligence.identity.models import PROPOSED, IdentityPair, Terms

if TYPE_CHECKING:
    import pyarrow as pa

MOST_TOGETHER = 5
"""More people in one are left to somebody who looks."""
MOST_MERGES = 500
"""In one search; the rest waits for the next."""


def allowed(terms: Terms) -> bool:
    """Whether the terms and the precision shown so far let the product merge by itself."""
    return terms.automatic and queries.band(terms).bound * 100 >= terms.precision


def merge(people: pa.Table) -> int:
    """Merge the groups whose members hang together by pairs above the threshold; how many merges were made.

    Left to people: groups of more than `MOST_TOGETHER`, groups with a pair that somebody kept apart or whose merge was
    taken back, and whoever changed since the warehouse read them.
    """
    terms = queries.terms()
    if not allowed(terms):
        return 0
    likely = IdentityPair.objects.filter(state=PROPOSED, probability__gte=terms.threshold).order_by("pk")
    refused = queries.refused()
    versions = dict(zip(people["id"].to_pylist(), people["version"].to_pylist(), strict=True))
    made = 0
    for group in groups(likely.values_list("person_id", "other_id")):
        if made == MOST_MERGES:
            break
        split = any((one, other) in refused for one in group for other in group)
        if len(group) <= MOST_TOGETHER and not split and _unchanged(group, versions):
            run("identity.unite", {"people": group}, Context(via="job"))
            made += 1
    return made


def _unchanged(group: list[int], versions: dict[int, int]) -> bool:
    living = dict(get("person").model._default_manager.filter(pk__in=group).values_list("pk", "version"))
    return all(pk in living and living[pk] == versions.get(pk) for pk in group)


def groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The sets of ids that hang together by pairs, each in order."""
    of: dict[int, set[int]] = {}
    for one, other in pairs:
        together = of.get(one, {one}) | of.get(other, {other})
        for member in together:
            of[member] = together
    return sorted(sorted(group) for group in {id(group): group for group in of.values()}.values())
