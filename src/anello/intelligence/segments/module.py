"""Segment and its members as Modules."""

from __future__ import annotations

from typing import Any

from anello.core.modules import (
    Access,
    Choice,
    DateTime,
    Detail,
    Json,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Scope,
    Section,
    Text,
    register,
)
from anello.customers.module import CUSTOMERS
from anello.intelligence.segments.models import DYNAMIC, STATIC, Segment, SegmentMember

KINDS = [
    Option(DYNAMIC, L("Dinamico", "Dynamic"), "violet"),
    Option(STATIC, L("Elenco fisso", "Fixed list"), "slate"),
]

SEGMENT = register(
    Module(
        "segment",
        Segment,
        names=L("Segmento", "Segment"),
        plural=L("Segmenti", "Segments"),
        icon="chart-pie",
        area="analysis",
        arc="decisions",
        fields=[
            Text("name", L("Nome", "Name")),
            Choice("customer", L("Di chi", "Of whom"), options=CUSTOMERS),
            Choice("kind", L("Tipo", "Kind"), options=KINDS),
            Json("definition", L("Definizione", "Definition"), shape=dict[str, Any]),
            Link(
                "author",
                L("Visto da", "As seen by"),
                to="user",
                readonly=True,
                help=L(
                    "Chi ha scritto la definizione: il segmento contiene chi questa persona può vedere.",
                    "Who wrote the definition: the segment holds whom this person may see.",
                ),
            ),
            DateTime("refreshed_at", L("Aggiornato il", "Refreshed"), readonly=True),
            Text("problem", L("Problema", "Problem"), readonly=True),
            LongText("description", L("Descrizione", "Description")),
        ],
        search=["description"],
        views=[
            Listing(columns=["title", "customer", "kind", "refreshed_at", "problem", "owner"]),
            Detail(
                sections=[
                    Section(
                        L("Segmento", "Segment"),
                        ["name", "customer", "kind", "owner", "author", "refreshed_at", "problem"],
                    ),
                    Section(L("Descrizione", "Description"), ["description"]),
                ],
                apart=["segment_member.segment"],
            ),
        ],
        access=Access(view=Scope.ALL, create=Scope.OWN, edit=Scope.OWN, delete=Scope.OWN, manager=Scope.ALL),
        quick=["name", "customer", "kind"],
    )
)

SEGMENT_MEMBER = register(
    Module(
        "segment_member",
        SegmentMember,
        names=L("Appartenenza a un segmento", "Segment membership"),
        plural=L("Segmenti di cui fa parte", "Segment memberships"),
        icon="chart-pie",
        area="analysis",
        arc="decisions",
        title=lambda member: str(member.person or member.organisation),
        fields=[
            Link("segment", L("Segmento", "Segment"), to="segment", readonly=True),
            Link("person", L("Persona", "Person"), to="person", readonly=True),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation", readonly=True),
            DateTime("joined_at", L("Entrato il", "Joined"), readonly=True),
            DateTime("left_at", L("Uscito il", "Left"), readonly=True),
        ],
        views=[
            Listing(columns=["title", "segment", "joined_at"], sort="-joined_at"),
            Detail(
                sections=[Section(L("Appartenenza", "Membership"), ["segment", "person", "organisation", "joined_at"])]
            ),
        ],
        parents=("person", "organisation"),
        along=("segment",),
        listed=False,
    )
)
