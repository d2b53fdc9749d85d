"""Phase rules as a Module."""

from __future__ import annotations

from typing import Any

from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    Detail,
    Integer,
    Json,
    L,
    Listing,
    Module,
    Scope,
    Section,
    register,
)
from anello.customers.module import CUSTOMERS, PHASES
from anello.intelligence.lifecycle.models import PhaseRule


def _title(rule: Any) -> str:
    phase = next((str(option.label) for option in PHASES if option.value == rule.phase), rule.phase)
    return f"{rule.position} · {phase}"


PHASE_RULE = register(
    Module(
        "phase_rule",
        PhaseRule,
        names=L("Regola di fase", "Phase rule"),
        plural=L("Regole di fase", "Phase rules"),
        icon="refresh",
        area="analysis",
        arc="decisions",
        title=_title,
        fields=[
            Choice("customer", L("Di chi", "Of whom"), options=CUSTOMERS),
            Choice("phase", L("Fase", "Phase"), options=PHASES, required=True),
            Integer(
                "position",
                L("Posizione", "Position"),
                help=L("Vale la prima regola che va bene.", "The first rule that fits counts."),
            ),
            Json("definition", L("Condizioni", "Conditions"), shape=dict[str, Any]),
            Boolean("active", L("In uso", "In use")),
        ],
        views=[
            Listing(columns=["title", "customer", "phase", "position", "active"], sort="position"),
            Detail(sections=[Section(L("Regola", "Rule"), ["customer", "phase", "position", "active"])]),
        ],
        access=Access(view=Scope.ALL, create=Scope.NONE, edit=Scope.NONE, delete=Scope.NONE, manager=Scope.ALL),
    )
)
