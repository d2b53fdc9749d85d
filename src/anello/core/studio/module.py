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
    LongText,
    Module,
    Option,
    Percent,
    Section,
    Text,
    register,
)
from anello.core.studio.kinds import FUNCTIONS, LABELS, RESULTS
from anello.core.studio.models import CustomField, CustomModule, Layout, Retouch

NAME = L(
    "Come si chiama nell'API e nel database; nasce dall'etichetta e non cambia più.",
    "What it is called in the API and the database; it comes from the label and never changes.",
)
FORMULA = L(
    'Per esempio round(x_ore * 45, 2), oppure if(organisation.city == "Roma", "sede", "filiale").',
    'For example round(x_hours * 45, 2), or if(organisation.city == "Roma", "head office", "branch").',
)
SOURCE = L(
    "Il modulo e il suo collegamento: opportunity.organisation.", "The module and its link: opportunity.organisation."
)
FILTER = L(
    "Un filtro come negli elenchi, sui campi di quei record.", "A filter as lists take it, on fields of those records."
)
INITIAL = L("Come lo scriveresti nel campo; «oggi» per una data.", "As you would type it; “today” for a date.")
PATTERN = L(
    "Un'espressione regolare che tutto il testo segue: [A-Z]{2}[0-9]{4}.",
    "A regular expression that the whole text follows: [A-Z]{2}[0-9]{4}.",
)
NUMBERING = L(
    "Per esempio CTR-{year}-{seq:05}; con l'anno riparte da 1 ogni anno.",
    "For example CTR-{year}-{seq:05}; with the year it begins at 1 every year.",
)
INDEXED = L(
    "Gli elenchi filtrano e ordinano in fretta; ogni indice costa un poco a chi scrive.",
    "Lists filter and sort fast; every index costs those who write a little.",
)
LEFT = [
    Option("keep", L("Il collegamento resta", "The link stays")),
    Option("refuse", L("Non si elimina", "It is not deleted")),
    Option("empty", L("Il campo si svuota", "The field is emptied")),
    Option("along", L("Si elimina anche questo record", "This record is deleted too")),
]
INDEX_STATES = [
    Option("none", L("Nessuno", "None")),
    Option("building", L("In preparazione", "Being made"), "amber"),
    Option("ready", L("Pronto", "Ready"), "green"),
    Option("duplicates", L("Ci sono doppi", "There are duplicates"), "red"),
]
STATES = [
    Option("ready", L("Pronto", "Ready"), "green"),
    Option("filling", L("In calcolo", "Being worked out"), "amber"),
]
PAPER = L(
    "Sta in testa al PDF di ogni record, prima dei suoi dati; i nomi dei campi tra graffe diventano i valori: {name}.",
    "It heads the PDF of each record, before its facts; names of fields between braces become their values: {name}.",
)
WHAT = ["module", "kind", "label_it", "label_en", "name", "to", "on_delete", "options", "indexed", "index"]
CONDITION = L(
    'Una condizione come nelle formule, sui campi che si compilano: amount > 1000 and city == "Roma".',
    'A condition as in formulas, on fields that people fill in: amount > 1000 and city == "Roma".',
)
SHOW = L(
    "Una condizione come nelle formule; quando non vale, il campo è vuoto.",
    "A condition as in formulas; where it does not hold, the field is empty.",
)
DEPENDS = L(
    "Un'altra scelta del modulo; di ogni valore si dice con quali dei suoi va.",
    "Another choice of the module; each value says with which of its values it goes.",
)
RULES = [
    *("required", "show_if", "require_if", "depends_on", "initial", "unique", "pattern", "numbering"),
    *("least", "most", "help_it", "help_en"),
]
AS_IT_CAME = L("Vuota: com'era.", "Empty: as it came.")
HIDDEN = L(
    "Nessuno lo vede, in nessuna pagina e nemmeno dall'API; i valori restano.",
    "Nobody sees it, on no page nor by the API; its values stay.",
)
Word = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]


class Value(BaseModel):
    """One value of a choice: what is stored, what it is called, its colour.

    Retired, it stays on the records that have it and is not offered any more. `when` are the values of the choice on
    which this one depends with which it goes; none: with all.
    """

    model_config = ConfigDict(extra="forbid")
    value: Word
    it: Word
    en: Word
    color: str = "gray"
    retired: bool = False
    when: list[Word] = []


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
            Text("name", L("Nome", "Name"), required=False, help=NAME),
            Choice("icon", L("Icona", "Icon"), options=[Option(name, label) for name, label in ICONS.items()]),
            Choice("area", L("Area dei ruoli", "Area of the roles"), options=AREAS),
            Json(
                "links",
                L("Unisce", "Joins"),
                shape=Annotated[list[Word], Constraint(max_length=2)],
                help=L("Due moduli, i cui record unisce a coppie.", "Two modules, whose records it joins in pairs."),
            ),
            LongText("paper_it", L("Testo del PDF, in italiano", "Text of the PDF, in Italian"), help=PAPER),
            LongText("paper_en", L("Testo del PDF, in inglese", "Text of the PDF, in English")),
        ],
        search=["name", "label_it", "label_en"],
        views=[
            Listing(columns=["title", "plural_en", "name", "area", "updated_at"], sort="title"),
            Detail(
                sections=[
                    Section(L("Nomi", "Names"), ["label_it", "plural_it", "label_en", "plural_en", "name"]),
                    Section(L("Posto", "Place"), ["icon", "area", "links"]),
                    Section(L("Su carta", "On paper"), ["paper_it", "paper_en"]),
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
            Choice("kind", L("Tipo", "Kind"), options=[Option(name, label) for name, label in LABELS.items()]),
            Text("label_it", L("Etichetta italiana", "Italian label")),
            Text("label_en", L("Etichetta inglese", "English label")),
            Text("help_it", L("Aiuto in italiano", "Help in Italian")),
            Text("help_en", L("Aiuto in inglese", "Help in English")),
            Boolean("required", L("Obbligatorio", "Required")),
            Decimal("least", L("Minimo", "Least")),
            Decimal("most", L("Massimo", "Most")),
            Json("options", L("Valori", "Values"), shape=Annotated[list[Value], Constraint(max_length=500)]),
            Text("to", L("Collegato a", "Linked to")),
            Choice("on_delete", L("Se quello collegato si elimina", "When what it leads to is deleted"), options=LEFT),
            Text("depends_on", L("Dipende dalla scelta", "Depends on the choice"), help=DEPENDS),
            LongText("show_if", L("Si mostra se", "Shown if"), help=SHOW),
            LongText("require_if", L("Obbligatorio se", "Required if"), help=CONDITION),
            Text("initial", L("Valore iniziale", "Default"), help=INITIAL),
            Boolean("unique", L("Senza doppi", "Unique")),
            Text("pattern", L("Forma", "Pattern"), help=PATTERN),
            Text("numbering", L("Numerazione", "Numbering"), help=NUMBERING),
            Boolean("indexed", L("Con indice", "Indexed"), help=INDEXED),
            Choice("index", L("Indice", "Index"), options=INDEX_STATES, readonly=True),
            LongText("formula", L("Formula", "Formula"), help=FORMULA),
            Text("source", L("Di quali record", "Of which records"), help=SOURCE),
            Choice("function", L("Calcolo", "Calculation"), options=[Option(*one) for one in FUNCTIONS.items()]),
            Text("of", L("Su quale campo", "Of which field")),
            Json("filter", L("Solo quelli che", "Only those that"), help=FILTER),
            Choice(
                "result",
                L("Tipo del risultato", "Kind of the result"),
                options=[Option(name, LABELS[kind]) for name, kind in RESULTS.items()],
                readonly=True,
            ),
            Json("uses", L("Campi che usa", "Fields it uses"), shape=list[str], readonly=True),
            Choice("state", L("Stato", "State"), options=STATES, readonly=True),
            Percent("progress", L("Righe fatte", "Rows done"), readonly=True),
        ],
        search=["name", "label_it", "label_en", "module"],
        views=[
            Listing(columns=["title", "module", "name", "kind", "required", "updated_at"], sort="module"),
            Detail(
                sections=[
                    Section(L("Campo", "Field"), WHAT),
                    Section(
                        L("Calcolo", "Calculation"),
                        ["formula", "source", "function", "of", "filter", "result", "uses", "state", "progress"],
                    ),
                    Section(L("Regole", "Rules"), RULES),
                ],
                related=(),
            ),
        ],
        access=Access(),
    )
)  # fmt: skip

RETOUCH = register(
    Module(
        "retouch",
        Retouch,
        names=L("Ritocco", "Retouch"),
        plural=L("Ritocchi", "Retouches"),
        icon="pencil",
        area="administration",
        title=lambda r: f"{r.module}.{r.field}" if r.field else str(r.module),
        fields=[
            Text("module", L("Modulo", "Module")),
            Text(
                "field",
                L("Campo", "Field"),
                help=L("Nessuno: si tratta del modulo.", "None: it is about the module."),
            ),
            Text("label_it", L("Etichetta italiana", "Italian label"), help=AS_IT_CAME),
            Text("label_en", L("Etichetta inglese", "English label"), help=AS_IT_CAME),
            Text("plural_it", L("Molti, in italiano", "Many, in Italian"), help=AS_IT_CAME),
            Text("plural_en", L("Molti, in inglese", "Many, in English"), help=AS_IT_CAME),
            Boolean("hidden", L("Nascosto", "Hidden"), help=HIDDEN),
        ],
        search=["module", "field", "label_it", "label_en"],
        views=[Listing(columns=["title", "label_it", "label_en", "hidden", "updated_at"], sort="title")],
        access=Access(),
    )
)

SHOWN_IN = {
    "list": L("Elenco", "List"),
    "detail": L("Pagina", "Record page"),
    "figures": L("Testata", "Head of the page"),
    "quick": L("Creazione rapida", "Quick form"),
    "board": L("Bacheca", "Board"),
    "related": L("Elenchi collegati", "Related lists"),
    "search": L("Ricerca", "Search"),
}

LAYOUT = register(
    Module(
        "layout",
        Layout,
        names=L("Disposizione", "Layout"),
        plural=L("Disposizioni", "Layouts"),
        icon="layout-list",
        area="administration",
        title=lambda one: " · ".join(filter(None, [one.module, SHOWN_IN[one.part].it, one.role])),
        fields=[
            Text("module", L("Modulo", "Module")),
            Choice("part", L("Parte", "Part"), options=[Option(*one) for one in SHOWN_IN.items()]),
            Text("role", L("Per il ruolo", "For the role"), required=False),
            Json("content", L("Contenuto", "Content"), required=False),
        ],
        listed=False,
        views=[
            Listing(columns=["title", "module", "part", "role", "updated_at"], sort="module"),
            Detail(sections=[Section(L("Disposizione", "Layout"), ["module", "part", "role", "content"])], related=()),
        ],
        access=Access(),
    )
)  # fmt: skip
