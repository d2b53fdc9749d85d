"""Which phase everybody is in, worked out for all at once in the warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation

from anello import warehouse
from anello.core.actions import Context, run
from anello.core.policies import SYSTEM, Actor
from anello.intelligence.lifecycle.models import PhaseRule
from anello.intelligence.segments import words
from anello.intelligence.segments.definition import predicate, seen

PHASES = ("prospect", "first_time", "renewal", "loyal", "churn")
CHUNK = 2000
_COLUMNS = "c.id, c.phase, c.purchases, c.last_purchase_day AS last"


@dataclass(frozen=True)
class Draft:
    """A rule as it is stored, or as somebody is thinking of changing it."""

    phase: str
    definition: Any


def stored(kind: str) -> list[PhaseRule]:
    """The rules in use, in order."""
    return list(PhaseRule.objects.filter(customer=kind, active=True).order_by("position", "pk"))


def _placed(kind: str, rules: Sequence[Draft | PhaseRule], as_of: dt.date | None = None) -> str:
    """SQL of everybody with the number of the first rule that fits them, null without one."""
    cases = " ".join(
        f"WHEN {predicate(SYSTEM, kind, one.definition, today=as_of)} THEN {n}" for n, one in enumerate(rules)
    )
    place = f"CASE {cases} END" if cases else "NULL"
    customers = "mart.customer" if as_of is None else _then(kind, as_of)
    return f"SELECT {_COLUMNS}, {place} AS rule FROM {customers} c WHERE c.kind = '{kind}'"


def _then(kind: str, day: dt.date) -> str:
    """Customers with what they had bought by the end of that day."""
    return f"""(
        SELECT c.* REPLACE (coalesce(b.purchases, 0) AS purchases, b.revenue AS revenue,
            b.first AS first_purchase_day, b.last AS last_purchase_day)
        FROM mart.customer c LEFT JOIN (
            SELECT id, count(*) AS purchases, sum(amount) AS revenue, min(day) AS first, max(day) AS last
            FROM mart.purchase WHERE kind = '{kind}' AND amount > 0 AND day <= DATE '{day.isoformat()}' GROUP BY id
        ) b USING (id)
    )"""


def refresh(kind: str, as_of: dt.date | None = None) -> int:
    """Bring everybody into the phase that the rules say; how many changed. Each change is an event with its cause.

    With `as_of`, as purchases stood at the end of that day.
    """
    rules = stored(kind)
    if not rules:
        return 0
    causes = [_cause(kind, one) for one in rules]
    phases = "CASE rule " + " ".join(f"WHEN {n} THEN '{one.phase}'" for n, one in enumerate(rules)) + " END"
    found = warehouse.sql(
        f"SELECT id, rule, purchases, last FROM ({_placed(kind, rules, as_of)}) "
        f"WHERE rule IS NOT NULL AND phase <> {phases} ORDER BY id"
    )
    changed = 0
    for batch in found.to_batches(max_chunksize=CHUNK):
        changes = [
            {
                "id": row["id"],
                "phase": rules[row["rule"]].phase,
                "cause": causes[row["rule"]]
                | {"purchases": row["purchases"], "last": row["last"].isoformat() if row["last"] else None},
            }
            for row in batch.to_pylist()
        ]
        changed += run("customers.set_phases", {"module": kind, "changes": changes}, Context(via="job"))
    return changed


def _cause(kind: str, one: PhaseRule) -> dict[str, Any]:
    said: dict[str, Any] = {"rule": one.pk}
    for language in ("it", "en"):
        with translation.override(language):
            said[language] = words.sentence(SYSTEM, kind, one.definition) if one.definition else ""
    return said


@dataclass(frozen=True)
class Outlook:
    """What other rules would change: how many change phase, and {phase: (now, then)}."""

    changed: int
    phases: dict[str, tuple[int, int]]


def outlook(actor: Actor, kind: str, rules: Sequence[Draft | PhaseRule]) -> Outlook:
    """Of those the actor may see; nothing is written."""
    cases = " ".join(f"WHEN {n} THEN '{one.phase}'" for n, one in enumerate(rules))
    then = f"coalesce(CASE rule {cases} END, phase)" if cases else "phase"
    rows = warehouse.sql(
        f"SELECT phase AS now, {then} AS then, count(*) AS n FROM ({_placed(kind, rules)} AND {seen(actor, kind)}) "
        "GROUP BY 1, 2"
    ).to_pylist()
    counts = {phase: (_sum(rows, now=phase), _sum(rows, then=phase)) for phase in PHASES}
    return Outlook(sum(row["n"] for row in rows if row["now"] != row["then"]), counts)


def _sum(rows: list[dict[str, Any]], **which: str) -> int:
    return sum(row["n"] for row in rows if all(row[name] == value for name, value in which.items()))


def counts(actor: Actor, kind: str) -> dict[str, int]:
    """{phase: how many of those the actor may see}."""
    rows = warehouse.sql(
        f"SELECT c.phase, count(*) AS n FROM mart.customer c WHERE c.kind = '{kind}' AND {seen(actor, kind)} GROUP BY 1"
    ).to_pylist()
    found = {row["phase"]: row["n"] for row in rows}
    return {phase: found.get(phase, 0) for phase in PHASES}


def transitions(actor: Actor, kind: str, since: dt.date) -> dict[tuple[str, str], int]:
    """{(phase then, phase now): how many} of those who were customers at the beginning of that day."""
    moment = timezone.make_aware(dt.datetime.combine(since, dt.time()))
    rows = warehouse.sql(
        f"""
        SELECT h.phase AS before, c.phase AS after, count(*) AS n
        FROM history.customers_{kind} h JOIN mart.customer c ON c.kind = '{kind}' AND c.id = h.id
        WHERE h._valid_from <= $moment AND (h._valid_to IS NULL OR h._valid_to > $moment) AND {seen(actor, kind)}
        GROUP BY 1, 2
        """,
        {"moment": moment},
    ).to_pylist()
    return {(row["before"], row["after"]): row["n"] for row in rows}
