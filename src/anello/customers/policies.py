"""A relation is seen by whoever sees both of its ends; what was said about a lead by whoever sees the lead."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import get
from anello.core.policies import Actor, Ground, can, policy, scoped, visible
from anello.customers.module import INTERACTION, talked_about
from anello.kit.text import L

_ENDS = {
    "person": "person",
    "organisation": "organisation",
    "other_person": "person",
    "other_organisation": "organisation",
}
BOTH_SEEN = L("ne vede entrambi i capi", "they see both ends")
ONE_EDITED = L("ne vede entrambi i capi e può modificarne uno", "they see both ends and may edit one")
SAID_ABOUT = L("segue il record di cui si è parlato", "it follows the record it was said about")


def _end(actor: Actor, link: str, verb: str) -> Q:
    customers = get(_ENDS[link]).model._default_manager.filter(visible(actor, _ENDS[link], verb))
    return Q(**{f"{link}__in": customers})


@policy("relation")
def relations(actor: Actor, verb: str) -> list[Ground]:
    """Both ends are seen; to change it, one of them may be edited."""
    seen = "export" if verb == "export" else "view"
    both = (_end(actor, "person", seen) | _end(actor, "organisation", seen)) & (
        _end(actor, "other_person", seen) | _end(actor, "other_organisation", seen)
    )
    if verb in ("view", "export"):
        return [Ground(both, BOTH_SEEN)]
    either = Q()
    for link in _ENDS:
        either |= _end(actor, link, "edit")
    return [Ground(both & either, ONE_EDITED)]


@policy("interaction")
def interactions(actor: Actor, verb: str) -> list[Ground]:
    """As the customer it was said with; without one, as the record it was said about."""
    found = scoped(actor, INTERACTION, verb)
    on_record = verb if verb in ("view", "export") else "edit"
    for module in talked_about():
        if can(actor, module, on_record):
            records = module.model._default_manager.filter(visible(actor, module, on_record))
            # Rows with a customer are decided before the subquery is ever asked.
            alone = Q(person__isnull=True, organisation__isnull=True, about_module=module.name)
            found.append(Ground(alone & Q(about_id__in=records.values("pk")), SAID_ABOUT))
    return found
