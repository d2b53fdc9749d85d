"""A turn: a policy looks at its customers and decides, for each, whether and how it is treated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from anello.core.actions import Context, Invalid
from anello.core.policies import Actor
from anello.decisions import authority
from anello.decisions.models import APPROVED, LIVE, PROPOSED, Decision, Policy, Turn
from anello.decisions.planning import planned
from anello.decisions.rules import TERMS
from anello.kit.text import L
from anello.warehouse.hooks import FEW

NOTHING_TO_DO = L("Scegli che cosa fare: serve almeno un'azione.", "Choose what to do: at least one action is needed.")
NOT_LIVE = L("La politica non è attiva.", "The policy is not live.")


def decide(ctx: Context, policy: Policy) -> Turn:
    """One turn of a live policy, locked by the caller; executing what it decides is for later."""
    if policy.status != LIVE:
        raise Invalid(NOT_LIVE)
    actor = Actor.of(policy.approved_by)
    authority.require(actor, policy)
    started = time.monotonic()
    number = policy.turns.count() + 1
    with planned(policy, actor, "edit", ctx.now) as plan:
        outlook = plan.outlook()
        turn = Turn.objects.create(
            policy=policy,
            number=number,
            at=ctx.now,
            batch=ctx.batch,
            terms=terms(policy),
            candidates=outlook.candidates,
            treated=sum(outlook.treated.values()),
            held=outlook.held,
            blocked=[one.json for one in outlook.blocked],
            cost=outlook.cost,
        )
        plan.store(turn, PROPOSED if policy.ask else APPROVED)
    turn.seconds = round(time.monotonic() - started, 3)
    turn.save(update_fields=["seconds"])
    counts = {"turn": number, "candidates": outlook.candidates, "treated": turn.treated, "held": turn.held}
    ctx.emit("policy.decided", policy, data=counts)
    return turn


def terms(policy: Policy) -> dict[str, Any]:
    """What the policy says now, as its decisions remember it."""
    limits = ("contacts", "contact_days", "repeat_days", "capacity", "focus", "priority")
    kept = {name: getattr(policy, name) for name in (*TERMS, *limits) if name != "segment"}
    return kept | {
        "segment": policy.segment.name if policy.segment else None,
        "control_share": float(policy.control_share),
        "focus": None if policy.focus is None else float(policy.focus),
        "budget": None if policy.budget is None else float(policy.budget),
    }


def tell(ctx: Context, changed: Sequence[int]) -> None:
    """Tell of decisions that changed in one statement, to lists and the warehouse: an event for each of a few; of more
    than FEW (it takes no more than one more to say so) one that names none, after which all are looked at."""
    if len(changed) > FEW:
        ctx.emit("decision.changed")
        return
    for decision in Decision.objects.filter(pk__in=changed).order_by("pk"):
        ctx.emit("decision.changed", decision)
