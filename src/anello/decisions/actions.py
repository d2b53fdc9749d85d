"""The life of a policy, and the approval of single decisions."""

from __future__ import annotations

from decimal import Decimal as Number
from typing import Any

from django.db.models import F, JSONField, QuerySet, Value
from django.db.models.expressions import CombinedExpression
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Invalid, action, asked
from anello.core.inbox import notify
from anello.core.modules import get
from anello.core.policies import Actor, can, visible
from anello.core.ui.values import record_url
from anello.decisions import authority, jobs, lift, outcomes, rules, simulation
from anello.decisions.deciding import NOTHING_TO_DO, decide, tell
from anello.decisions.explaining import why_not
from anello.decisions.models import (
    APPROVED,
    DRAFT,
    ENDED,
    LIVE,
    PAUSED,
    PROPOSED,
    SIMULATED,
    SKIPPED,
    WAITING,
    Decision,
    Policy,
)
from anello.kit.text import L
from anello.warehouse.hooks import FEW

__all__ = ["rules"]
ENDED_BEFORE = L("La politica si è conclusa prima.", "The policy ended before.")


def _in(*states: str) -> Any:
    return lambda record: getattr(record, "status", None) in states


class Note(BaseModel):
    """A word to whoever made the policy."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field("", max_length=500, json_schema_extra=asked("Nota", "Note"))


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field(min_length=1, max_length=500, json_schema_extra=asked("Perché", "Why"))


@action(
    "policy.request_approval",
    module="policy",
    label=L("Chiedi l'approvazione", "Request approval"),
    icon="shield-check",
    when=_in(SIMULATED),
)
def request_approval(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """For a policy that does what its maker may not do; whoever may is told."""
    changed = ctx.put(policy, {"status": WAITING, "note": ""})
    who = [user for user in _approvers(policy) if user.pk != ctx.actor.id]
    notify(
        who,
        L(f"Da approvare: la politica «{policy.name}»", f"To approve: the policy “{policy.name}”"),
        kind="policy",
        url=record_url("policy", policy.pk),
    )
    return changed


def _approvers(policy: Policy) -> list[Any]:
    people = get("user").model._default_manager.filter(is_active=True).prefetch_related("roles")
    return [u for u in people if can(a := Actor.of(u), "policy", "edit") and not authority.obstacles(a, policy)]


@action(
    "policy.approve",
    module="policy",
    input=Note,
    label=L("Approva e avvia", "Approve and start"),
    icon="circle-check",
    when=_in(WAITING),
)
def approve(ctx: Context, policy: Policy, data: Note) -> Policy:
    """By somebody who could do it all; from here on the policy acts on that person's authority."""
    return _go_live(ctx, policy, data.note)


@action(
    "policy.simulate",
    module="policy",
    label=L("Simula", "Simulate"),
    icon="player-play",
    when=_in(DRAFT, SIMULATED),
)
def simulate(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """What it would do now, and what these customers did before without it; nothing is decided."""
    _complete(policy)
    found = simulation.simulate(policy, ctx.actor, ctx.now)
    return ctx.put(policy, {"simulation": found, "status": SIMULATED})


@action(
    "policy.reject", module="policy", input=Reason, label=L("Non approvare", "Reject"), icon="circle-x",
    when=_in(WAITING),
)  # fmt: skip
def reject(ctx: Context, policy: Policy, data: Reason) -> Policy:
    """Back to a draft, with the reason."""
    changed = ctx.put(policy, {"status": DRAFT, "note": data.note})
    notify(
        [policy.owner_id],
        L(f"Non approvata: «{policy.name}». {data.note}", f"Not approved: “{policy.name}”. {data.note}"),
        kind="policy",
        url=record_url("policy", policy.pk),
    )
    return changed


@action("policy.start", module="policy", label=L("Avvia", "Start"), icon="rocket", when=_in(SIMULATED))
def start(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """Live at once, by somebody who needs nobody's approval."""
    return _go_live(ctx, policy, "")


def _go_live(ctx: Context, policy: Policy, note: str) -> Policy:
    _complete(policy)
    authority.require(ctx.actor, policy)
    values = {"status": LIVE, "note": note, "approved_by": ctx.actor.id, "started_at": ctx.now}
    live = ctx.put(policy, values)
    if policy.owner_id != ctx.actor.id:
        notify(
            [policy.owner_id],
            L(f"«{policy.name}» è attiva", f"“{policy.name}” is live"),
            kind="policy",
            url=record_url("policy", policy.pk),
        )
    return live


@action("policy.decide", module="policy", label=L("Decidi ora", "Decide now"), icon="arrows-split", when=_in(LIVE),
        undoable=False)  # fmt: skip
def decide_now(ctx: Context, policy: Policy, data: BaseModel) -> int:
    """A turn; returns its number. What it decides is carried out by a job."""
    turn = decide(ctx, policy)
    if not policy.ask:
        jobs.start(policy.pk)
    return turn.number


class Pause(BaseModel):
    """Why, if there is something to say."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field("", max_length=500, json_schema_extra=asked("Nota", "Note"))


@action("policy.pause", module="policy", input=Pause, label=L("Metti in pausa", "Pause"), icon="player-pause",
        when=_in(LIVE))  # fmt: skip
def pause(ctx: Context, policy: Policy, data: Pause) -> Policy:
    """Nothing more is decided or carried out, from the next decision on."""
    if ctx.actor.system:
        words = L(f"«{policy.name}»: {data.note}", f"“{policy.name}”: {data.note}")
        notify([policy.owner_id, policy.approved_by_id], words, kind="policy", url=record_url("policy", policy.pk))
    return ctx.put(policy, {"status": PAUSED, "note": data.note})


@action("policy.resume", module="policy", label=L("Riprendi", "Resume"), icon="player-play", when=_in(PAUSED))
def resume(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """It goes on where it stopped, on the authority of whoever resumes it."""
    authority.require(ctx.actor, policy)
    live = ctx.put(policy, {"status": LIVE, "approved_by": ctx.actor.id})
    jobs.start(policy.pk)
    return live


@action(
    "policy.end",
    module="policy",
    label=L("Concludi", "End"),
    icon="flag",
    when=_in(LIVE, PAUSED, WAITING, SIMULATED),
    undoable=False,
)
def end(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """For good: what was decided and not carried out is skipped; outcomes are still measured."""
    left = Decision.objects.filter(policy=policy, state__in=(PROPOSED, APPROVED))
    because: Any = CombinedExpression(F("reasons"), "||", Value(why_not(ENDED_BEFORE), JSONField()))
    _change(ctx, left, state=SKIPPED, reasons=because)
    return ctx.put(policy, {"status": ENDED, "ended_at": ctx.now})


@action("policy.copy", module="policy", label=L("Copia", "Copy"), icon="copy")
def copy(ctx: Context, policy: Policy, data: BaseModel) -> Policy:
    """A new draft with the same terms and a draw of its own."""
    module = get("policy")
    values = {name: f.get(policy) for name, f in module.inputs.items() if name not in ("name", "owner")}
    return ctx.create("policy", {**values, "name": f"{policy.name} (2)"[:200]})


class Focus(BaseModel):
    """The share of those ranked best; none treats everybody again."""

    model_config = ConfigDict(extra="forbid")
    share: Number | None = Field(
        None, ge=1, le=99, json_schema_extra=asked("Quota dei primi (%)", "Share of the first (%)")
    )


@action("policy.focus", module="policy", input=Focus, label=L("Tratta solo i primi", "Treat only the first"),
        icon="target-arrow", when=lambda p: bool(p.rank) and p.status in (LIVE, PAUSED))  # fmt: skip
def focus(ctx: Context, policy: Policy, data: Focus) -> Policy:
    """Target by uplift: refused where what was measured does not show that the order finds those whom it moves."""
    if data.share is not None:
        lift.require_uplift(policy)
    return ctx.put(policy, {"focus": data.share})


@action("policy.measure", module="policy", label=L("Misura ora", "Measure now"), icon="refresh",
        when=_in(LIVE, PAUSED, ENDED), undoable=False)  # fmt: skip
def measure(ctx: Context, policy: Policy, data: BaseModel) -> int:
    """Look at what customers did since they were decided on; returns how many decisions changed."""
    return outcomes.attribute(ctx, policy)


@action(
    "policy.approve_all",
    module="policy",
    label=L("Approva le decisioni in attesa", "Approve the waiting decisions"),
    icon="list-check",
    when=lambda p: p.status == LIVE and p.ask,
    undoable=False,
)
def approve_all(ctx: Context, policy: Policy, data: BaseModel) -> int:
    """Every proposed decision of the policy on a customer that the actor may edit; returns how many."""
    authority.require(ctx.actor, policy)
    proposed = Decision.objects.filter(visible(ctx.actor, "decision", "edit"), policy=policy, state=PROPOSED)
    count = _change(ctx, proposed, state=APPROVED)
    ctx.emit("policy.approve_all", policy, data={"count": count})
    jobs.start(policy.pk)
    return count


@action("decision.approve", module="decision", label=L("Approva", "Approve"), icon="circle-check",
        when=lambda d: d.state == PROPOSED, undoable=False)  # fmt: skip
def approve_one(ctx: Context, decision: Decision, data: BaseModel) -> Decision:
    """It is carried out as soon as there is time."""
    approved = ctx.put(decision, {"state": APPROVED})
    jobs.start(decision.policy_id)
    return approved


@action("decision.reject", module="decision", input=Reason, label=L("Non farla", "Do not do it"), icon="circle-x",
        when=lambda d: d.state in (PROPOSED, APPROVED), undoable=False)  # fmt: skip
def reject_one(ctx: Context, decision: Decision, data: Reason) -> Decision:
    """Skipped; it still counts as meant to be treated, so that the groups stay comparable."""
    why = why_not(L(data.note, data.note))
    return ctx.put(decision, {"state": SKIPPED, "reasons": {**decision.reasons, **why}})


def _change(ctx: Context, rows: QuerySet[Decision], **values: Any) -> int:
    """Write many decisions in one statement, and tell of it; returns how many."""
    few = list(rows.order_by("pk").values_list("pk", flat=True)[: FEW + 1])
    count = rows.update(**values, updated_at=ctx.now)
    tell(ctx, few)
    return count


def _complete(policy: Policy) -> None:
    if not policy.variants:
        raise Invalid({"variants": [NOTHING_TO_DO]})
