"""The effect of a policy as its page shows it: rows with intervals on one scale, and both groups day by day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from anello.core.policies import Actor
from anello.core.ui import formats
from anello.customers.module import PHASES
from anello.decisions import drawing, lift
from anello.decisions.lift import Lift
from anello.decisions.models import CONTROL, TREATMENT, Policy
from anello.decisions.module import VARIANTS
from anello.intelligence.numerics.lift import Interval, wilson
from anello.intelligence.segments.queries import listed
from anello.kit.text import L

MOST_POINTS = 60
MOST_SEGMENTS = 6


@dataclass(frozen=True)
class Row:
    """One comparison as it is drawn; `gauge` is None where the interval is not finite."""

    label: str
    treated: int
    held: int
    value: str
    between: str
    gauge: drawing.Gauge | None
    sure: bool
    """The interval does not contain zero."""
    head: bool = False


def rows(policy: Policy, actor: Actor) -> list[Row]:
    """All together, then by variant (where there are two), by phase, by the largest segments that the actor may see
    and by turn; nothing before anything was measured."""
    whole = lift.of_policy(policy)
    if not whole.treated.count + whole.control.count:
        return []
    found = [(str(L("Tutti", "All")), whole, True)]
    if len(policy.variants) == 2:
        names = {option.value: str(option.label) for option in VARIANTS}
        found += [(names[one.key], one, False) for one in lift.split(policy, "variant")]
    phases = lift.split(policy, "phase")
    if len(phases) > 1:
        names = {option.value: str(option.label) for option in PHASES}
        phases.sort(key=lambda one: list(names).index(one.key) if one.key in names else len(names))
        found += [(names.get(one.key, one.key), one, False) for one in phases]
    titles = {str(one.pk): str(one) for one in listed(actor, policy.customer) if one.pk != policy.segment_id}
    within = [one for one in lift.split(policy, "segment") if one.key in titles]
    within.sort(key=lambda one: -one.treated.count - one.control.count)
    found += [(titles[one.key], one, False) for one in within[:MOST_SEGMENTS]]
    turns = lift.split(policy, "turn")
    if len(turns) > 1:
        found += [(_("Turn %(number)s") % {"number": one.key}, one, False) for one in turns]
    intervals = [one.of(policy.measure) if one.known else None for _, one, _ in found]
    finite = [i for i in intervals if i is not None and math.isfinite(i.low + i.high)]
    low, high = min((i.low for i in finite), default=0.0), max((i.high for i in finite), default=0.0)
    return [
        _row(policy, label, one, interval, low, high, head)
        for (label, one, head), interval in zip(found, intervals, strict=True)
    ]


def _row(policy: Policy, label: str, one: Lift, interval: Interval | None, low: float, high: float, head: bool) -> Row:
    numbers = (label, one.treated.count, one.control.count)
    if interval is None or not math.isfinite(interval.low + interval.high):
        return Row(*numbers, "–", str(L("troppo pochi", "too few")), None, False, head)
    gauge = drawing.on_scale(interval.low, interval.value, interval.high, low, high)
    value = amount(policy, interval.value)
    return Row(*numbers, value, between(policy, interval), gauge, not interval.spans_zero, head)


def amount(policy: Policy, value: float) -> str:
    """A difference: percentage points, or money per customer."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if policy.measure == "conversion":
        points = f"{sign}{formats.number(abs(100 * value), 1)}"
        return str(L(f"{points} punti", f"{points} points"))
    return sign + formats.money(abs(value), settings.BASE_CURRENCY)


def between(policy: Policy, interval: Interval) -> str:
    """The bounds; of points without the word, which stands beside the difference."""
    if policy.measure == "conversion":
        low, high = (f"{'+' if b > 0 else '−' if b < 0 else ''}{formats.number(abs(100 * b), 1)}" for b in
                     (interval.low, interval.high))  # fmt: skip
    else:
        low, high = amount(policy, interval.low), amount(policy, interval.high)
    return str(L(f"tra {low} e {high}", f"between {low} and {high}"))


def course(policy: Policy) -> dict[str, Any] | None:
    """How many of each group had shown the outcome after so many days, of those decided on at least so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT arm, floor(extract(epoch FROM outcome_at - decided_at) / 86400)::int AS day,
                least(floor(extract(epoch FROM now() - decided_at) / 86400)::int, %s) AS age, count(*)
            FROM decisions_decision d WHERE policy_id = %s AND deleted_at IS NULL
                AND EXISTS (SELECT 1 FROM decisions_turn t WHERE t.id = d.turn_id AND t.measured_at IS NOT NULL)
            GROUP BY 1, 2, 3
            """,
            [policy.window_days, policy.pk],
        )
        found = cursor.fetchall()
    longest = max((age for _, _, age, _ in found), default=0)
    if longest < 1:
        return None
    step = max(1, math.ceil(longest / MOST_POINTS))
    days = sorted({*range(1, longest + 1, step), longest})
    names = ((_("Treated"), TREATMENT, "decisions"), (_("Held out"), CONTROL, "data"))
    return {
        "type": "line",
        "labels": [str(day) for day in days],
        "series": [_series(name, arc, days, [row[1:] for row in found if row[0] == arm]) for name, arm, arc in names],
        "format": {"maximumFractionDigits": 1},
    }


def _series(name: str, arc: str, days: Sequence[int], found: Sequence[tuple[Any, int, int]]) -> dict[str, Any]:
    """Percentages with their 95 % intervals (Wilson)."""
    shares = []
    for day in days:
        old = [(at, count) for at, age, count in found if age >= day]
        reached = sum(count for at, count in old if at is not None and at < day)
        shares.append(wilson(reached, sum(count for _, count in old)))
    return {
        "name": name,
        "arc": arc,
        "values": [round(100 * one.value, 2) for one in shares],
        "low": [round(100 * one.low, 2) for one in shares],
        "high": [round(100 * one.high, 2) for one in shares],
    }
