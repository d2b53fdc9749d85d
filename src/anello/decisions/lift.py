"""What a policy changed: the treated against those held out, with intervals.

Everybody counts in the group that the draw gave, whether the treatment reached them or not (intention to treat), so
the difference is the effect of the policy and of nothing else. Windows that are still open count for both groups alike.

A customer is drawn once and counts once, however often the policy comes back: with what followed its first decision.
The customer is what was drawn, so it is what is counted; decisions of one customer are no independent observations, and
would make the intervals too narrow. Nor may the windows of later turns be added up: whether somebody comes up again
(the phase, the segment, the last purchase) depends on what the first treatment did, so that later groups differ by more
than chance.

Sources: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10, for shares; Welch (1947), Biometrika 34, for
means; Donner & Klar (2000), Design and Analysis of Cluster Randomization Trials in Health Research, for one observation
per unit drawn; Hernán & Robins (2020), Causal Inference: What If, for the follow-up that begins with the draw.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import Actor, can, visible
from anello.customers.treatments import BOTH
from anello.decisions.models import CONTROL, TREATMENT, Policy, Turn
from anello.intelligence.numerics.lift import (
    Interval,
    Sample,
    difference_of_means,
    difference_of_proportions,
    growth,
)
from anello.intelligence.segments.queries import memberships_at
from anello.kit.text import L

if TYPE_CHECKING:
    from anello.intelligence.numerics.qini import Qini

MOST_SCORED = 50_000
"""Customers that a Qini curve looks at: a sample by a draw of its own, for the bootstrap is slow."""
FIRST = """NOT EXISTS (SELECT 1 FROM decisions_decision e WHERE e.policy_id = d.policy_id AND e.deleted_at IS NULL
    AND coalesce(e.person_id, -e.organisation_id) = coalesce(d.person_id, -d.organisation_id)
    AND e.turn_id < d.turn_id)"""
"""The condition that `d` is what its policy decided first on the customer, who may have been merged since."""


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

    def __add__(self, other: Group) -> Group:
        return Group(
            self.count + other.count,
            self.outcomes + other.outcomes,
            self.total + other.total,
            self.squares + other.squares,
        )


def shares_between(one: Group, other: Group) -> Interval:
    """Difference of the shares that show the outcome, one − other (Newcombe)."""
    return difference_of_proportions((one.outcomes, one.count), (other.outcomes, other.count))


def money_between(one: Group, other: Group) -> Interval:
    """Difference of the money per customer, one − other (Welch)."""
    return difference_of_means(one.sample(), other.sample())


@dataclass(frozen=True)
class Lift:
    """One comparison; `key` says of which variant, phase, turn or segment."""

    key: str
    treated: Group
    control: Group

    @property
    def conversion(self) -> Interval:
        return shares_between(self.treated, self.control)

    @property
    def money(self) -> Interval:
        return money_between(self.treated, self.control)

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


def groups(
    policies: Sequence[int],
    by: str,
    money: str,
    customer: str = "person",
    *,
    actor: Actor | None = None,
    since: dt.datetime | None = None,
) -> dict[str, Lift]:
    """{key: comparison} of the living customers of these policies, by variant, phase, turn or policy.

    Each counts once a policy, as first decided. Turns of which nobody has looked yet at what came of them say nothing,
    not that nothing came of them. `actor` leaves only customers whom that person sees, `since` only turns from then on.

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
    seen, among = _seen(actor) if actor is not None else ("true", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {keys[by]}, d.arm, count(*), count(d.outcome_at), sum(d.{money})::float8,
                sum(d.{money}::float8 * d.{money}::float8)
            FROM decisions_decision d JOIN decisions_turn t ON t.id = d.turn_id {more}
            WHERE d.policy_id = ANY(%s) AND d.deleted_at IS NULL AND t.measured_at IS NOT NULL
                AND (%s::timestamptz IS NULL OR t.at >= %s) AND {first(policies)} AND {seen}
            GROUP BY 1, 2
            """,
            [list(policies), since, since, *among],
        )
        found: dict[str, dict[str, Group]] = {}
        for key, arm, *numbers in cursor.fetchall():
            found.setdefault(key, {})[arm] = Group(*numbers)
    return {
        key: Lift(key, arms.get(TREATMENT, Group()), arms.get(CONTROL, Group())) for key, arms in sorted(found.items())
    }


def _seen(actor: Actor) -> tuple[str, list[Any]]:
    """The condition, with its parameters, that the actor sees the customer of `d`."""
    found: list[str] = ["false"]
    parameters: list[Any] = []
    for kind in (kind for kind in BOTH if can(actor, kind)):
        allowed = visible(actor, kind)
        if not allowed:
            found.append(f"d.{kind}_id IS NOT NULL")
            continue
        rows = get(kind).model._default_manager.filter(allowed).order_by().values("pk")
        inner, more = rows.query.sql_with_params()
        found.append(f"d.{kind}_id IN ({inner})")
        parameters += more
    return f"({' OR '.join(found)})", parameters


def first(policies: Sequence[int]) -> str:
    """FIRST, or nothing to ask where none of the policies has decided twice: in one turn everybody comes once."""
    return FIRST if Turn.objects.filter(policy__in=policies, number__gt=1).exists() else "true"


def of_policy(policy: Policy) -> Lift:
    """All customers of the policy together."""
    return together(split(policy, "variant"))


def together(variants: Sequence[Lift]) -> Lift:
    """The comparisons by variant as one."""
    whole = Lift("", Group(), Group())
    for one in variants:
        whole = Lift("", whole.treated + one.treated, whole.control + one.control)
    return whole


def split(policy: Policy, by: str) -> list[Lift]:
    """The comparisons by variant, phase, turn or segment."""
    found = list(groups([policy.pk], by, column(policy), policy.customer).values())
    return sorted(found, key=lambda one: int(one.key)) if by == "turn" else found


@dataclass(frozen=True)
class Challenge:
    """The challenger against the champion, among the treated: both act alike on customers that the draw parted."""

    champion: Group
    challenger: Group
    difference: Interval
    """Challenger − champion."""

    @property
    def winner(self) -> str:
        """challenger | champion | "" while it cannot be told."""
        return "challenger" if self.difference.low > 0 else "champion" if self.difference.high < 0 else ""

    @property
    def needed(self) -> int | None:
        """How many treated by either would show a difference like this one; None if it is none."""
        size = min(self.champion.count, self.challenger.count)
        more = growth(self.difference)
        return math.ceil(size * more) if math.isfinite(more) else None


def challenge(policy: Policy, variants: Sequence[Lift]) -> Challenge | None:
    """The two actions of a policy against each other; None without a challenger, or with too few of either."""
    found = {one.key: one.treated for one in variants}
    if len(policy.variants) < 2 or not {"A", "B"} <= found.keys():
        return None
    champion, challenger = found["A"], found["B"]
    if min(champion.count, challenger.count) < 2:
        return None
    between = shares_between if policy.measure == "conversion" else money_between
    return Challenge(champion, challenger, between(challenger, champion))


def curve(policy: Policy) -> Qini | None:
    """Whether the order by score finds those whom the treatment moves; None where there is nothing to compare."""
    outcome = "(d.outcome_at IS NOT NULL)::int" if policy.measure == "conversion" else f"d.{column(policy)}"
    with connection.cursor() as cursor:
        # The sample must not know the groups: the draw that made them orders its own, and no other, by group.
        cursor.execute(
            f"""
            SELECT d.score::float8, d.arm = '{TREATMENT}', {outcome}::float8
            FROM decisions_decision d JOIN decisions_turn t ON t.id = d.turn_id
            WHERE d.policy_id = %s AND d.deleted_at IS NULL AND d.score IS NOT NULL AND t.measured_at IS NOT NULL
                AND {first([policy.pk])}
            ORDER BY md5(%s || ':sample:' || coalesce(d.person_id, d.organisation_id)) LIMIT %s
            """,
            [policy.pk, policy.seed, MOST_SCORED],
        )
        values = cursor.fetchall()
    treated = [arm for _, arm, _ in values]
    if not any(treated) or all(treated):
        return None
    from anello.intelligence.numerics.qini import qini

    return qini([score for score, _, _ in values], treated, [reached for _, _, reached in values])


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
