"""Who may open a report: as roles say, and whom it is shared with. What it shows is up to the reader's rights."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, policy, scoped


def _shared(actor: Actor, name: str, verb: str) -> Q:
    allowed = scoped(actor, get(name), verb)
    limited = actor.limit is not None and name not in actor.limit
    if verb != "view" or not actor.roles or limited or not allowed:
        # An empty predicate is everything, and everything or something would be something.
        return allowed
    allowed |= Q(audience="all")
    return allowed | Q(audience="team", team_id=actor.user.team_id) if actor.user.team_id else allowed


@policy("report")
def reports(actor: Actor, verb: str) -> Q:
    return _shared(actor, "report", verb)


@policy("dashboard")
def dashboards(actor: Actor, verb: str) -> Q:
    return _shared(actor, "dashboard", verb)
