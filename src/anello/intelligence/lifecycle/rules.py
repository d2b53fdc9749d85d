"""The rules that come with the product, and what holds of all."""

from __future__ import annotations

from typing import Any

from anello.core.actions import Change, Context, Invalid, rule, run
from anello.core.jobs import enqueue
from anello.customers.module import KINDS
from anello.intelligence.lifecycle import jobs
from anello.intelligence.lifecycle.models import PhaseRule
from anello.intelligence.segments.definition import predicate
from anello.warehouse.errors import WarehouseError

BOUGHT: dict[str, Any] = {"behaviour": "purchase", "times": {"gte": 1}}
"""A purchase."""


def defaults(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """(phase, definition) in order."""
    twice = {"behaviour": "purchase", "times": {"gte": 2}}
    often = {"behaviour": "purchase", "times": {"gte": 4}}
    won = {"field": f"opportunity:{kind}", "op": "has", "value": {"field": "status", "op": "in", "value": ["won"]}}
    silent = {"behaviour": "purchase", "none_for_days": 365}
    late = [
        {"behaviour": "purchase", "times": {"gte": 3}},
        {"behaviour": "purchase", "none_for_days": 90},
        {"behaviour": "purchase", "cadence": {"gt": 3}},
    ]
    return [
        ("churn", {"any": [{"all": [BOUGHT, silent]}, {"all": late}]}),
        ("loyal", often),
        ("renewal", twice),
        ("first_time", {"any": [BOUGHT, won]}),
        ("prospect", {}),
    ]


def ensure() -> None:
    """Store the rules that come with the product where none was ever made."""
    for kind in KINDS:
        if PhaseRule.everything.filter(customer=kind).exists():
            continue
        for index, (phase, definition) in enumerate(defaults(kind), start=1):
            values = {
                "customer": kind, "phase": phase, "position": index * 10, "definition": definition, "active": True,
            }  # fmt: skip
            run("phase_rule.create", values, Context())


@rule("phase_rule")
def sound(ctx: Context, changes: list[Change]) -> None:
    """The definition can be asked."""
    errors: dict[str, list[Any]] = {}
    for index, change in enumerate(changes):
        if change.touches("definition", "customer"):
            prefix = f"{index}." if len(changes) > 1 else ""
            try:
                predicate(ctx.actor, change.record.customer, change.record.definition)
            except Invalid as error:
                errors[f"{prefix}definition"] = error.messages
            except WarehouseError as error:
                errors[f"{prefix}definition"] = [error.text]
    if errors:
        raise Invalid(errors)


@rule("phase_rule", "after")
def follow(ctx: Context, changes: list[Change]) -> None:
    """New rules count at once."""
    enqueue(jobs.refresh, unique="lifecycle")
