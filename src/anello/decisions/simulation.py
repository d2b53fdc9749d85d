"""What a policy would do, and what its customers did before without it. Nothing is written."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from anello import warehouse
from anello.core.policies import Actor
from anello.core.search import filters
from anello.core.ui import formats
from anello.decisions.models import Policy
from anello.decisions.planning import Blocked, Example, Outlook, candidates, planned
from anello.intelligence.numerics.lift import power, wilson
from anello.kit.text import L
from anello.warehouse.errors import WarehouseError

EXAMPLES = 8
WINDOWS = 6
"""How many windows before now are looked at."""
POWER = 0.8


@dataclass(frozen=True)
class Window:
    """The share that bought in one window before now, with its interval; `ago` 1 is the last one."""

    ago: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Preview:
    """A plan as people look at it."""

    outlook: Outlook
    decided: list[Example]
    left_out: list[Example]
    past: list[Window] = field(default_factory=list)
    unknown: str = ""
    """Why the warehouse cannot tell the past."""

    @property
    def treated(self) -> int:
        return sum(self.outlook.treated.values())

    @property
    def bars(self) -> list[tuple[Blocked, float]]:
        """Why candidates are left out, each with its share of them (0 to 100)."""
        total = self.outlook.candidates or 1
        return [(one, round(100 * one.count / total, 1)) for one in self.outlook.blocked]

    @property
    def shares(self) -> dict[str, float]:
        """The shares of treated, held out and left out among the candidates (0 to 100)."""
        total = self.outlook.candidates or 1
        parts = {"treated": self.treated, "held": self.outlook.held}
        parts["out"] = self.outlook.candidates - sum(parts.values())
        return {name: round(100 * count / total, 1) for name, count in parts.items()}

    @property
    def together(self) -> float:
        """The share of those decided on."""
        return round(self.shares["treated"] + self.shares["held"], 1)

    @property
    def smallest_points(self) -> str:
        return "" if self.smallest is None else formats.number(100 * self.smallest, 1)

    @property
    def chart(self) -> dict[str, Any]:
        """The windows before now, oldest first, for the chart island; percentages."""
        series = {"name": str(L("Hanno comprato", "Bought")), "arc": "outcome"}
        for name, of in (("values", "share"), ("low", "low"), ("high", "high")):
            series[name] = [round(100 * getattr(one, of), 2) for one in self.past]  # type: ignore[assignment]
        return {
            "type": "line",
            "labels": [f"−{one.ago}" for one in self.past],
            "series": [series],
            "format": {"maximumFractionDigits": 1},
        }

    @property
    def base(self) -> float | None:
        """How many buy in such a window anyway, as far as the past tells."""
        return sum(one.share for one in self.past) / len(self.past) if self.past else None

    @property
    def smallest(self) -> float | None:
        """The smallest effect (a share) that groups of these sizes would show four times in five.

        Where the past is not known: were it one half who buy anyway, with which a difference is hardest to see.
        """
        base = 0.5 if self.base is None else self.base
        if min(self.treated, self.outlook.held) < 2:
            return None
        low, high = 0.0, 1.0 - base
        if high <= 0 or power(base, high, self.treated, self.outlook.held) < POWER:
            return None
        for _ in range(40):
            middle = (low + high) / 2
            enough = middle > 0 and power(base, middle, self.treated, self.outlook.held) >= POWER
            low, high = (low, middle) if enough else (middle, high)
        return high


def preview(policy: Policy, actor: Actor, now: dt.datetime, *, examples: int = EXAMPLES) -> Preview:
    """The plan in numbers, some whom it decides on, and some whom it leaves out and why; of the past, nothing.

    Who previews sees as many customers as that person may see; the policy itself treats those whom the one who
    approves it may edit.
    """
    with planned(policy, actor, "view", now) as plan:
        outlook = plan.outlook()
        decided, left_out = plan.examples(examples, blocked=False), plan.examples(examples, blocked=True)
    return Preview(outlook, decided, left_out)


def _past(policy: Policy, actor: Actor, now: dt.datetime) -> tuple[list[Window], str]:
    """The windows before now, or why they cannot be told."""
    if policy.outcome != "purchase":
        return [], ""
    try:
        return windows(policy, actor, now), ""
    except WarehouseError as error:
        return [], str(error)


def windows(policy: Policy, actor: Actor, now: dt.datetime) -> list[Window]:
    """What those bought whom the policy would have been about at the beginning of each window before now, oldest first.

    As they were then, not as they are: who is silent now has not bought lately, whoever they are. Windows at whose
    beginning the warehouse knew nobody like that are left out.
    """
    found = []
    days = dt.timedelta(days=policy.window_days)
    for ago in reversed(range(1, WINDOWS + 1)):
        at = now - days * ago
        with filters.as_on(timezone.localdate(at)):
            then = warehouse.translate(candidates(policy, actor, "view").order_by().values("pk"), at=at)
        since = at.astimezone(dt.UTC).replace(tzinfo=None)
        (row,) = warehouse.sql(
            f"""
            SELECT count(*) FILTER (WHERE id IN (
                SELECT id FROM mart.purchase WHERE kind = ? AND amount > 0 AND "at" >= ? AND "at" < ?)) AS bought,
                count(*) AS count
            FROM ({then}) AS c(id)
            """,
            [policy.customer, since, since + days],
        ).to_pylist()
        if row["count"]:
            one = wilson(row["bought"], row["count"])
            found.append(Window(ago, one.value, one.low, one.high))
    return found


def simulate(policy: Policy, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """The whole simulation as it is kept with the policy: numbers only, for examples belong to who may see them."""
    past, unknown = _past(policy, actor, now)
    found = replace(preview(policy, actor, now, examples=0), past=past, unknown=unknown)
    outlook, smallest = found.outlook, found.smallest
    return {
        "at": now.isoformat(),
        "candidates": outlook.candidates,
        "treated": outlook.treated,
        "held": outlook.held,
        "blocked": [one.json for one in outlook.blocked],
        "cost": str(outlook.cost),
        "phases": outlook.phases,
        "past": [[one.ago, one.share, one.low, one.high] for one in found.past],
        "unknown": found.unknown,
        "smallest": None if smallest is None or not math.isfinite(smallest) else round(smallest, 5),
    }


def kept(found: dict[str, Any]) -> Preview:
    """A stored simulation as people look at it."""
    blocked = [Blocked(one["reason"], L(one["it"], one["en"]), one["count"]) for one in found["blocked"]]
    outlook = Outlook(
        found["candidates"], found["treated"], found["held"], blocked, Decimal(found["cost"]), found["phases"]
    )
    return Preview(outlook, [], [], [Window(*one) for one in found["past"]], found["unknown"])
