"""A pair is seen by whoever sees both people, merged ones included, and decided by whoever may change both."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, Ground, policy, visible
from anello.kit.text import L

BOTH = L("lo stesso vale per entrambe le persone", "the same holds for both people")


@policy("identity_pair")
def pairs(actor: Actor, verb: str) -> list[Ground]:
    people = get("person").model.everything.filter(  # type: ignore[attr-defined]
        visible(actor, "person", verb if verb in ("view", "export") else "edit")
    )
    return [Ground(Q(person__in=people, other__in=people), BOTH)]
