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


def rows(policy: Policy, actor: Actor, variants: Sequence[Lift]) -> list[Row]:
    """All together, then by variant (where there are two), by phase, by the largest segments that the actor may see
    and by turn; nothing before anything was measured. `variants` are the comparisons by variant."""
    whole = lift.together(variants)
    if not whole.treated.count + whole.control.count:
        return []
    found = [(str(L("Tutti", "All")), whole, True)]
    if len(policy.variants) == 2:
        names = {option.value: str(option.label) for option in VARIANTS}
        found += [(names[one.key], one, False) for one in variants]
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


@dataclass(frozen=True)
class Challenge:
    """The challenger against the champion in words, with the interval as it is drawn."""

    verdict: str
    between: str
    gauge: drawing.Gauge
    sure: bool
    when: str
    """From how many treated on it can be told, if their difference is what it seems; empty once it is."""


def challenge(policy: Policy, variants: Sequence[Lift]) -> Challenge | None:
    """Which of the two actions moves more; None without a challenger or before anything was measured of both."""
    found = lift.challenge(policy, variants)
    if found is None:
        return None
    change, size = found.difference, min(found.champion.count, found.challenger.count)
    if not math.isfinite(change.low + change.high):
        return None
    more = amount(policy, change.value)
    if found.winner:
        new = found.winner == "challenger"
        letter, word = ("B", L("sfidante", "challenger")) if new else ("A", L("in carica", "champion"))
        verdict = L(
            f"{letter}, {word.it}, è la migliore: B rispetto ad A {more}",
            f"{letter}, the {word.en}, is the better one: B against A {more}",
        )
        when = ""
    else:
        verdict = L(
            f"Non si può ancora dire quale sia la migliore: B rispetto ad A {more}",
            f"It cannot be told yet which is the better one: B against A {more}",
        )
        when = _when(found.needed, size)
    gauge = drawing.gauge(change.low, change.value, change.high)
    return Challenge(str(verdict), between(policy, change), gauge, bool(found.winner), when)


def _when(needed: int | None, size: int) -> str:
    if needed is None:
        return ""
    have, want = formats.number(size), formats.number(_rounded(needed))
    return str(
        L(
            f"Se la differenza è questa, si vedrà con circa {want} trattati con ciascuna azione; ora sono {have}.",
            f"If this is the difference, it shows with about {want} treated by each action; now there are {have}.",
        )
    )


def _rounded(number: int) -> int:
    """Upwards, to two digits: it is a rough guess."""
    unit = 10 ** max(0, len(str(number)) - 2)
    return math.ceil(number / unit) * unit


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
    """How many of each group had shown the outcome so many days after the first decision on them, of those decided on
    at least so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.arm, floor(extract(epoch FROM d.outcome_at - d.decided_at) / 86400)::int AS day,
                least(floor(extract(epoch FROM now() - d.decided_at) / 86400)::int, %s) AS age, count(*)
            FROM decisions_decision d JOIN decisions_turn t ON t.id = d.turn_id
            WHERE d.policy_id = %s AND d.deleted_at IS NULL AND t.measured_at IS NOT NULL AND {lift.first([policy.pk])}
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
    """Percentages with their 95 % intervals (Wilson); None, which JSON has, where there is nobody to count."""
    shares = []
    for day in days:
        old = [(at, count) for at, age, count in found if age >= day]
        total = sum(count for _, count in old)
        reached = sum(count for at, count in old if at is not None and at < day)
        shares.append(wilson(reached, total) if total else None)

    def percent(bound: str) -> list[float | None]:
        return [None if one is None else round(100 * getattr(one, bound), 2) for one in shares]

    return {"name": name, "arc": arc, "values": percent("value"), "low": percent("low"), "high": percent("high")}
