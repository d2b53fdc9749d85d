"""What customers did in the window after a decision, whichever group they were in.

Worked out anew each time, so that late, corrected and deleted facts count as they are now; only what differs is
written. Outcomes are a projection of facts told elsewhere: they are no events of their own.

What the policy did is no outcome of it: neither the events of its treatments, nor those of the records they made, but
for what customers answer to these. Nobody who is held out could show any of that.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from anello import warehouse
from anello.core.actions import Context
from anello.core.modules import get
from anello.customers import treatments
from anello.decisions.deciding import tell
from anello.decisions.models import Policy
from anello.warehouse.errors import Empty
from anello.warehouse.hooks import FEW


def attribute(ctx: Context, policy: Policy, since: dt.datetime | None = None) -> int:
    """Look at the decisions of the policy, those `since` then or not looked at yet; returns how many changed.

    An event tells of that, or that a turn was looked at for the first time; none that somebody looked again in vain:
    the warehouse loads what events tell of, and after a load policies are looked at.
    """
    turns = policy.turns.filter(Q(at__gte=since) | Q(measured_at=None)) if since else policy.turns.all()
    moments = dict(turns.values_list("pk", "at"))
    if not moments:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        first = min(moments.values())
        looked = _purchases(cursor, policy, first)
        _happened(cursor, policy, first)
        cursor.execute("ANALYZE bought, happened")
        cursor.execute(
            _UPDATE.format(link=f"{policy.customer}_id"),
            {"policy": policy.pk, "turns": list(moments), "days": policy.window_days, "now": timezone.now()},
        )
        changed = cursor.rowcount
        few = [row[0] for row in cursor.fetchmany(FEW + 1)]
        cursor.execute("DROP TABLE bought, happened")
        looked_at = policy.turns.filter(pk__in=moments)
        news = looked and looked_at.filter(measured_at=None).exists()
        if looked:
            looked_at.update(measured_at=ctx.now)
        tell(ctx, few)
        if changed or news:
            ctx.emit("policy.measure", policy, data={"changed": changed})
    return changed


def _purchases(cursor: Any, policy: Policy, since: dt.datetime) -> bool:
    """`bought`: the purchases of all customers of that kind since the first turn; whether the warehouse knows any."""
    cursor.execute(
        "CREATE TEMP TABLE bought (customer bigint, at timestamptz, amount numeric, margin numeric) ON COMMIT DROP"
    )
    try:
        found = warehouse.sql(
            'SELECT id, "at", amount, margin FROM mart.purchase WHERE kind = ? AND "at" >= ? AND amount > 0',
            [policy.customer, since.astimezone(dt.UTC).replace(tzinfo=None)],
        )
    except Empty:
        return False
    with cursor.copy("COPY bought FROM STDIN") as copy:
        for batch in found.to_batches():
            for pk, at, amount, margin in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                copy.write_row((pk, at.replace(tzinfo=dt.UTC), amount, margin))
    return True


def _happened(cursor: Any, policy: Policy, since: dt.datetime) -> None:
    """`happened`: who did what the policy hopes for, and when."""
    link = f"{policy.customer}_id"
    if policy.outcome == "purchase":
        source = "SELECT customer, at FROM bought"
        parameters: list[Any] = []
    elif policy.outcome == "reply":
        table = get("interaction").model._meta.db_table
        source = (
            f"SELECT {link} AS customer, at FROM {table} WHERE direction = 'in' AND channel <> 'system' "
            f"AND {link} IS NOT NULL AND deleted_at IS NULL AND at >= %s"
        )
        parameters = [since]
    else:
        module = get(policy.outcome_event.partition(".")[0])
        column = getattr(module.timeline, policy.customer)
        source = (
            f"SELECT r.{column}_id AS customer, e.at FROM event e "
            f"JOIN {module.model._meta.db_table} r ON r.id = e.record_id "
            f"WHERE e.kind = %s AND e.at >= %s AND r.{column}_id IS NOT NULL AND NOT EXISTS ("
            "SELECT 1 FROM decisions_decision o WHERE o.policy_id = %s AND e.data -> 'decision_id' = to_jsonb(o.id))"
        )
        parameters = [policy.outcome_event, since, policy.pk]
        if not _answers(policy):
            source += (
                " AND NOT EXISTS (SELECT 1 FROM decisions_decision o WHERE o.policy_id = %s AND o.treated_module = %s "
                "AND o.treated_id = e.record_id)"
            )
            parameters += [policy.pk, module.name]
    cursor.execute(f"CREATE TEMP TABLE happened ON COMMIT DROP AS {source}", parameters)


def _answers(policy: Policy) -> bool:
    """Whether the event is something that customers do with what a treatment of the policy made."""
    made = (treatments.get_treatment(variant["treatment"]) for variant in policy.variants)
    return any(policy.outcome_event in one.answers for one in made)


_UPDATE = """
WITH d AS (
    SELECT id, {link} AS customer, decided_at AS since, decided_at + make_interval(days => %(days)s) AS until
    FROM decisions_decision WHERE policy_id = %(policy)s AND turn_id = ANY(%(turns)s)
), found AS (
    SELECT d.id, h.at AS outcome_at, coalesce(b.revenue, 0) AS revenue, coalesce(b.margin, 0) AS margin
    FROM d
    LEFT JOIN (
        SELECT d.id, min(x.at) AS at FROM d JOIN happened x ON x.customer = d.customer AND x.at >= d.since
            AND x.at < d.until GROUP BY 1
    ) h ON h.id = d.id
    LEFT JOIN (
        SELECT d.id, sum(x.amount) AS revenue, sum(x.margin) AS margin FROM d JOIN bought x
            ON x.customer = d.customer AND x.at >= d.since AND x.at < d.until GROUP BY 1
    ) b ON b.id = d.id
)
UPDATE decisions_decision t SET outcome_at = found.outcome_at, revenue = found.revenue, margin = found.margin,
    updated_at = %(now)s
FROM found WHERE t.id = found.id
    AND (t.outcome_at, t.revenue, t.margin) IS DISTINCT FROM (found.outcome_at, found.revenue, found.margin)
RETURNING t.id
"""
