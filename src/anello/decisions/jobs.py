"""What policies do in the background: decide when their day comes, carry out, look at what came of it."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from anello.core.actions import ActionError, Context, run, writing
from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.decisions import execution, outcomes
from anello.decisions.models import APPROVED, ENDED, LIVE, PAUSED, Decision, Policy, Turn
from anello.kit.text import L
from anello.warehouse.hooks import MANY, Load, after_load

DAWN = 6
"""The local hour from which daily policies decide."""


@job(queue="decisions", retry=5)
def execute(policy: int) -> None:
    """Carry out a chunk of what the policy decided, and come back for the rest."""
    if execution.perform(policy).more:
        start(policy)


def start(policy: int) -> None:
    """Let what the policy decided be carried out; one worker at a time."""
    enqueue(execute, policy=policy, unique=f"decisions:{policy}", lock=f"decisions:{policy}")


@periodic("*/10 * * * *", queue=ANALYSIS)
def turn(timestamp: int) -> None:
    """Daily policies whose day has come decide, those with precedence first; what was left lying is taken up."""
    for policy in due():
        try:
            run("policy.decide", {}, Context(via="job"), target=policy)
        except ActionError as error:
            words = L(f"In pausa: {error}", f"Paused: {error}")
            run("policy.pause", {"note": str(words)[:500]}, Context(via="job"), target=policy)
    for policy in (
        Decision.objects.filter(state=APPROVED, policy__status=LIVE).values_list("policy", flat=True).distinct()
    ):
        start(policy)


def due() -> list[int]:
    """Live daily policies that have not decided yet today, in the order in which they go."""
    now = timezone.localtime()
    if now.hour < DAWN:
        return []
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    daily = Policy.objects.filter(status=LIVE, schedule="daily").exclude(turns__at__gte=midnight)
    return list(daily.order_by("priority", "pk").values_list("pk", flat=True))


MEASURED = (LIVE, PAUSED, ENDED)
LATE = 90
"""Days after the end of a window during which what comes in late still counts."""


@job(queue=ANALYSIS)
def measure(policy: int) -> None:
    """Look at what came of a policy's decisions, as long as something may still come."""
    ctx = Context(via="job")
    with writing(ctx):
        found = Policy.objects.select_for_update(of=("self",)).filter(pk=policy, status__in=MEASURED).first()
        if found is not None:
            outcomes.attribute(ctx, found, _open_since(found, ctx.now))


def _open_since(policy: Policy, now: dt.datetime) -> dt.datetime:
    """The moment since which what was decided may still come to something."""
    return now - dt.timedelta(days=policy.window_days + LATE)


@periodic("20 * * * *")
def measure_all(timestamp: int) -> None:
    """Every hour, for outcomes that are no purchases: those are looked at after the loads of the warehouse."""
    for policy in Policy.objects.filter(status__in=MEASURED).exclude(outcome="purchase"):
        if _open_turns(policy).exists():
            _look_at(policy)


def _open_turns(policy: Policy) -> QuerySet[Turn]:
    return policy.turns.filter(Q(measured_at=None) | Q(at__gte=_open_since(policy, timezone.now())))


def _look_at(policy: Policy) -> None:
    enqueue(measure, policy=policy.pk, unique=f"measure:{policy.pk}")


@after_load
def loaded(load: Load) -> None:
    """New purchases may be outcomes, of policies that have decided on those who bought."""
    for policy in Policy.objects.filter(status__in=MEASURED, outcome="purchase"):
        turns = _open_turns(policy)
        if turns.filter(measured_at=None).exists() or _concerns(turns, policy.customer, load):
            _look_at(policy)


def _concerns(turns: QuerySet[Turn], customer: str, load: Load) -> bool:
    touched = load.touched.get(customer, frozenset())
    if len(touched) > MANY:
        return turns.exists()
    return turns.filter(**{f"decisions__{customer}__in": touched}).exists()
