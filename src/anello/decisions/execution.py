"""Carrying decisions out: one by one, each in a transaction of its own, and only while its policy is live.

The treatment, the decision's new state and their events are one transaction. So a process that is killed anywhere has
either done a decision or not touched it, and whoever goes on finds it as it was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from anello.core.actions import Context, Invalid, NotFound, run, writing
from anello.core.modules import by_model, get
from anello.core.policies import Actor, visible
from anello.customers import queries as customers
from anello.customers import treatments
from anello.decisions import authority
from anello.decisions.explaining import in_short, why_not
from anello.decisions.models import APPROVED, EXECUTED, FAILED, LIVE, SKIPPED, TREATMENT, Decision, Policy
from anello.decisions.planning import REASONS
from anello.kit.text import L

log = structlog.get_logger(__name__)
CHUNK = 500
GONE = L("Il cliente non c'è più.", "The customer is no longer there.")
MOVED = L(
    "Chi ha approvato la politica non può più modificare questo cliente.",
    "Whoever approved the policy may no longer edit this customer.",
)
BROKEN = L("Qualcosa non ha funzionato: è nei registri.", "Something went wrong: it is in the logs.")


class NoAuthority(Exception):
    """Whoever approved the policy could no longer do in person what it does."""


@dataclass
class Done:
    """What became of a chunk; `more` when decisions are left."""

    executed: int = 0
    skipped: int = 0
    failed: int = 0
    more: bool = False


def perform(policy_id: int, most: int = CHUNK, now: dt.datetime | None = None) -> Done:
    """Carry out up to `most` waiting decisions of a policy, at `now`; stops at once when it is paused or ended.

    When whoever approved it has lost the right, it is paused, and its decisions wait for somebody who resumes it.
    """
    done = Done()
    for _ in range(most):
        try:
            state = _next(policy_id, now or timezone.now())
        except NoAuthority:
            _pause(policy_id)
            return done
        if not state:
            return done
        setattr(done, state, getattr(done, state) + 1)
    done.more = Decision.objects.filter(policy=policy_id, state=APPROVED).exists()
    return done


def _next(policy_id: int, now: dt.datetime) -> str:
    """Carry out one decision; returns what became of it, or "" when there is nothing (more) to do."""
    with transaction.atomic():
        # A share of the policy's row: pausing waits for this one decision, and the next one sees the pause.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM decisions_policy WHERE id = %s AND status = %s FOR SHARE", [policy_id, LIVE])
            if cursor.fetchone() is None:
                return ""
        waiting = Decision.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            policy=policy_id, state=APPROVED
        )
        decision = waiting.select_related("policy__approved_by", "turn").order_by("pk").first()
        if decision is None:
            return ""
        policy = decision.policy
        if authority.obstacles(Actor.of(policy.approved_by), policy):
            raise NoAuthority
        return _carry_out(decision, now)


def _pause(policy_id: int) -> None:
    # After the transaction that found it out, whose share of the row would be in the way of another worker's.
    policy = Policy.objects.select_related("approved_by").get(pk=policy_id)
    if policy.status != LIVE:
        return
    note = L(
        f"{policy.approved_by} non può più fare di persona ciò che fa la politica: la riprenda chi può.",
        f"{policy.approved_by} can no longer do in person what the policy does: whoever can may resume it.",
    )
    run("policy.pause", {"note": str(note)}, Context(via="job"), target=policy)


def _carry_out(decision: Decision, now: dt.datetime) -> str:
    ctx = Context(via="job", batch=decision.turn.batch, cause={"decision_id": decision.pk}, now=now)
    policy = decision.policy
    values: dict[str, Any]
    try:
        # A savepoint: what a refused treatment wrote is forgotten, that it was refused is kept.
        with transaction.atomic():
            result = _treat(decision, policy, ctx)
        values = {"state": EXECUTED, "treated": _reference(result)}
    except NotFound:
        values = {"state": SKIPPED, "reasons": _because(decision, GONE)}
    except Invalid as error:
        words = error.words
        values = {"state": SKIPPED, "reasons": _because(decision, L(words, words))}
    except OperationalError:
        # A deadlock, a lost connection: no fault of the treatment. Nothing was written, and the job comes back to it.
        raise
    except Exception:
        log.exception("decision_failed", decision=decision.pk, policy=policy.pk)
        values = {"state": FAILED, "reasons": _because(decision, BROKEN)}
    with writing(ctx):
        ctx.put(decision, {**values, "executed_at": ctx.now})
    return str(values["state"])


def _treat(decision: Decision, policy: Policy, ctx: Context) -> Any:
    kind, pk = policy.customer, getattr(decision, f"{policy.customer}_id")
    _hold(Actor.of(policy.approved_by), kind, pk)
    if policy.consent and pk not in customers.allowed(kind, [pk], policy.consent):
        raise Invalid(REASONS["consent"])
    if decision.contact and _contacts(decision, policy, ctx.now) >= policy.contacts:
        raise Invalid(REASONS["frequency"])
    variant = policy.variants["AB".index(decision.variant)]
    why = treatments.Decision(decision.pk, decision.decided_at, in_short(decision))
    return treatments.apply(variant["treatment"], kind, pk, variant["parameters"], why, ctx)


def _hold(actor: Actor, kind: str, pk: int) -> None:
    """Lock the customer until the decision is done: of two policies, the second counts what the first has done.

    Invalid when the actor may not edit the customer any more, NotFound when there is none.
    """
    rows = get(kind).model._default_manager.filter(pk=pk)
    allowed = rows.filter(visible(actor, kind, "edit")).select_for_update(of=("self",), no_key=True)
    if allowed.values_list("pk", flat=True).first() is None:
        if not rows.exists():
            raise NotFound(str(get(kind).names))
        raise Invalid(MOVED)


def _contacts(decision: Decision, policy: Policy, now: dt.datetime) -> int:
    """How often the customer was contacted meanwhile, by whichever policy."""
    since = now - dt.timedelta(days=policy.contact_days)
    mine = {f"{policy.customer}_id": getattr(decision, f"{policy.customer}_id")}
    others = Decision.objects.filter(**mine, arm=TREATMENT, state=EXECUTED, contact=True).exclude(pk=decision.pk)
    return others.annotate(at=Coalesce(F("executed_at"), F("decided_at"))).filter(at__gt=since).count()


def _because(decision: Decision, why: L) -> dict[str, Any]:
    return {**decision.reasons, **why_not(why)}


def _reference(result: Any) -> str | None:
    try:
        return f"{by_model(type(result)).name}:{result.pk}"
    except KeyError:
        return None
