"""What administrators add, as a Module: its screens, permissions, log, undo and API derive like any other."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    Decimal,
    Detail,
    Json,
    L,
    Listing,
    Module,
    Option,
    Section,
    Text,
    register,
)
from anello.core.studio.kinds import KINDS
from anello.core.studio.models import CustomField

NAME = L(
    "Come si chiama nell'API e nel database; nasce dall'etichetta e non cambia più.",
    "What it is called in the API and the database; it comes from the label and never changes.",
)
Word = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]


class Value(BaseModel):
    """One value of a choice: what is stored, what it is called, its colour."""

    model_config = ConfigDict(extra="forbid")
    value: Word
    it: Word
    en: Word
    color: str = "gray"


CUSTOM_FIELD = register(
    Module(
        "custom_field",
        CustomField,
        names=L("Campo aggiunto", "Custom field"),
        plural=L("Campi aggiunti", "Custom fields"),
        icon="forms",
        area="administration",
        title=lambda f: f"{f.label_it} ({f.module})",
        fields=[
            Text("module", L("Modulo", "Module")),
            Text("name", L("Nome", "Name"), required=False, help=NAME),
            Choice("kind", L("Tipo", "Kind"), options=[Option(name, kind.label) for name, kind in KINDS.items()]),
            Text("label_it", L("Etichetta italiana", "Italian label")),
            Text("label_en", L("Etichetta inglese", "English label")),
            Text("help_it", L("Aiuto in italiano", "Help in Italian")),
            Text("help_en", L("Aiuto in inglese", "Help in English")),
            Boolean("required", L("Obbligatorio", "Required")),
            Decimal("least", L("Minimo", "Least")),
            Decimal("most", L("Massimo", "Most")),
            Json("options", L("Valori", "Values"), shape=Annotated[list[Value], Constraint(max_length=500)]),
            Text("to", L("Collegato a", "Linked to")),
        ],
        search=["name", "label_it", "label_en", "module"],
        views=[
            Listing(columns=["title", "module", "name", "kind", "required", "updated_at"], sort="module"),
            Detail(
                sections=[
                    Section(L("Campo", "Field"), ["module", "kind", "label_it", "label_en", "name", "to", "options"]),
                    Section(L("Regole", "Rules"), ["required", "least", "most", "help_it", "help_en"]),
                ],
                related=(),
            ),
        ],
        access=Access(),
    )
)  # fmt: skip
