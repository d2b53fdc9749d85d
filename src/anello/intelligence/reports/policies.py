"""Who may open a report: as roles say, and whom it is shared with. What it shows is up to the reader's rights."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, Ground, policy, scoped
from anello.kit.text import L

WITH_ALL = L("è condiviso con tutti", "it is shared with everybody")
WITH_TEAM = L("è condiviso con la sua squadra", "it is shared with their team")


def _shared(actor: Actor, name: str, verb: str) -> list[Ground]:
    found = scoped(actor, get(name), verb)
    limited = actor.limit is not None and name not in actor.limit
    if verb != "view" or not actor.roles or limited:
        return found
    found.append(Ground(Q(audience="all"), WITH_ALL))
    if actor.user.team_id:
        found.append(Ground(Q(audience="team", team_id=actor.user.team_id), WITH_TEAM))
    return found


@policy("report")
def reports(actor: Actor, verb: str) -> list[Ground]:
    return _shared(actor, "report", verb)


@policy("dashboard")
def dashboards(actor: Actor, verb: str) -> list[Ground]:
    return _shared(actor, "dashboard", verb)
