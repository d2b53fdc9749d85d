"""What a policy would do, and what its customers did before without it. Nothing is written."""

from __future__ import annotations

import datetime as dt
from typing import Any

from anello.core.policies import Actor
from anello.decisions.models import Policy
from anello.decisions.planning import Example, Outlook, planned

EXAMPLES = 12


def preview(policy: Policy, actor: Actor, now: dt.datetime) -> tuple[Outlook, list[Example], list[Example]]:
    """The plan in numbers, some whom it decides on, and some whom it leaves out and why.

    Who previews sees as many customers as that person may see; the policy itself treats those whom the one who
    approves it may edit.
    """
    with planned(policy, actor, "view", now) as plan:
        return plan.outlook(), plan.examples(EXAMPLES, blocked=False), plan.examples(EXAMPLES, blocked=True)


def simulate(policy: Policy, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """The whole simulation as it is kept with the policy: numbers only, for examples belong to who may see them."""
    outlook, _, _ = preview(policy, actor, now)
    return {
        "at": now.isoformat(),
        "candidates": outlook.candidates,
        "treated": outlook.treated,
        "held": outlook.held,
        "blocked": [one.json for one in outlook.blocked],
        "cost": str(outlook.cost),
        "phases": outlook.phases,
    }
