"""People and organisations as Modules."""

from __future__ import annotations

from anello.core.modules import (
    Access,
    Board,
    Boolean,
    Choice,
    Date,
    DateTime,
    Detail,
    Email,
    Field,
    Integer,
    Json,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    Option,
    Phone,
    Scope,
    Section,
    Tags,
    TaxCode,
    Text,
    Url,
    Vat,
    register,
)
from anello.customers.models import Organisation, Person

KINDS = ("person", "organisation")
"""The modules of customers."""
CUSTOMERS = [
    Option("person", L("Persone", "People"), "slate"),
    Option("organisation", L("Organizzazioni", "Organisations"), "blue"),
]
PHASES = [
    Option("prospect", L("Potenziale cliente", "Prospect"), "slate"),
    Option("first_time", L("Primo acquisto", "First-time buyer"), "blue"),
    Option("renewal", L("Sviluppo", "Renewal"), "teal"),
    Option("loyal", L("Fedele", "Loyal"), "green"),
    Option("churn", L("A rischio", "Potential churn"), "amber"),
]
SOURCES = [
    Option("web", L("Sito web", "Web site"), "blue"),
    Option("referral", L("Passaparola", "Referral"), "green"),
    Option("fair", L("Fiera", "Trade fair"), "violet"),
    Option("campaign", L("Campagna", "Campaign"), "amber"),
    Option("call", L("Telefonata", "Phone call"), "teal"),
    Option("partner", L("Partner", "Partner"), "slate"),
    Option("import", L("Importazione", "Import"), "gray"),
    Option("other", L("Altro", "Other"), "gray"),
]
INDUSTRIES = [
    Option("manufacturing", L("Manifattura", "Manufacturing")),
    Option("food", L("Alimentare", "Food")),
    Option("retail", L("Commercio", "Retail")),
    Option("construction", L("Edilizia", "Construction")),
    Option("services", L("Servizi", "Services")),
    Option("health", L("Sanità", "Health")),
    Option("public", L("Pubblica amministrazione", "Public administration")),
    Option("technology", L("Tecnologia", "Technology")),
    Option("tourism", L("Turismo", "Tourism")),
    Option("transport", L("Trasporti", "Transport")),
    Option("other", L("Altro", "Other")),
]
LANGUAGES = [Option("it", L("Italiano", "Italian")), Option("en", L("Inglese", "English"))]


def _acquisition() -> list[Field]:
    """How the customer was acquired."""
    return [
        Choice("source", L("Provenienza", "Source"), options=SOURCES),
        Text(
            "source_detail",
            L("Dettaglio provenienza", "Source detail"),
            help=L("Per esempio chi l'ha presentato o quale fiera.", "For example who introduced them, or which fair."),
        ),
        Text("campaign", L("Campagna", "Campaign")),
        DateTime("first_contact_at", L("Primo contatto", "First contact")),
    ]


def _address() -> list[Field]:
    return [
        Text("street", L("Indirizzo", "Street")),
        Text("postal_code", L("CAP", "Postal code")),
        Text("city", L("Città", "City")),
        Text("province", L("Provincia", "Province")),
        Text("country", L("Paese", "Country")),
    ]


def _details(link: str) -> list[str]:
    """What the page shows in panels and in the timeline."""
    return [f"{name}.{link}" for name in ("contact_point", "address", "consent", "relation", "interaction")]


PERSON = register(
    Module(
        "person",
        Person,
        names=L("Persona", "Person"),
        plural=L("Persone", "People"),
        icon="user",
        area="customers",
        title=lambda p: f"{p.first_name} {p.last_name}".strip(),
        fields=[
            Text("first_name", L("Nome", "First name")),
            Text("last_name", L("Cognome", "Last name")),
            Email("email", L("E-mail", "E-mail"), warn_unique=True),
            Phone("phone", L("Telefono", "Phone"), warn_unique=True),
            Phone("mobile", L("Cellulare", "Mobile"), warn_unique=True),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
            Text("job_title", L("Ruolo", "Job title")),
            Choice("phase", L("Fase", "Phase"), options=PHASES, readonly=True),
            DateTime("phase_since", L("In questa fase dal", "In this phase since"), readonly=True),
            Json("phase_cause", L("Perché in questa fase", "Why in this phase"), readonly=True),
            *_acquisition(),
            TaxCode("tax_code", L("Codice fiscale", "Tax code"), warn_unique=True),
            Vat("vat", L("Partita IVA", "VAT number")),
            Date("birth_date", L("Data di nascita", "Birth date")),
            Choice("language", L("Lingua", "Language"), options=LANGUAGES),
            *_address(),
            Tags("tags", L("Etichette", "Tags")),
            LongText("notes", L("Note", "Notes")),
            Text("external_id", L("Codice esterno", "External id"), warn_unique=True),
        ],
        search=["email", "phone", "mobile", "tax_code", "city", "job_title", "external_id", "tags"],
        duplicates=["email", "phone", "mobile", "tax_code", "external_id"],
        views=[
            Listing(columns=["title", "organisation", "email", "phone", "phase", "city", "owner", "updated_at"]),
            Board(by="phase", card=["organisation", "city", "owner"]),
            Detail(
                sections=[
                    Section(
                        L("Contatti", "Contact"), ["email", "phone", "mobile", "organisation", "job_title", "language"]
                    ),
                    Section(L("Cliente", "Customer"), ["phase", "phase_since", "owner", "tags"]),
                    Section(
                        L("Acquisizione", "Acquisition"), ["source", "source_detail", "campaign", "first_contact_at"]
                    ),
                    Section(L("Indirizzo", "Address"), ["street", "postal_code", "city", "province", "country"]),
                    Section(
                        L("Dati personali", "Personal data"),
                        ["first_name", "last_name", "birth_date", "tax_code", "vat"],
                    ),
                    Section(L("Note", "Notes"), ["notes", "external_id"]),
                ],
                figures=["phase"],
                apart=[*_details("person"), "relation.other_person", "interaction.about", "standing.person"],
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.OWN),
        quick=["first_name", "last_name", "email", "mobile", "organisation", "source"],
    )
)

ORGANISATION = register(
    Module(
        "organisation",
        Organisation,
        names=L("Organizzazione", "Organisation"),
        plural=L("Organizzazioni", "Organisations"),
        icon="building",
        area="customers",
        fields=[
            Text("name", L("Ragione sociale", "Name")),
            Email("email", L("E-mail", "E-mail"), warn_unique=True),
            Phone("phone", L("Telefono", "Phone"), warn_unique=True),
            Url("website", L("Sito web", "Web site")),
            Vat("vat", L("Partita IVA", "VAT number"), warn_unique=True),
            TaxCode("tax_code", L("Codice fiscale", "Tax code"), warn_unique=True),
            Choice("industry", L("Settore", "Industry"), options=INDUSTRIES),
            Integer("employees", L("Dipendenti", "Employees")),
            Money("revenue", L("Fatturato", "Revenue")),
            Choice("phase", L("Fase", "Phase"), options=PHASES, readonly=True),
            DateTime("phase_since", L("In questa fase dal", "In this phase since"), readonly=True),
            Json("phase_cause", L("Perché in questa fase", "Why in this phase"), readonly=True),
            *_acquisition(),
            Link("parent", L("Gruppo", "Parent company"), to="organisation"),
            Boolean("key_account", L("Cliente strategico", "Key account")),
            *_address(),
            Tags("tags", L("Etichette", "Tags")),
            LongText("notes", L("Note", "Notes")),
            Text("external_id", L("Codice esterno", "External id"), warn_unique=True),
        ],
        search=["email", "phone", "vat", "tax_code", "city", "external_id", "tags"],
        duplicates=["vat", "tax_code", "email", "phone", "external_id"],
        views=[
            Listing(columns=["title", "industry", "city", "phone", "phase", "revenue", "owner", "updated_at"]),
            Board(by="phase", total="revenue", card=["industry", "city", "owner"]),
            Detail(
                sections=[
                    Section(L("Contatti", "Contact"), ["email", "phone", "website"]),
                    Section(
                        L("Azienda", "Company"), ["name", "industry", "employees", "revenue", "parent", "key_account"]
                    ),
                    Section(L("Cliente", "Customer"), ["phase", "phase_since", "owner", "tags"]),
                    Section(
                        L("Acquisizione", "Acquisition"), ["source", "source_detail", "campaign", "first_contact_at"]
                    ),
                    Section(L("Dati fiscali", "Tax data"), ["vat", "tax_code"]),
                    Section(L("Indirizzo", "Address"), ["street", "postal_code", "city", "province", "country"]),
                    Section(L("Note", "Notes"), ["notes", "external_id"]),
                ],
                figures=["phase", "revenue"],
                apart=[
                    *_details("organisation"),
                    "relation.other_organisation",
                    "interaction.about",
                    "standing.organisation",
                ],
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.OWN),
        quick=["name", "email", "phone", "vat", "industry", "city"],
    )
)
