"""A relation is seen by whoever sees both of its ends."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, policy, visible

_ENDS = {
    "person": "person",
    "organisation": "organisation",
    "other_person": "person",
    "other_organisation": "organisation",
}


def _end(actor: Actor, link: str, verb: str) -> Q:
    customers = get(_ENDS[link]).model._default_manager.filter(visible(actor, _ENDS[link], verb))
    return Q(**{f"{link}__in": customers})


@policy("relation")
def relations(actor: Actor, verb: str) -> Q:
    """Both ends are seen; to change it, one of them may be edited."""
    seen = "export" if verb == "export" else "view"
    both = (_end(actor, "person", seen) | _end(actor, "organisation", seen)) & (
        _end(actor, "other_person", seen) | _end(actor, "other_organisation", seen)
    )
    if verb in ("view", "export"):
        return both
    either = Q()
    for link in _ENDS:
        either |= _end(actor, link, "edit")
    return both & either
