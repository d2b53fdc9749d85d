"""Whoever is invited sees the activity, whatever team it is of."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import Scope, get
from anello.core.policies import Actor, Ground, policy, scoped
from anello.customers.activities.models import Attendee
from anello.kit.text import L

INVITED = L("è tra gli invitati", "they are invited")


@policy("activity")
def activities(actor: Actor, verb: str) -> list[Ground]:
    module = get("activity")
    found = scoped(actor, module, verb)
    if verb != "view" or actor.scope(module, verb) in (Scope.NONE, Scope.ALL):
        return found
    mine = Attendee.objects.filter(user_id=actor.id).values("activity_id")
    return [*found, Ground(Q(pk__in=mine), INVITED)]
