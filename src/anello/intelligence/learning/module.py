"""The score of a lead as a Module below the lead: filtered as `lead_score:lead`."""

from __future__ import annotations

from typing import Any

from anello.core.modules import DateTime, Detail, Json, L, Link, Listing, Module, Percent, Section, register
from anello.intelligence.learning.models import LeadScore

LEAD_SCORE = register(
    Module(
        "lead_score",
        LeadScore,
        names=L("Probabilità di conversione", "Lead score"),
        plural=L("Probabilità di conversione dei potenziali", "Lead scores"),
        slug="lead-scores",
        icon="stars",
        area="analysis",
        title=lambda score: str(score.lead),
        fields=[
            Link("lead", L("Potenziale", "Lead"), to="lead", readonly=True),
            Percent("probability", L("Probabilità", "Probability"), readonly=True),
            Json("reasons", L("Motivi", "Reasons"), shape=list[Any], readonly=True),
            DateTime("scored_at", L("Calcolato il", "Scored"), readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True, listed=False),
            Link("model", L("Modello", "Model"), to="model_run", readonly=True),
        ],
        views=[
            Listing(columns=["title", "lead", "probability", "scored_at"], sort="-probability"),
            Detail(
                sections=[Section(L("Punteggio", "Score"), ["lead", "probability", "scored_at", "model"])],
                figures=["probability"],
            ),
        ],
        parents=("lead",),
        listed=False,
    )
)
