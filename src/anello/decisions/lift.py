"""What a policy changed: the treated against those held out, with intervals.

Everybody counts in the group that the draw gave, whether the treatment reached them or not (intention to treat), so
the difference is the effect of the policy and of nothing else. Windows that are still open count for both groups alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from anello.core.actions import Invalid
from anello.decisions.models import CONTROL, TREATMENT, Decision, Policy
from anello.intelligence.numerics.lift import (
    Comparison,
    Interval,
    Sample,
    champion_challenger,
    difference_of_means,
    difference_of_proportions,
)
from anello.intelligence.segments.queries import memberships_at
from anello.kit.text import L

if TYPE_CHECKING:
    from anello.intelligence.numerics.qini import Qini

MOST_SCORED = 50_000
"""Decisions that a Qini curve looks at: a sample by the draw's own order, for the bootstrap is slow."""


@dataclass(frozen=True)
class Group:
    """One group: how many, how many with the outcome, and the sum and squares of the money."""

    count: int = 0
    outcomes: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def rate(self) -> float:
        return self.outcomes / self.count if self.count else math.nan

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else math.nan

    def sample(self) -> Sample:
        """Of the money per customer."""
        if self.count < 2:
            return Sample(self.count, self.mean, math.nan)
        spread = max(0.0, self.squares - self.count * self.mean**2)
        return Sample(self.count, self.mean, spread / (self.count - 1))

    def zero_one(self) -> Sample:
        """Of the outcome as 0 and 1."""
        if self.count < 2:
            return Sample(self.count, self.rate, math.nan)
        return Sample(self.count, self.rate, self.rate * (1 - self.rate) * self.count / (self.count - 1))

    def __add__(self, other: Group) -> Group:
        return Group(
            self.count + other.count,
            self.outcomes + other.outcomes,
            self.total + other.total,
            self.squares + other.squares,
        )


@dataclass(frozen=True)
class Lift:
    """One comparison; `key` says of which variant, phase, turn or segment."""

    key: str
    treated: Group
    control: Group

    @property
    def conversion(self) -> Interval:
        """Difference of the shares that show the outcome (Newcombe)."""
        return difference_of_proportions(
            (self.treated.outcomes, self.treated.count), (self.control.outcomes, self.control.count)
        )

    @property
    def money(self) -> Interval:
        """Difference of the money per customer (Welch)."""
        return difference_of_means(self.treated.sample(), self.control.sample())

    def of(self, measure: str) -> Interval:
        return self.conversion if measure == "conversion" else self.money

    @property
    def gained(self) -> Interval:
        """What the treated brought that they would not have brought otherwise, in money."""
        one = self.money
        return Interval(*(value * self.treated.count for value in (one.value, one.low, one.high)))

    @property
    def known(self) -> bool:
        """Whether both groups are large enough to be compared at all."""
        return self.treated.count > 1 and self.control.count > 1


def column(policy: Policy) -> str:
    """The money that the policy is judged by: margin where it says so, else revenue."""
    return "margin" if policy.measure == "margin" else "revenue"


def groups(policies: Sequence[int], by: str, money: str, customer: str = "person") -> dict[str, Lift]:
    """{key: comparison} of the decisions of these policies on living customers, by variant, phase, turn or policy.

    Turns of which nobody has looked yet at what came of them say nothing, not that nothing came of them.

    By segment, everybody counts in each in which they were at the moment of the decision; `customer` says whose.
    """
    keys = {
        "variant": "d.variant",
        "phase": "d.phase",
        "turn": "t.number::text",
        "policy": "d.policy_id::text",
        "segment": "s.segment_id::text",
    }
    segments = memberships_at(customer, f"d.{customer}_id", "d.decided_at")
    more = f"CROSS JOIN LATERAL ({segments}) s" if by == "segment" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {keys[by]}, d.arm, count(*), count(d.outcome_at), sum(d.{money})::float8,
                sum(d.{money}::float8 * d.{money}::float8)
            FROM decisions_decision d JOIN decisions_turn t ON t.id = d.turn_id {more}
            WHERE d.policy_id = ANY(%s) AND d.deleted_at IS NULL AND t.measured_at IS NOT NULL
            GROUP BY 1, 2
            """,
            [list(policies)],
        )
        found: dict[str, dict[str, Group]] = {}
        for key, arm, *numbers in cursor.fetchall():
            found.setdefault(key, {})[arm] = Group(*numbers)
    return {
        key: Lift(key, arms.get(TREATMENT, Group()), arms.get(CONTROL, Group())) for key, arms in sorted(found.items())
    }


def of_policy(policy: Policy) -> Lift:
    """All decisions of the policy together."""
    whole = Lift("", Group(), Group())
    for one in groups([policy.pk], "variant", column(policy)).values():
        whole = Lift("", whole.treated + one.treated, whole.control + one.control)
    return whole


def split(policy: Policy, by: str) -> list[Lift]:
    """The comparisons by variant, phase, turn or segment."""
    found = list(groups([policy.pk], by, column(policy), policy.customer).values())
    return sorted(found, key=lambda one: int(one.key)) if by == "turn" else found


def challenge(policy: Policy) -> Comparison | None:
    """The challenger against the champion, both treated; None without a challenger."""
    found = groups([policy.pk], "variant", column(policy))
    if len(policy.variants) < 2 or not {"A", "B"} <= set(found):
        return None
    champion, challenger = found["A"].treated, found["B"].treated
    if min(champion.count, challenger.count) < 2:
        return None
    if policy.measure == "conversion":
        return champion_challenger(champion.zero_one(), challenger.zero_one())
    return champion_challenger(champion.sample(), challenger.sample())


def curve(policy: Policy) -> Qini | None:
    """Whether the order by score finds those whom the treatment moves; None where there is nothing to compare."""
    rows = Decision.objects.filter(policy=policy, score__isnull=False, turn__measured_at__isnull=False)
    rows = rows.order_by("reasons__draw")
    money = None if policy.measure == "conversion" else column(policy)
    values = list(rows.values_list("score", "arm", "outcome_at", money or "pk")[:MOST_SCORED])
    treated = [arm == TREATMENT for _, arm, _, _ in values]
    if not any(treated) or all(treated):
        return None
    from anello.intelligence.numerics.qini import qini

    outcome = [float(amount) if money else float(at is not None) for _, _, at, amount in values]
    return qini([float(score) for score, *_ in values], treated, outcome)


def require_uplift(policy: Policy) -> None:
    """Invalid unless the measured Qini interval lies above zero."""
    found = curve(policy)
    if found is None:
        raise Invalid(
            L(
                "Non c'è ancora nulla di misurato: prima serve un giro con il gruppo di controllo.",
                "Nothing is measured yet: first it takes a turn with its control group.",
            )
        )
    if found.coefficient.low <= 0:
        low, high = (round(100 * bound, 2) for bound in (found.coefficient.low, found.coefficient.high))
        raise Invalid(
            L(
                f"L'intervallo di Qini va da {low} a {high} e contiene lo zero: quest'ordine non trova chi reagisce.",
                f"The Qini interval goes from {low} to {high} and contains zero: this order does not find who reacts.",
            )
        )


def summary(value: Any) -> dict[str, float | None]:
    """An interval as JSON; bounds that are not finite are None."""
    return {
        name: number if math.isfinite(number := getattr(value, name)) else None for name in ("value", "low", "high")
    }


def pooled(effects: Sequence[Interval], weights: Sequence[int]) -> Interval | None:
    """The effect on all that were treated: the mean of the policies' effects by how many each treated.

    Policies drew independently, so that variances add (taken from the width of the intervals).
    """
    total = sum(weights)
    if not total:
        return None
    shares = [weight / total for weight in weights]
    value = sum(share * one.value for share, one in zip(shares, effects, strict=True))
    down = math.sqrt(sum((share * (one.value - one.low)) ** 2 for share, one in zip(shares, effects, strict=True)))
    up = math.sqrt(sum((share * (one.high - one.value)) ** 2 for share, one in zip(shares, effects, strict=True)))
    return Interval(value, value - down, value + up)


def summed(effects: Sequence[Interval]) -> Interval | None:
    """The sum of independent effects, with the interval of the sum."""
    if not effects:
        return None
    value = sum(one.value for one in effects)
    down = math.sqrt(sum((one.value - one.low) ** 2 for one in effects))
    up = math.sqrt(sum((one.high - one.value) ** 2 for one in effects))
    return Interval(value, value - down, value + up)
