"""What policies changed, in the terms of the calculator of a CRM's worth, which takes it in place of guesses.

- *churn*: of customers whom the life cycle counted as lost, how many fewer stayed away when treated than when held out
  (one minus the ratio of the shares without the outcome, Katz).
- *cross_sell*: the revenue that all turns of the last year brought beyond what their control groups say would have
  come anyway, relative to the rest of that year's revenue: what it means for all customers, not for the treated alone.

Both sides of each ratio are of the customers whom the reader sees.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from django.utils import timezone

from anello import warehouse
from anello.core.policies import Actor, can, visible
from anello.decisions import lift
from anello.decisions.models import Policy
from anello.intelligence.numerics.lift import Interval, ratio_of_proportions
from anello.intelligence.segments.definition import seen
from anello.intelligence.worth.measured import Measured, measurements
from anello.kit.numbers import format_number
from anello.kit.text import L
from anello.warehouse.errors import Empty

LOST = "churn"
"""The phase of customers who are counted as lost."""
LEAST = 20
"""Customers in either group without whom nothing is said."""
YEAR = 365


@measurements
def levers(actor: Actor) -> list[Measured]:
    """From the policies that this reader sees, on customers this reader sees."""
    if not can(actor, "policy"):
        return []
    policies = list(Policy.objects.filter(visible(actor, "policy"), outcome="purchase"))
    return [*_kept(actor, policies), *_grown(actor, policies)]


def _kept(actor: Actor, policies: list[Policy]) -> Iterator[Measured]:
    for policy in policies:
        found = lift.groups([policy.pk], "phase", "revenue", actor=actor).get(LOST)
        if found is None or min(found.treated.count, found.control.count) < LEAST:
            continue
        away = [(group.count - group.outcomes, group.count) for group in (found.treated, found.control)]
        ratio = ratio_of_proportions(away[0], away[1])
        treated, held = found.treated.count, found.control.count
        words = L(
            f"«{policy.name}»: clienti persi, {treated} trattati e {held} tenuti da parte",
            f"“{policy.name}”: lost customers, {treated} treated and {held} held out",
        )
        yield from _measured(LOST, Interval(1 - ratio.value, 1 - ratio.high, 1 - ratio.low), words)


def _grown(actor: Actor, policies: list[Policy]) -> Iterator[Measured]:
    since = timezone.now() - dt.timedelta(days=YEAR)
    found = lift.groups([policy.pk for policy in policies], "policy", "revenue", actor=actor, since=since)
    known = [one for one in found.values() if min(one.treated.count, one.control.count) >= LEAST]
    extra = lift.summed([one.gained for one in known])
    revenue = _revenue(actor, since.date()) if extra else 0.0
    if extra is None or revenue <= max(extra.value, 0.0):
        return
    rest = revenue - extra.value
    count = sum(one.treated.count for one in known)
    words = L(
        f"Politiche dell'ultimo anno: {len(known)}, clienti trattati: {format_number(count, 'it')}",
        f"Policies of the last year: {len(known)}, customers treated: {format_number(count, 'en')}",
    )
    yield from _measured("cross_sell", Interval(extra.value / rest, extra.low / rest, extra.high / rest), words)


def _revenue(actor: Actor, since: dt.date) -> float:
    """What the customers whom the reader sees bought since that day, in the base currency."""
    kinds = [kind for kind in ("person", "organisation") if can(actor, kind)]
    try:
        rows = [
            warehouse.sql(
                "SELECT sum(p.amount)::DOUBLE AS total FROM mart.purchase p JOIN mart.customer c USING (kind, id) "
                f"WHERE c.kind = $kind AND p.day >= $since AND p.amount > 0 AND {seen(actor, kind)}",
                {"kind": kind, "since": since},
            )
            for kind in kinds
        ]
    except Empty:
        return 0.0
    return sum(row.column("total")[0].as_py() or 0.0 for row in rows)


def _measured(lever: str, value: Interval, source: L) -> Iterator[Measured]:
    """Nothing where the interval has no end; a rate falls by no more than all of it."""
    if math.isfinite(value.low + value.value + value.high):
        low, likely, high = (round(min(5.0, max(-1.0, one)), 4) for one in (value.low, value.value, value.high))
        yield Measured(lever, low, likely, high, source)  # type: ignore[arg-type]
