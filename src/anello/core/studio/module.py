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
from anello.core.studio.models import CustomField, CustomModule

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


MODULE_NAME = L(
    "Come si chiama nell'API e nel database; nasce dall'etichetta e non cambia più.",
    "What it is called in the API and the database; it comes from the label and never changes.",
)
AREAS = [
    Option("custom", L("Moduli propri", "Your own modules")),
    Option("customers", L("Clienti", "Customers")),
    Option("activities", L("Attività", "Activities")),
    Option("sales", L("Vendite", "Sales")),
    Option("catalogue", L("Catalogo", "Catalogue")),
    Option("marketing", L("Marketing", "Marketing")),
]
ICONS = {
    "box": L("Scatola", "Box"),
    "briefcase": L("Valigetta", "Briefcase"),
    "building": L("Edificio", "Building"),
    "calendar-event": L("Calendario", "Calendar"),
    "checklist": L("Elenco", "Checklist"),
    "clipboard-list": L("Blocco", "Clipboard"),
    "credit-card": L("Tessera", "Card"),
    "database": L("Archivio", "Database"),
    "file-text": L("Documento", "Document"),
    "flag": L("Bandiera", "Flag"),
    "folder": L("Cartella", "Folder"),
    "gift": L("Regalo", "Gift"),
    "headset": L("Cuffie", "Headset"),
    "heart-handshake": L("Accordo", "Agreement"),
    "home": L("Casa", "House"),
    "key": L("Chiave", "Key"),
    "map-pin": L("Luogo", "Place"),
    "receipt": L("Ricevuta", "Receipt"),
    "rocket": L("Razzo", "Rocket"),
    "route": L("Percorso", "Route"),
    "shield-check": L("Garanzia", "Warranty"),
    "star": L("Stella", "Star"),
    "subtask": L("Attività", "Task"),
    "ticket": L("Biglietto", "Ticket"),
    "truck": L("Furgone", "Van"),
    "users": L("Persone", "People"),
}

CUSTOM_MODULE = register(
    Module(
        "custom_module",
        CustomModule,
        names=L("Modulo proprio", "Custom module"),
        plural=L("Moduli propri", "Custom modules"),
        icon="puzzle",
        area="administration",
        title=lambda m: str(m.plural_it),
        fields=[
            Text("label_it", L("Uno, in italiano", "One, in Italian")),
            Text("plural_it", L("Molti, in italiano", "Many, in Italian")),
            Text("label_en", L("Uno, in inglese", "One, in English")),
            Text("plural_en", L("Molti, in inglese", "Many, in English")),
            Text("name", L("Nome", "Name"), required=False, help=MODULE_NAME),
            Choice("icon", L("Icona", "Icon"), options=[Option(name, label) for name, label in ICONS.items()]),
            Choice("area", L("Area dei ruoli", "Area of the roles"), options=AREAS),
            Json(
                "links",
                L("Unisce", "Joins"),
                shape=Annotated[list[Word], Constraint(max_length=2)],
                help=L("Due moduli, i cui record unisce a coppie.", "Two modules, whose records it joins in pairs."),
            ),
        ],
        search=["name", "label_it", "label_en"],
        views=[
            Listing(columns=["title", "plural_en", "name", "area", "updated_at"], sort="title"),
            Detail(
                sections=[
                    Section(L("Nomi", "Names"), ["label_it", "plural_it", "label_en", "plural_en", "name"]),
                    Section(L("Posto", "Place"), ["icon", "area", "links"]),
                ],
                related=(),
            ),
        ],
        access=Access(),
    )
)  # fmt: skip

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
