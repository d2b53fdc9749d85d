"""What policies do in the background: decide when their day comes, carry out, look at what came of it."""

from __future__ import annotations

from django.utils import timezone

from anello.core.actions import ActionError, Context, run
from anello.core.jobs import enqueue, job, periodic
from anello.decisions import execution
from anello.decisions.models import APPROVED, LIVE, Decision, Policy
from anello.kit.text import L

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


@periodic("*/10 * * * *")
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
