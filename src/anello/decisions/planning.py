"""Who is decided on, and who is not and why: worked out for all customers at once, in the database.

A plan is a temporary table `planned`, one row per candidate, that lives as long as the transaction. A preview counts
it and lets it go; a turn makes decisions of what is left unblocked. Nothing else decides anything.

Eligibility does not depend on the draw: who is held out has passed every check that the treated have passed; what the
policy itself decided counts against the cap on contacts in both groups, as if all of it had been done; and limits
(capacity, budget, focus) cut both groups at the same place of one order. So the groups differ by chance alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Sum, Value
from django.utils import timezone

from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.core.search.filters import compile_filter
from anello.customers import queries as customers
from anello.customers import treatments
from anello.decisions.models import CONTROL, TREATMENT, Decision, Policy, Turn
from anello.decisions.module import STANDING
from anello.kit.text import L, normalise

MEMORY = "128MB"
"""For sorting everybody in one go, instead of in many small ones on disk."""
CHUNK = 20_000
"""Customers about whom a treatment is asked at once."""

REASONS: dict[str, L] = {
    "again": L("Questa politica ha già deciso per loro", "This policy has decided on them already"),
    "consent": L("Manca il consenso", "Consent is missing"),
    "frequency": L("Contattati abbastanza negli ultimi giorni", "Contacted enough in the last days"),
    "refused": L("L'azione non si può fare", "The action cannot be done"),
    "focus": L("Non sono tra i primi", "Not among the first"),
    "capacity": L("Il responsabile ha già abbastanza da fare oggi", "The owner has enough to do today"),
    "budget": L("Il budget è finito", "The budget is used up"),
}
"""Why a candidate is left out, in the order in which it is asked."""


@dataclass(frozen=True)
class Blocked:
    """Candidates left out for one reason, in words."""

    reason: str
    label: L
    count: int

    @property
    def json(self) -> dict[str, Any]:
        return {"reason": self.reason, "it": self.label.it, "en": self.label.en, "count": self.count}


@dataclass(frozen=True)
class Outlook:
    """What a plan comes to."""

    candidates: int
    treated: dict[str, int]
    """{variant: how many}."""
    held: int
    blocked: list[Blocked]
    cost: Decimal
    phases: dict[str, int]
    """{phase: how many are decided on}."""

    @property
    def decided(self) -> int:
        return self.held + sum(self.treated.values())


@dataclass(frozen=True)
class Example:
    """One candidate: what is done, or why nothing is."""

    id: int
    title: str
    phase: str
    arm: str
    variant: str
    why: L | None
    """Why nothing is done; None when something is."""


def candidates(policy: Policy, actor: Actor, verb: str) -> QuerySet[Any]:
    """The customers whom the policy is about, among those on whom the actor may do `verb`."""
    module = get(policy.customer)
    found = module.model._default_manager.filter(visible(actor, module, verb))
    if policy.phases:
        found = found.filter(phase__in=policy.phases)
    if policy.segment_id:
        # Members that the segment has now; whom the actor may not see among them was left out above.
        members = get("segment_member").model._default_manager.filter(segment=policy.segment_id)
        link = f"{policy.customer}_id"
        found = found.filter(pk__in=members.filter(**{f"{link}__isnull": False}).values(link))
    return found.filter(compile_filter(actor, module, policy.condition))


def purposes(policy: Policy) -> list[str]:
    """Every consent without which nobody is treated: the policy's own and those of its actions."""
    needed = [policy.consent, *(treatments.get_treatment(v["treatment"]).purpose for v in policy.variants)]
    return sorted({purpose for purpose in needed if purpose})


@contextmanager
def planned(policy: Policy, actor: Actor, verb: str, now: dt.datetime) -> Iterator[Plan]:
    """The plan, within a transaction at whose end it is gone."""
    with transaction.atomic():
        plan = Plan(policy, actor, verb, now)
        try:
            yield plan
        finally:
            if not connection.needs_rollback:
                plan.drop()


class Plan:
    """The candidates of a policy at a moment, each with what is to become of it."""

    def __init__(self, policy: Policy, actor: Actor, verb: str, now: dt.datetime) -> None:
        self.policy, self.now = policy, now
        self.link = f"{policy.customer}_id"
        self._gather(candidates(policy, actor, verb))
        self._ask_treatments()
        self._limit()

    def _gather(self, found: QuerySet[Any]) -> None:
        policy = self.policy
        willing = Q()
        for purpose in purposes(policy):
            willing &= Q(pk__in=customers.agreeing(policy.customer, purpose))
        agrees: Any = ExpressionWrapper(willing, BooleanField()) if willing else Value(True)
        rows = found.order_by().annotate(agrees=agrees)
        inner, parameters = rows.values_list("pk", "owner_id", "team_id", "phase", "agrees").query.sql_with_params()
        shares = [float(variant["share"]) for variant in policy.variants]
        costs = [Decimal(str(variant["cost"])) for variant in policy.variants] or [Decimal(0)]
        _execute("SET LOCAL work_mem = %s", [MEMORY])
        score, standing = "NULL", ""
        if policy.rank:
            table = get(STANDING).model._meta.db_table
            score, standing = (
                f"s.{policy.rank}",
                f"LEFT JOIN {table} s ON s.{self.link} = c.id AND s.deleted_at IS NULL",
            )
        again = self.now - dt.timedelta(days=policy.repeat_days) if policy.repeat_days else None
        lately = self.now - dt.timedelta(days=policy.contact_days)
        _execute(
            f"""
            CREATE TEMP TABLE planned ON COMMIT DROP AS
            SELECT c.id, c.owner_id, c.team_id, c.phase, {score}::numeric(18, 4) AS score, c.draw, c.tie, c.variant,
                c.draw < %s AS held, CASE c.variant WHEN 'A' THEN %s ELSE %s END::numeric(12, 2) AS cost,
                coalesce(said.contacts, 0) AS contacts,
                CASE WHEN last.at IS NOT NULL AND (%s::timestamptz IS NULL OR last.at > %s) THEN 'again'
                     WHEN NOT c.agrees THEN 'consent'
                     WHEN coalesce(said.counted, 0) >= %s THEN 'frequency'
                     ELSE '' END AS blocked,
                '' AS why_it, '' AS why_en
            FROM (
                SELECT c.*, {_draw("arm")} AS draw, {_draw("order")} AS tie,
                    CASE WHEN {_draw("variant")} < %s THEN 'A' ELSE 'B' END AS variant
                FROM ({inner}) AS c(id, owner_id, team_id, phase, agrees)
            ) c
            {standing}
            LEFT JOIN (
                SELECT {self.link} AS id, max(decided_at) AS at FROM decisions_decision
                WHERE policy_id = %s AND {self.link} IS NOT NULL AND deleted_at IS NULL GROUP BY 1
            ) last ON last.id = c.id
            LEFT JOIN (
                SELECT id, count(*) FILTER (WHERE said) AS contacts,
                    count(*) FILTER (WHERE CASE WHEN own THEN near ELSE said END) AS counted
                FROM (
                    SELECT {self.link} AS id, policy_id IS NOT DISTINCT FROM %s AS own, decided_at > %s AS near,
                        arm = '{TREATMENT}' AND state IN ('proposed', 'approved', 'executed')
                            AND coalesce(executed_at, decided_at) > %s AS said
                    FROM decisions_decision WHERE contact AND deleted_at IS NULL AND {self.link} IS NOT NULL
                ) d WHERE own AND near OR said GROUP BY 1
            ) said ON said.id = c.id
            """,
            [
                *[float(policy.control_share) / 100, costs[0], costs[-1]],
                *[again, again, policy.contacts],
                *[policy.seed, policy.seed, policy.seed, shares[0] / 100 if len(shares) == 2 else 1.0],
                *parameters,
                *[policy.pk, policy.pk, lately, lately],
            ],
        )
        _execute("ANALYZE planned")

    def _ask_treatments(self) -> None:
        """Who cannot be treated by one of the actions is left out of all: variants compare the same customers."""
        for variant in self.policy.variants:
            chosen = treatments.get_treatment(variant["treatment"])
            if chosen.refusals is None:
                continue
            typed = treatments.understood(variant["treatment"], variant["parameters"])
            ids = [row[0] for row in _rows("SELECT id FROM planned WHERE blocked = '' ORDER BY id")]
            for start in range(0, len(ids), CHUNK):
                some = ids[start : start + CHUNK]
                self._block_each(chosen.refusals(self.policy.customer, some, typed))

    def _block_each(self, refused: Any) -> None:
        if not refused:
            return
        _execute(
            """UPDATE planned SET blocked = 'refused', why_it = r.it, why_en = r.en
               FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r(id, it, en) WHERE planned.id = r.id""",
            [list(refused), [why.it for why in refused.values()], [why.en for why in refused.values()]],
        )

    def _limit(self) -> None:
        """Cut off those for whom attention, people's time or money does not suffice, best ranked first."""
        policy = self.policy
        if not policy.rank and policy.focus is None and not policy.capacity and policy.budget is None:
            _execute("ALTER TABLE planned ADD COLUMN place bigint")
            return
        # Written anew with the places: much less work than changing every row.
        _execute("ALTER TABLE planned RENAME TO unplaced")
        _execute(
            """CREATE TEMP TABLE planned ON COMMIT DROP AS SELECT *, CASE WHEN blocked = '' THEN
                row_number() OVER (PARTITION BY blocked = '' ORDER BY score DESC NULLS LAST, tie, id) END AS place
               FROM unplaced"""
        )
        _execute("DROP TABLE unplaced; ANALYZE planned")
        if policy.focus is not None:
            _execute(
                """UPDATE planned SET blocked = 'focus' WHERE blocked = ''
                   AND place > (SELECT count(*) * %s / 100 FROM planned WHERE blocked = '')""",
                [policy.focus],
            )
        if policy.capacity and _spends_time(policy):
            self._limit_capacity(policy.capacity)
        if policy.budget is not None:
            self._limit_budget(policy.budget - spent(policy))

    def _limit_capacity(self, most: int) -> None:
        """So many new things per owner and day, by whichever policy; customers without an owner have one in common."""
        midnight = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)
        _execute(
            f"""
            UPDATE planned SET blocked = 'capacity' FROM (
                SELECT id, owner_id, count(*) FILTER (WHERE NOT held) OVER (
                    PARTITION BY owner_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                FROM planned WHERE blocked = ''
            ) q
            LEFT JOIN (
                SELECT coalesce(owner_id, 0) AS owner, count(*) AS given FROM decisions_decision
                WHERE arm = '{TREATMENT}' AND decided_at >= %s AND state NOT IN ('skipped', 'failed')
                    AND policy_id = ANY(%s) AND deleted_at IS NULL GROUP BY 1
            ) today ON today.owner = coalesce(q.owner_id, 0)
            WHERE planned.id = q.id AND q.before + coalesce(today.given, 0) >= %s
            """,
            [midnight, [one.pk for one in Policy.objects.all() if _spends_time(one)], most],
        )

    def _limit_budget(self, left: Decimal) -> None:
        _execute(
            """
            UPDATE planned SET blocked = 'budget' FROM (
                SELECT id, cost, sum(CASE WHEN held THEN 0 ELSE cost END) OVER (
                    ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                FROM planned WHERE blocked = ''
            ) q WHERE planned.id = q.id AND coalesce(q.before, 0) + q.cost > %s
            """,
            [left],
        )

    def outlook(self) -> Outlook:
        """The plan in numbers."""
        rows = _rows(
            """SELECT blocked, why_it, why_en, held, variant, phase, count(*), sum(cost)
               FROM planned GROUP BY 1, 2, 3, 4, 5, 6"""
        )
        treated: dict[str, int] = {}
        phases: dict[str, int] = {}
        blocked: dict[tuple[str, str, str], int] = {}
        total, out, cost = 0, 0, Decimal(0)
        for why, it, en, held, variant, phase, count, amount in rows:
            total += count
            if why:
                blocked[(why, it, en)] = blocked.get((why, it, en), 0) + count
                continue
            phases[phase] = phases.get(phase, 0) + count
            if held:
                out += count
            else:
                treated[variant] = treated.get(variant, 0) + count
                cost += amount
        found = [Blocked(why, L(it, en) if it else REASONS[why], n) for (why, it, en), n in blocked.items()]
        order = list(REASONS)
        found.sort(key=lambda one: (order.index(one.reason), -one.count))
        return Outlook(total, dict(sorted(treated.items())), out, found, cost, phases)

    def examples(self, most: int, *, blocked: bool) -> list[Example]:
        """Some of those decided on, first ones first; or some of those left out, each reason in turn."""
        which, group = ("blocked <> ''", "blocked, why_it") if blocked else ("blocked = ''", "1")
        rows = _rows(
            f"""SELECT id, phase, held, variant, blocked, why_it, why_en FROM (
                    SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY place, tie) AS nth
                    FROM planned WHERE {which}
                ) p ORDER BY nth, blocked LIMIT %s""",
            [most],
        )
        model = get(self.policy.customer).model
        titles = dict(model._default_manager.filter(pk__in=[row[0] for row in rows]).values_list("pk", "title"))
        return [
            Example(pk, titles.get(pk, ""), phase, CONTROL if held else TREATMENT, variant, _words(why, it, en))
            for pk, phase, held, variant, why, it, en in rows
        ]

    def store(self, turn: Turn, state: str) -> None:
        """Make decisions of all that is unblocked, best first, in one statement; the treated begin in `state`."""
        contact = [treatments.get_treatment(v["treatment"]).contact for v in self.policy.variants]
        title = f"{self.policy.name} · {turn.number}"[:300]
        _execute(
            f"""
            INSERT INTO decisions_decision (policy_id, turn_id, {self.link}, owner_id, team_id, arm, variant, state,
                phase, score, cost, contact, reasons, treated_module, decided_at, revenue, margin,
                title, title_key, search_text, version, created_at, updated_at)
            SELECT %s, %s, id, owner_id, team_id,
                CASE WHEN held THEN '{CONTROL}' ELSE '{TREATMENT}' END, variant,
                CASE WHEN held THEN 'held' ELSE %s END,
                phase, score, CASE WHEN held THEN 0 ELSE cost END, CASE variant WHEN 'A' THEN %s ELSE %s END,
                jsonb_build_object('draw', round(draw::numeric, 4), 'contacts', contacts, 'place', place),
                '', %s, 0, 0, %s, %s, %s, 1, %s, %s
            FROM planned WHERE blocked = '' ORDER BY {"place" if self.policy.rank else "id"}
            """,
            [
                *[self.policy.pk, turn.pk, state, contact[0], contact[-1], self.now],
                *[title, normalise(title)[:100], normalise(title), self.now, self.now],
            ],
        )

    def drop(self) -> None:
        _execute("DROP TABLE IF EXISTS planned")


def _draw(what: str) -> str:
    """A number in [0, 1) that is always the same for a policy's seed (a parameter) and a customer."""
    return f"(('x' || left(md5(%s || ':{what}:' || c.id), 8))::bit(32)::bigint / 4294967296.0::float8)"


def _words(why: str, it: str, en: str) -> L | None:
    return (L(it, en) if it else REASONS[why]) if why else None


def _spends_time(policy: Policy) -> bool:
    """Whether somebody has to do what the policy decides."""
    return any(treatments.get_treatment(variant["treatment"]).load is not None for variant in policy.variants)


def spent(policy: Policy) -> Decimal:
    """What the decisions of the policy have cost so far, those still to be carried out included."""
    counted = Decision.objects.filter(policy=policy.pk, arm=TREATMENT).exclude(state__in=("skipped", "failed"))
    return counted.aggregate(total=Sum("cost"))["total"] or Decimal(0)


def _execute(sql: str, parameters: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _rows(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
