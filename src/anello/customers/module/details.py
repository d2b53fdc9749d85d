"""Contact points, addresses, consents and relations as Modules: what belongs to a person or an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anello.core.modules import (
    Access,
    Boolean,
    Choice,
    Date,
    DateTime,
    Field,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Scope,
    Text,
    register,
)
from anello.customers.models import Address, Consent, ContactPoint, Relation

PARENTS = ("person", "organisation")
ACCESS = Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.TEAM)

CONTACT_KINDS = [
    Option("email", L("E-mail", "E-mail"), "blue"),
    Option("phone", L("Telefono", "Phone"), "teal"),
    Option("mobile", L("Cellulare", "Mobile"), "teal"),
    Option("fax", L("Fax", "Fax"), "gray"),
    Option("web", L("Web", "Web"), "violet"),
]
MAIN_COLUMNS = {"email": "email", "phone": "phone", "mobile": "mobile", "web": "website"}
"""The customer's own column for a kind of contact point; not every module has every one."""
USES = [
    Option("work", L("Lavoro", "Work"), "blue"),
    Option("private", L("Privato", "Private"), "teal"),
    Option("billing", L("Fatturazione", "Billing"), "amber"),
    Option("support", L("Assistenza", "Support"), "violet"),
    Option("other", L("Altro", "Other")),
]
ADDRESS_KINDS = [
    Option("home", L("Residenza", "Home"), "teal"),
    Option("work", L("Lavoro", "Work"), "blue"),
    Option("registered", L("Sede legale", "Registered office"), "slate"),
    Option("branch", L("Sede operativa", "Branch"), "blue"),
    Option("billing", L("Fatturazione", "Billing"), "amber"),
    Option("shipping", L("Spedizione", "Shipping"), "violet"),
    Option("other", L("Altro", "Other")),
]
PURPOSES = [
    Option("email", L("Marketing via e-mail", "Marketing by e-mail"), "blue"),
    Option("sms", L("Marketing via SMS", "Marketing by SMS"), "teal"),
    Option("phone", L("Marketing telefonico", "Marketing by phone"), "amber"),
    Option("post", L("Marketing postale", "Marketing by post"), "slate"),
    Option("profiling", L("Profilazione", "Profiling"), "violet"),
    Option("third_parties", L("Comunicazione a terzi", "Disclosure to third parties"), "red"),
]
CONSENT_STATES = [
    Option("given", L("Dato", "Given"), "green"),
    Option("withdrawn", L("Negato o revocato", "Refused or withdrawn"), "red"),
]
CONSENT_SOURCES = [
    Option("form", L("Modulo web", "Web form")),
    Option("paper", L("Modulo cartaceo", "Paper form")),
    Option("phone", L("Telefonata", "Phone call")),
    Option("email", L("E-mail", "E-mail")),
    Option("meeting", L("Di persona", "In person")),
    Option("import", L("Importazione", "Import")),
]


@dataclass(frozen=True)
class RelationKind:
    """What one end is to the other, and the other to it; `ends` are the pairs of modules it may join."""

    name: str
    label: L
    inverse: L
    ends: Sequence[tuple[str, str]]


_PEOPLE, _WORK, _COMPANIES = ("person", "person"), ("person", "organisation"), ("organisation", "organisation")
RELATION_KINDS = {
    kind.name: kind
    for kind in (
        RelationKind("works_for", L("lavora per", "works for"), L("dà lavoro a", "employs"), [_WORK]),
        RelationKind("manages", L("è responsabile di", "manages"), L("risponde a", "reports to"), [_PEOPLE, _WORK]),
        RelationKind("owns", L("è titolare di", "owns"), L("appartiene a", "is owned by"), [_WORK, _COMPANIES]),
        RelationKind("spouse", L("è coniuge di", "is married to"), L("è coniuge di", "is married to"), [_PEOPLE]),
        RelationKind("parent", L("è genitore di", "is a parent of"), L("è figlio di", "is a child of"), [_PEOPLE]),
        RelationKind("relative", L("è parente di", "is related to"), L("è parente di", "is related to"), [_PEOPLE]),
        RelationKind(
            "refers",
            L("ha presentato", "referred"),
            L("presentato da", "was referred by"),
            [_PEOPLE, _WORK, _COMPANIES, ("organisation", "person")],
        ),
        RelationKind(
            "parent_company", L("controlla", "controls"), L("è controllata da", "is controlled by"), [_COMPANIES]
        ),
        RelationKind("supplies", L("fornisce", "supplies"), L("è cliente di", "is a customer of"), [_COMPANIES]),
        RelationKind(
            "partner", L("è partner di", "is a partner of"), L("è partner di", "is a partner of"), [_COMPANIES]
        ),
        RelationKind(
            "consults",
            L("è consulente di", "advises"),
            L("si avvale di", "is advised by"),
            [_PEOPLE, _WORK, _COMPANIES, ("organisation", "person")],
        ),
    )
}


def _parents() -> list[Field]:
    return [
        Link("person", L("Persona", "Person"), to="person"),
        Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
    ]


CONTACT_POINT = register(
    Module(
        "contact_point",
        ContactPoint,
        names=L("Recapito", "Contact point"),
        plural=L("Recapiti", "Contact points"),
        icon="at",
        area="customers",
        title=lambda point: point.value,
        fields=[
            *_parents(),
            Choice("kind", L("Tipo", "Kind"), options=CONTACT_KINDS),
            Text("value", L("Recapito", "Value")),
            Choice("purpose", L("Uso", "Use"), options=USES),
            Boolean(
                "primary",
                L("Principale", "Main"),
                help=L("Prende il posto di quello sulla scheda.", "Takes the place of the one on the record."),
            ),
            Text("notes", L("Note", "Notes")),
        ],
        search=["value"],
        views=[Listing(columns=["kind", "value", "purpose", "primary", "person", "organisation"])],
        access=ACCESS,
        parents=PARENTS,
        listed=False,
        quick=["kind", "value", "purpose", "primary"],
    )
)

ADDRESS = register(
    Module(
        "address",
        Address,
        names=L("Indirizzo", "Address"),
        plural=L("Indirizzi", "Addresses"),
        icon="map-pin",
        area="customers",
        title=lambda a: ", ".join(part for part in (a.street, f"{a.postal_code} {a.city}".strip()) if part),
        fields=[
            *_parents(),
            Choice("kind", L("Tipo", "Kind"), options=ADDRESS_KINDS),
            Text("street", L("Via e numero", "Street")),
            Text("postal_code", L("CAP", "Postal code")),
            Text("city", L("Città", "City")),
            Text("province", L("Provincia", "Province")),
            Text("country", L("Paese", "Country")),
            Text("notes", L("Note", "Notes")),
        ],
        search=["street", "city", "postal_code"],
        views=[Listing(columns=["kind", "street", "city", "person", "organisation"])],
        access=ACCESS,
        parents=PARENTS,
        listed=False,
        quick=["kind", "street", "postal_code", "city", "province", "country"],
    )
)


def _consent_title(consent: Any) -> str:
    return ": ".join(CONSENT.field(name).display(getattr(consent, name)) for name in ("purpose", "status"))


CONSENT = register(
    Module(
        "consent",
        Consent,
        names=L("Consenso", "Consent"),
        plural=L("Consensi", "Consents"),
        icon="shield-check",
        area="customers",
        title=_consent_title,
        fields=[
            *_parents(),
            Choice("purpose", L("Finalità", "Purpose"), options=PURPOSES),
            Choice("status", L("Stato", "Status"), options=CONSENT_STATES),
            DateTime("at", L("Data", "When")),
            Choice("source", L("Raccolto con", "Collected by"), options=CONSENT_SOURCES),
            LongText(
                "proof",
                L("Prova", "Proof"),
                help=L(
                    "Il testo accettato, la versione del modulo o dove si trova l'originale.",
                    "The text agreed to, the version of the form, or where the original is kept.",
                ),
            ),
        ],
        views=[Listing(columns=["purpose", "status", "at", "source", "person", "organisation"], sort="-at")],
        access=ACCESS,
        parents=PARENTS,
        listed=False,
        quick=["purpose", "status", "source", "at", "proof"],
    )
)


def _relation_title(relation: Any) -> str:
    return RELATION.field("kind").display(relation.kind)


RELATION = register(
    Module(
        "relation",
        Relation,
        names=L("Relazione", "Relation"),
        plural=L("Relazioni", "Relations"),
        icon="git-branch",
        area="customers",
        title=_relation_title,
        fields=[
            *_parents(),
            Choice(
                "kind",
                L("Relazione", "Relation"),
                options=[Option(kind.name, kind.label) for kind in RELATION_KINDS.values()],
            ),
            Link("other_person", L("Con la persona", "With the person"), to="person"),
            Link("other_organisation", L("Con l'organizzazione", "With the organisation"), to="organisation"),
            Date("since", L("Dal", "Since")),
            Date("until", L("Al", "Until")),
            Text("notes", L("Note", "Notes")),
        ],
        views=[
            Listing(columns=["kind", "person", "organisation", "other_person", "other_organisation", "since", "until"])
        ],
        access=ACCESS,
        parents=PARENTS,
        listed=False,
        quick=["kind", "other_person", "other_organisation", "since", "until"],
    )
)
