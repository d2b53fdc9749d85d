"""Whoever is invited sees the activity, whatever team it is of."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import Scope, get
from anello.core.policies import Actor, policy, scoped
from anello.customers.activities.models import Attendee


@policy("activity")
def activities(actor: Actor, verb: str) -> Q:
    module = get("activity")
    allowed = scoped(actor, module, verb)
    if verb != "view" or actor.scope(module, verb) in (Scope.NONE, Scope.ALL):
        return allowed
    return allowed | Q(pk__in=Attendee.objects.filter(user_id=actor.id).values("activity_id"))
