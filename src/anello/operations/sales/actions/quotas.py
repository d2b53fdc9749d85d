"""Quotas: whose they are, and when they end."""

from __future__ import annotations

from anello.core.actions import Change, Context, rule
from anello.core.actions.checks import Errors
from anello.kit.periods import period
from anello.kit.text import L

WHOSE = L("Un obiettivo è di un venditore oppure di una squadra.", "A quota is a salesperson's or a team's.")
STARTS = L("Un periodo comincia dal suo primo giorno.", "A period starts on its first day.")


@rule("quota")
def periods_and_owners(ctx: Context, changes: list[Change]) -> None:
    """A person's quota is that person's record, a team's belongs to the team: who sees it follows from that."""
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            quota = change.record
            if (quota.salesperson_id is None) == (quota.sales_team_id is None):
                errors.add(index, "salesperson", WHOSE)
            whole = period(quota.unit, quota.start)
            if whole.start != quota.start:
                errors.add(index, "start", STARTS)
            quota.end = whole.end
            quota.owner_id = quota.salesperson_id
            if quota.salesperson_id is None:
                quota.team_id = quota.sales_team_id
