"""Imported solutions as a Module: their list, log and API derive."""

from __future__ import annotations

from anello.core.modules import (
    Access,
    Choice,
    Detail,
    Json,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Section,
    Text,
    register,
)
from anello.core.studio.solutions.models import Solution

IMPORTED, ROLLED_BACK = "imported", "rolled_back"
THINGS = dict[str, dict[str, dict[str, object] | None]]

SOLUTION = register(
    Module(
        "solution",
        Solution,
        names=L("Soluzione", "Solution"),
        plural=L("Soluzioni", "Solutions"),
        icon="package",
        area="administration",
        title=lambda s: s.name,
        fields=[
            Text("name", L("Nome", "Name"), readonly=True),
            Choice(
                "state",
                L("Stato", "State"),
                options=[
                    Option(IMPORTED, L("Importata", "Imported"), "green"),
                    Option(ROLLED_BACK, L("Ritirata", "Rolled back"), "gray"),
                ],
                readonly=True,
            ),
            LongText("file", L("Testo del file", "Text of the file"), readonly=True, listed=False),
            Link("owner", L("Responsabile", "Owner"), to="user", readonly=True, listed=False),
            Json("before", L("Prima", "Before"), shape=THINGS, readonly=True),
            Json("after", L("Dopo", "After"), shape=THINGS, readonly=True),
        ],
        search=["name"],
        views=[
            Listing(columns=["title", "state", "created_at", "created_by"], sort="-created_at"),
            Detail(
                sections=[Section(L("Soluzione", "Solution"), ["name", "state", "created_at", "created_by"])],
                related=(),
            ),
        ],
        access=Access(),
    )
)
