"""Business cases as a Module."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic import Field as Constraint

from anello.core.modules import (
    Access,
    Decimal,
    Detail,
    Json,
    L,
    Listing,
    LongText,
    Module,
    Money,
    Percent,
    Scope,
    Section,
    Text,
    register,
)
from anello.intelligence.worth.inputs import Inputs
from anello.intelligence.worth.models import BusinessCase
from anello.intelligence.worth.readiness import QUESTIONS


def _known(answers: dict[str, int]) -> dict[str, int]:
    for name in answers:
        if name not in QUESTIONS:
            raise ValueError(L(f"Domanda sconosciuta: {name}.", f"Unknown question: {name}."))
    return answers


Answers = Annotated[dict[str, Annotated[int, Constraint(ge=1, le=5)]], AfterValidator(_known)]

BUSINESS_CASE = register(
    Module(
        "business_case",
        BusinessCase,
        names=L("Caso economico", "Business case"),
        plural=L("Casi economici", "Business cases"),
        icon="calculator",
        area="analysis",
        arc="outcome",
        fields=[
            Text("name", L("Nome", "Name")),
            LongText("notes", L("Note", "Notes")),
            Json("inputs", L("Ipotesi", "Assumptions"), shape=Inputs),
            Json("answers", L("Risposte sulla preparazione", "Readiness answers"), shape=Answers),
            Money("npv", L("Valore attuale netto", "Net present value"), readonly=True),
            Percent("irr", L("Tasso interno di rendimento", "Internal rate of return"), readonly=True),
            Decimal("payback", L("Rientro (anni)", "Payback (years)"), readonly=True),
            Percent("risk", L("Rischio di perdita", "Risk of a loss"), readonly=True),
            Percent("adoption", L("Adozione attesa", "Expected adoption"), readonly=True),
        ],
        views=[
            Listing(columns=["title", "npv", "irr", "payback", "risk", "owner", "updated_at"]),
            Detail(
                sections=[
                    Section(L("Risultati", "Results"), ["npv", "irr", "payback", "risk", "adoption"]),
                    Section(L("Note", "Notes"), ["name", "notes", "owner"]),
                ],
                figures=["npv", "payback", "risk"],
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.OWN, delete=Scope.OWN),
        quick=["name", "notes"],
    )
)
