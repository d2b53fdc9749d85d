"""A pair of people who may be one, as a Module below the first of them."""

from __future__ import annotations

from typing import Any

from anello.core.modules import (
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
    Module,
    Option,
    Percent,
    Section,
    register,
)
from anello.intelligence.identity.models import APART, AUTOMATIC, MERGED, PROPOSED, UNDONE, IdentityPair

STATES = [
    Option(PROPOSED, L("Da decidere", "Proposed"), "blue"),
    Option(AUTOMATIC, L("Uniti in automatico", "Merged automatically"), "violet"),
    Option(MERGED, L("Uniti", "Merged"), "green"),
    Option(APART, L("Tenuti separati", "Kept apart"), "slate"),
    Option(UNDONE, L("Unione annullata", "Merge undone"), "amber"),
]

IDENTITY_PAIR = register(
    Module(
        "identity_pair",
        IdentityPair,
        names=L("Possibile doppione", "Possible double"),
        plural=L("Possibili doppioni", "Possible doubles"),
        slug="identity-pairs",
        icon="arrow-merge",
        area="customers",
        title=lambda pair: f"{pair.person} = {pair.other}",
        fields=[
            Link("person", L("Persona", "Person"), to="person", readonly=True),
            Link("other", L("Altra persona", "Other person"), to="person", readonly=True),
            Percent("probability", L("Probabilità", "Probability"), readonly=True),
            Decimal("weight", L("Peso (bit)", "Weight (bits)"), readonly=True),
            Json("reasons", L("Motivi", "Reasons"), shape=list[Any], readonly=True),
            Choice("state", L("Stato", "State"), options=STATES, readonly=True),
            Boolean(
                "reviewed",
                L("Decisa in revisione", "Decided in review"),
                readonly=True,
                help=L(
                    "Chi l'ha decisa la guardava: conta per la precisione del modello.",
                    "Whoever decided it was looking at it: it counts for the precision of the model.",
                ),
            ),
            DateTime("found_at", L("Trovati il", "Found"), readonly=True),
            DateTime("decided_at", L("Deciso il", "Decided"), readonly=True),
            Link("decided_by", L("Deciso da", "Decided by"), to="user", readonly=True),
            Integer("merge", L("Numero dell'unione", "Number of the merge"), readonly=True),
            Link("model", L("Modello", "Model"), to="model_run", readonly=True),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True, listed=False),
        ],
        views=[
            Listing(
                columns=["title", "probability", "state", "decided_at", "decided_by"],
                sort="-probability",
            ),
            Detail(
                sections=[
                    Section(
                        L("Coppia", "Pair"),
                        ["person", "other", "probability", "weight", "state", "found_at", "decided_at", "decided_by"],
                    )
                ],
                figures=["probability"],
            ),
        ],
        parents=("person",),
        listed=False,
    )
)
