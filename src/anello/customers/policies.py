"""A relation is seen by whoever sees both of its ends; what was said about a lead by whoever sees the lead."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, can, policy, scoped, visible
from anello.customers.module import INTERACTION, talked_about

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


@policy("interaction")
def interactions(actor: Actor, verb: str) -> Q:
    """As the customer it was said with; without one, as the record it was said about."""
    allowed = scoped(actor, INTERACTION, verb)
    on_record = verb if verb in ("view", "export") else "edit"
    for module in talked_about():
        if can(actor, module, on_record):
            records = module.model._default_manager.filter(visible(actor, module, on_record))
            # Rows with a customer are decided before the subquery is ever asked.
            alone = Q(person__isnull=True, organisation__isnull=True, about_module=module.name)
            allowed |= alone & Q(about_id__in=records.values("pk"))
    return allowed
