"""Standing and model card as Modules: read by people, written by the jobs alone."""

from __future__ import annotations

from typing import Any

from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    Date,
    DateTime,
    Decimal,
    Detail,
    Integer,
    Json,
    L,
    Link,
    Listing,
    Module,
    Money,
    Option,
    Percent,
    Scope,
    Section,
    Text,
    register,
)
from anello.customers.module import CUSTOMERS
from anello.intelligence.value.models import ModelRun, Standing

KINDS = [
    Option("value", L("Valore", "Value"), "green"),
    Option("churn", L("Abbandono", "Churn"), "amber"),
    Option("next", L("Prossimo prodotto", "Next product"), "teal"),
    Option("lead", L("Punteggio dei lead", "Lead score"), "violet"),
    Option("identity", L("Stessa persona", "Same person"), "blue"),
]
OF = [
    *CUSTOMERS,
    Option("lead", L("Potenziali clienti", "Leads"), "violet"),
]


def _run_title(run: Any) -> str:
    kind, of = (
        next(o.label for o in options if o.value == value) for options, value in ((KINDS, run.kind), (OF, run.of))
    )
    return f"{kind} · {of} · {run.until:%d/%m/%Y}"


MODEL_RUN = register(
    Module(
        "model_run",
        ModelRun,
        names=L("Modello", "Model"),
        plural=L("Modelli", "Models"),
        icon="stack-2",
        area="analysis",
        arc="decisions",
        title=_run_title,
        fields=[
            Choice("kind", L("Che cosa stima", "What it estimates"), options=KINDS, readonly=True),
            Choice("of", L("Di chi", "Of whom"), options=OF, readonly=True),
            Boolean("accepted", L("In uso", "Used"), readonly=True),
            Date("until", L("Impara fino al", "Learns until"), readonly=True),
            DateTime("fitted_at", L("Stimato il", "Fitted"), readonly=True),
            Json("cause", L("Perché no", "Why not"), readonly=True),
            Json("parameters", L("Parametri", "Parameters"), readonly=True),
            Json("measures", L("Misure", "Measures"), readonly=True),
            Json("baseline", L("Confronto ingenuo", "Naive baseline"), readonly=True),
            Json("plots", L("Grafici", "Plots"), shape=list[Any], readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True, listed=False),
        ],
        views=[
            Listing(columns=["title", "kind", "of", "accepted", "until", "fitted_at"], sort="-fitted_at"),
            Detail(
                sections=[Section(L("Modello", "Model"), ["kind", "of", "accepted", "until", "fitted_at"])],
                apart=[
                    "standing.value_model",
                    "standing.churn_model",
                    "standing.next_model",
                    "lead_score.model",
                    "identity_pair.model",
                ],
            ),
        ],
        access=Access(
            view=Scope.ALL, create=Scope.NONE, edit=Scope.NONE, delete=Scope.NONE, export=Scope.ALL, manager=Scope.ALL
        ),
    )
)

STANDING = register(
    Module(
        "standing",
        Standing,
        names=L("Valore del cliente", "Customer value"),
        plural=L("Valore dei clienti", "Customer values"),
        slug="standings",
        icon="coin-euro",
        area="analysis",
        arc="decisions",
        title=lambda standing: str(standing.person or standing.organisation),
        fields=[
            Link("person", L("Persona", "Person"), to="person", readonly=True),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation", readonly=True),
            Integer("purchases", L("Acquisti", "Purchases"), readonly=True),
            Money("revenue", L("Ricavi", "Revenue"), readonly=True),
            Money("margin", L("Margine", "Margin"), readonly=True),
            Date("first_purchase", L("Primo acquisto il", "First purchase"), readonly=True),
            Date("last_purchase", L("Ultimo acquisto il", "Last purchase"), readonly=True),
            Text(
                "rfm",
                L("RFM", "RFM score"),
                readonly=True,
                help=L(
                    "Recenza, frequenza e valore da 1 a 5: 555 è il migliore.",
                    "Recency, frequency and value from 1 to 5: 555 is the best.",
                ),
            ),
            Percent("p_alive", L("Ancora cliente", "Still a customer"), readonly=True),
            Decimal(
                "expected_purchases", L("Acquisti attesi in un anno", "Purchases expected in a year"), readonly=True
            ),
            Money("clv", L("Valore atteso", "Expected value"), readonly=True),
            Money("clv_low", L("Valore, da", "Value, from"), readonly=True),
            Money("clv_high", L("Valore, a", "Value, to"), readonly=True),
            Percent("churn", L("Rischio di abbandono", "Risk of churn"), readonly=True),
            Json("churn_reasons", L("Motivi del rischio", "Reasons of the risk"), shape=list[Any], readonly=True),
            Json("next_products", L("Prossimi prodotti", "Next products"), shape=list[Any], readonly=True),
            DateTime("scored_at", L("Calcolato il", "Scored"), readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True, listed=False),
            Link("value_model", L("Modello del valore", "Model of value"), to="model_run", readonly=True),
            Link("churn_model", L("Modello dell'abbandono", "Model of churn"), to="model_run", readonly=True),
            Link("next_model", L("Modello dei prodotti", "Model of products"), to="model_run", readonly=True),
        ],
        views=[
            Listing(
                columns=["title", "clv", "clv_low", "clv_high", "p_alive", "churn", "rfm", "revenue", "last_purchase"],
                sort="-clv",
            ),
            Detail(
                sections=[
                    Section(
                        L("Finora", "So far"),
                        [
                            "person",
                            "organisation",
                            "purchases",
                            "revenue",
                            "margin",
                            "first_purchase",
                            "last_purchase",
                            "rfm",
                        ],
                    ),
                    Section(
                        L("Attese", "Expected"),
                        ["p_alive", "expected_purchases", "clv", "clv_low", "clv_high", "churn"],
                    ),
                    Section(L("Calcolo", "Scoring"), ["scored_at", "value_model", "churn_model", "next_model"]),
                ],
                figures=["clv", "p_alive", "churn"],
            ),
        ],
        parents=("person", "organisation"),
    )
)
