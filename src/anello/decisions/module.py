"""Policies and decisions as Modules."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    DateTime,
    Decimal,
    Detail,
    Integer,
    Json,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    MultiChoice,
    Option,
    Percent,
    Ref,
    Scope,
    Section,
    Text,
    register,
)
from anello.customers.module import PHASES, PURPOSES
from anello.decisions.models import Decision, Policy

STATUSES = [
    Option("draft", L("Bozza", "Draft"), "gray"),
    Option("simulated", L("Simulata", "Simulated"), "blue"),
    Option("waiting", L("Da approvare", "To approve"), "amber"),
    Option("live", L("Attiva", "Live"), "green"),
    Option("paused", L("In pausa", "Paused"), "amber"),
    Option("ended", L("Conclusa", "Ended"), "gray"),
]
CUSTOMERS = [Option("person", L("Persone", "People")), Option("organisation", L("Organizzazioni", "Organisations"))]
OUTCOMES = [
    Option("purchase", L("Acquisto", "Purchase"), "green"),
    Option("reply", L("Il cliente si fa vivo", "The customer gets in touch"), "blue"),
    Option("event", L("Un fatto", "An event"), "violet"),
]
MEASURES = [
    Option("conversion", L("Quanti lo fanno", "How many do it")),
    Option("revenue", L("Ricavi", "Revenue")),
    Option("margin", L("Margine", "Margin")),
]
SCHEDULES = [
    Option("once", L("Una volta, quando lo dici tu", "Once, when you say so")),
    Option("daily", L("Ogni giorno", "Every day")),
]
ARMS = [
    Option("treatment", L("Trattato", "Treated"), "violet"),
    Option("control", L("Gruppo di controllo", "Held out"), "gray"),
]
STATES = [
    Option("proposed", L("Da approvare", "To approve"), "amber"),
    Option("approved", L("In coda", "Queued"), "blue"),
    Option("executed", L("Eseguita", "Done"), "green"),
    Option("skipped", L("Saltata", "Skipped"), "gray"),
    Option("failed", L("Non riuscita", "Failed"), "red"),
    Option("held", L("Tenuta da parte", "Held out"), "gray"),
]
VARIANTS = [
    Option("A", L("A · in carica", "A · champion"), "violet"),
    Option("B", L("B · sfidante", "B · challenger"), "teal"),
]
STANDING = "standing"
"""The module that holds what is expected of each customer."""
RANKS = [
    Option("clv", L("Valore atteso, il più alto", "Expected value, the highest")),
    Option("churn", L("Rischio di abbandono, il più alto", "Risk of leaving, the highest")),
    Option("expected_purchases", L("Acquisti attesi, i più numerosi", "Expected purchases, the most")),
]


class Variant(BaseModel):
    """What is done: a registered treatment with its parameters, what one costs, and its share of those treated."""

    model_config = ConfigDict(extra="forbid")
    treatment: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    parameters: dict[str, Any] = Constraint(default_factory=dict)
    cost: Annotated[float, Constraint(ge=0, le=1_000_000)] = 0
    share: Annotated[float, Constraint(gt=0, le=100)] = 100


POLICY = register(
    Module(
        "policy",
        Policy,
        names=L("Politica", "Policy"),
        plural=L("Politiche", "Policies"),
        icon="route",
        area="decisions",
        fields=[
            Text("name", L("Nome", "Name")),
            LongText("description", L("Perché", "Why")),
            Choice("status", L("Stato", "Status"), options=STATUSES, readonly=True),
            Choice("customer", L("Clienti", "Customers"), options=CUSTOMERS),
            MultiChoice("phases", L("Fasi", "Phases"), options=PHASES),
            Link("segment", L("Segmento", "Segment"), to="segment"),
            Json("condition", L("Condizione", "Condition")),
            Json("variants", L("Azioni", "Actions"), shape=Annotated[list[Variant], Constraint(max_length=2)]),
            Choice(
                "consent",
                L("Consenso che serve", "Consent needed"),
                options=PURPOSES,
                help=L("Oltre a quello che l'azione chiede già.", "Besides the one the action asks for by itself."),
            ),
            Percent(
                "control_share",
                L("Gruppo di controllo", "Control group"),
                minimum=1,
                maximum=90,
                help=L(
                    "Clienti adatti ai quali non si fa nulla: senza di loro non si sa che cosa è cambiato.",
                    "Suitable customers to whom nothing is done: without them nobody knows what changed.",
                ),
            ),
            Integer(
                "contacts",
                L("Contatti al massimo", "Contacts at most"),
                minimum=1,
                help=L("Da tutte le politiche insieme.", "By all policies together."),
            ),
            Integer("contact_days", L("In quanti giorni", "Within how many days"), minimum=1, maximum=730),
            Integer(
                "repeat_days",
                L("Di nuovo dopo (giorni)", "Again after (days)"),
                minimum=1,
                maximum=3650,
                help=L("Vuoto: mai due volte lo stesso cliente.", "Empty: never the same customer twice."),
            ),
            Integer(
                "capacity",
                L("Al giorno per responsabile", "Per owner and day"),
                minimum=1,
                help=L("Quante cose nuove può ricevere una persona.", "How much that is new one person can take."),
            ),
            Money("budget", L("Spesa massima", "Budget"), minimum=0),
            Choice(
                "rank",
                L("Chi viene prima", "Who comes first"),
                options=RANKS,
                help=L(
                    "Conta quando capacità o budget non bastano per tutti.",
                    "Counts when capacity or budget do not suffice for all.",
                ),
            ),
            Percent(
                "focus",
                L("Solo i primi", "Only the first"),
                readonly=True,
                help=L("Quota dei meglio classificati.", "Share of those ranked best."),
            ),
            Integer(
                "priority",
                L("Precedenza", "Priority"),
                minimum=0,
                maximum=100,
                help=L("0 passa prima di tutte.", "0 goes before all others."),
            ),
            Boolean("ask", L("Approvo ogni decisione", "I approve every decision")),
            Choice("outcome", L("Risultato atteso", "Outcome sought"), options=OUTCOMES),
            Text("outcome_event", L("Quale fatto", "Which event")),
            Integer("window_days", L("Entro quanti giorni", "Within how many days"), minimum=1, maximum=730),
            Choice("measure", L("Che cosa si misura", "What is measured"), options=MEASURES),
            Choice("schedule", L("Quando decide", "When it decides"), options=SCHEDULES),
            Json("simulation", L("Simulazione", "Simulation"), readonly=True),
            Text("note", L("Nota di chi approva", "Approver's note"), readonly=True),
            Link("approved_by", L("Approvata da", "Approved by"), to="user", readonly=True),
            DateTime("started_at", L("Attiva dal", "Live since"), readonly=True),
            DateTime("ended_at", L("Conclusa il", "Ended"), readonly=True),
        ],
        search=["description"],
        views=[
            Listing(
                columns=["title", "status", "customer", "phases", "outcome", "control_share", "owner", "started_at"],
                sort="-updated_at",
            ),
            Detail(
                sections=[
                    Section(L("Chi", "Who"), ["customer", "phases", "segment", "consent", "rank", "focus"]),
                    Section(
                        L("Limiti", "Limits"),
                        ["control_share", "contacts", "contact_days", "repeat_days", "capacity", "budget", "priority"],
                    ),
                    Section(L("Risultato", "Outcome"), ["outcome", "outcome_event", "window_days", "measure"]),
                    Section(
                        L("Andamento", "Course"),
                        ["schedule", "ask", "approved_by", "note", "started_at", "ended_at", "owner"],
                    ),
                    Section(L("Perché", "Why"), ["name", "description"]),
                ],
                figures=["status"],
                related=(),
            ),
        ],
        access=Access(view=Scope.ALL, create=Scope.OWN, edit=Scope.OWN, delete=Scope.OWN, manager=Scope.ALL),
        quick=["name", "customer", "phases", "outcome", "window_days"],
    )
)

DECISION = register(
    Module(
        "decision",
        Decision,
        names=L("Decisione", "Decision"),
        plural=L("Decisioni", "Decisions"),
        icon="arrows-split",
        area="decisions",
        arc="decisions",
        title=lambda d: d.title,
        fields=[
            Link("policy", L("Politica", "Policy"), to="policy", readonly=True),
            Link("person", L("Persona", "Person"), to="person", readonly=True),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation", readonly=True),
            Choice("arm", L("Gruppo", "Group"), options=ARMS, readonly=True),
            Choice("variant", L("Variante", "Variant"), options=VARIANTS, readonly=True),
            Choice("state", L("Stato", "State"), options=STATES, readonly=True),
            Choice("phase", L("Fase", "Phase"), options=PHASES, readonly=True),
            Decimal("score", L("Punteggio", "Score"), readonly=True, listed=False),
            Money("cost", L("Costo", "Cost"), readonly=True),
            Json("reasons", L("Motivi", "Reasons"), readonly=True),
            Ref("treated", L("Che cosa ne è nato", "What came of it"), readonly=True),
            DateTime("decided_at", L("Decisa il", "Decided"), readonly=True),
            DateTime("executed_at", L("Eseguita il", "Carried out"), readonly=True),
            DateTime("outcome_at", L("Risultato il", "Outcome"), readonly=True),
            Money("revenue", L("Ricavi nel periodo", "Revenue in the window"), readonly=True),
            Money("margin", L("Margine nel periodo", "Margin in the window"), readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True),
        ],
        views=[
            Listing(
                columns=["title", "person", "organisation", "arm", "variant", "state", "decided_at", "outcome_at"],
                sort="-id",
            ),
            Detail(
                sections=[
                    Section(L("Decisione", "Decision"), ["policy", "person", "organisation", "phase", "cost"]),
                    Section(L("Esito", "Result"), ["treated", "executed_at", "outcome_at", "revenue", "margin"]),
                ],
                figures=["state", "arm", "variant"],
                related=(),
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.NONE, edit=Scope.OWN, delete=Scope.NONE),
        parents=("person", "organisation"),
        listed=False,
    )
)
