"""On whose authority a policy acts: a person who could do each of the things it does, to each of those customers."""

from __future__ import annotations

from anello.core.actions import Invalid, find
from anello.core.actions.registry import derived
from anello.core.modules import get
from anello.core.policies import Actor, can
from anello.customers import treatments
from anello.decisions.models import Policy
from anello.kit.text import L


def obstacles(actor: Actor, policy: Policy) -> list[L]:
    """What keeps the actor from letting this policy act, in words; empty when nothing does."""
    customers = get(policy.customer)
    found: list[L] = []
    if not can(actor, customers, "edit"):
        found.append(
            L(f"Non puoi modificare {customers.plural.it.lower()}.", f"You cannot edit {customers.plural.en.lower()}.")
        )
    for variant in policy.variants:
        chosen = treatments.get_treatment(variant["treatment"])
        if not _may(actor, chosen.action):
            found.append(
                L(f"Non puoi fare «{chosen.label.it}» tu stesso.", f"You cannot do “{chosen.label.en}” yourself.")
            )
    return found


def require(actor: Actor, policy: Policy) -> None:
    """Invalid, with what is missing and what to do, unless the actor may let the policy act."""
    missing = obstacles(actor, policy)
    if missing:
        ask = L("Chiedi l'approvazione a chi può farlo.", "Ask somebody who can for approval.")
        raise Invalid({"": [*missing, ask]})


def _may(actor: Actor, name: str) -> bool:
    made = derived(name)
    if made is not None:
        module, verb = made
        return can(actor, module, {"update": "edit", "restore": "delete"}.get(verb, verb))
    own = find(name)
    if own is None:
        raise LookupError(f"no action is called {name}")
    return own.module is None or can(actor, own.module, own.verb)
