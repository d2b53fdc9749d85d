"""Leads, opportunities and the sales force as Modules."""

from __future__ import annotations

from dataclasses import replace

from anello.core.modules import (
    Access,
    Board,
    Boolean,
    Calendar,
    Choice,
    Date,
    DateTime,
    Decimal,
    Detail,
    Email,
    Fact,
    Integer,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Money,
    Percent,
    Phone,
    Preset,
    Scope,
    Section,
    Tags,
    Text,
    Timeline,
    Url,
    Vat,
    register,
)
from anello.customers.module import INDUSTRIES, SOURCES
from anello.operations.sales.models import (
    AssignmentRule,
    Competitor,
    Lead,
    Opportunity,
    OpportunityLine,
    Pipeline,
    Quota,
    Stage,
    Territory,
)
from anello.operations.sales.module.choices import (
    CURRENCIES,
    FORECASTS,
    KEPT_BY_MANAGERS,
    LEAD_STATUSES,
    LINE_QUICK,
    LOST_REASONS,
    OPEN_LEADS,
    PERIODS,
    SELLING,
    STAGE_KINDS,
    STRATEGIES,
)

_POSITION = L("Posizione", "Position")
_ACTIVE = L("Attivo", "Active")

_MINE = {"field": "owner", "op": "in", "value": ["me"]}
_OPEN_LEAD = {"field": "status", "op": "in", "value": list(OPEN_LEADS)}
_OPEN_DEAL = {"field": "status", "op": "in", "value": ["open"]}
LEAD_PRESETS = [
    Preset("mine", L("I miei", "Mine"), {"all": [_OPEN_LEAD, _MINE]}),
    Preset(
        "new",
        L("Da contattare", "To contact"),
        {"all": [{"field": "status", "op": "in", "value": ["new"]}]},
        sort="created_at",
    ),
    Preset(
        "week",
        L("Arrivati questa settimana", "Arrived this week"),
        {"all": [{"field": "created_at", "op": "period", "value": "this_week"}]},
        sort="-created_at",
    ),
]
DEAL_PRESETS = [
    Preset("mine", L("Le mie", "Mine"), {"all": [_OPEN_DEAL, _MINE]}, sort="close_date"),
    Preset(
        "stale",
        L("Ferme", "Stale"),
        {"all": [_OPEN_DEAL, {"field": "stale_at", "op": "period", "value": "past"}]},
        sort="stale_at",
    ),
    Preset(
        "closing",
        L("Chiudono questo mese", "Closing this month"),
        {"all": [_OPEN_DEAL, {"field": "close_date", "op": "period", "value": "this_month"}]},
        sort="close_date",
    ),
    Preset(
        "won",
        L("Vinte questo mese", "Won this month"),
        {
            "all": [
                {"field": "status", "op": "in", "value": ["won"]},
                {"field": "closed_at", "op": "period", "value": "this_month"},
            ]
        },
        sort="-closed_at",
    ),
]

LEAD = register(
    Module(
        "lead",
        Lead,
        names=L("Potenziale", "Lead"),
        plural=L("Potenziali", "Leads"),
        icon="user-plus",
        area="sales",
        title=lambda r: f"{r.first_name} {r.last_name}".strip() or r.company,
        fields=[
            Text("first_name", L("Nome", "First name")),
            Text("last_name", L("Cognome", "Last name")),
            Text("company", L("Azienda", "Company")),
            Text("job_title", L("Ruolo", "Job title")),
            Email("email", L("E-mail", "E-mail"), warn_unique=True),
            Phone("phone", L("Telefono", "Phone"), warn_unique=True),
            Phone("mobile", L("Cellulare", "Mobile"), warn_unique=True),
            Vat("vat", L("Partita IVA", "VAT number")),
            Choice("industry", L("Settore", "Industry"), options=INDUSTRIES),
            Text("city", L("Città", "City")),
            Text("province", L("Provincia", "Province")),
            Text("country", L("Paese", "Country")),
            Choice("status", L("Stato", "Status"), options=LEAD_STATUSES),
            Choice("source", L("Provenienza", "Source"), options=SOURCES),
            Text("source_detail", L("Dettaglio provenienza", "Source detail")),
            Money("value", L("Valore stimato", "Estimated value"), minimum=0),
            Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
            Integer("score", L("Punteggio", "Score"), maximum=100),
            Link("product", L("Prodotto di interesse", "Product of interest"), to="product"),
            LongText("message", L("Richiesta", "Request")),
            Tags("tags", L("Etichette", "Tags")),
            LongText("notes", L("Note", "Notes")),
            Link(
                "assignment_rule", L("Assegnato dalla regola", "Assigned by rule"), to="assignment_rule", readonly=True
            ),
            Link("person", L("Persona", "Person"), to="person", readonly=True),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation", readonly=True),
            Link("opportunity", L("Opportunità", "Opportunity"), to="opportunity", readonly=True),
            DateTime("converted_at", L("Convertito il", "Converted"), readonly=True),
        ],
        search=["company", "email", "phone", "mobile", "city", "tags"],
        duplicates=["email", "phone", "mobile"],
        views=[
            Listing(columns=["title", "company", "status", "source", "value", "city", "owner", "created_at"]),
            Board(
                by="status",
                total="value",
                card=["company", "value", "source", "owner"],
                verbs={"converted": "lead.convert"},
            ),
            Detail(
                sections=[
                    Section(
                        L("Contatti", "Contact"),
                        ["first_name", "last_name", "company", "job_title", "email", "phone", "mobile"],
                    ),
                    Section(
                        L("Interesse", "Interest"),
                        ["status", "value", "currency", "product", "score", "message", "tags"],
                    ),
                    Section(
                        L("Provenienza", "Source"),
                        ["source", "source_detail", "owner", "assignment_rule"],
                    ),
                    Section(L("Azienda", "Company"), ["industry", "vat", "city", "province", "country"]),
                    Section(L("Conversione", "Conversion"), ["converted_at", "person", "organisation", "opportunity"]),
                    Section(L("Note", "Notes"), ["notes"]),
                ],
                figures=["status", "value", "score"],
            ),
        ],
        access=SELLING,
        timeline=Timeline(person="person", organisation="organisation", kinds=("created", "convert"), said=True),
        facts=[
            Fact(
                "lead",
                L("Potenziali arrivati", "Leads that came"),
                at="created_at",
                dims=["source", "status", "owner", "team"],
            ),
        ],
        presets=LEAD_PRESETS,
        quick=["first_name", "last_name", "company", "email", "mobile", "source", "value"],
    )
)

ASSIGNMENT_RULE = register(
    Module(
        "assignment_rule",
        AssignmentRule,
        names=L("Regola di assegnazione", "Assignment rule"),
        plural=L("Regole di assegnazione", "Assignment rules"),
        icon="arrows-split",
        area="sales",
        arc="setup",
        slug="assignment-rules",
        fields=[
            Text("name", L("Nome", "Name")),
            Integer("position", _POSITION),
            LongText(
                "condition",
                L("Condizione", "Condition"),
                help=L(
                    'Un filtro sui potenziali, per esempio {"field": "source", "op": "in", "value": ["web"]}.',
                    'A filter on leads, for example {"field": "source", "op": "in", "value": ["web"]}.',
                ),
            ),
            Choice("strategy", L("Come", "How"), options=STRATEGIES),
            Link("sales_team", L("Tra i venditori della squadra", "Among the people of the team"), to="team"),
            Link("salesperson", L("Venditore", "Salesperson"), to="user"),
            Link("last_assignee", L("Ultimo assegnatario", "Last assignee"), to="user", readonly=True),
            Boolean("active", L("Attiva", "Active")),
        ],
        views=[
            Listing(columns=["position", "title", "strategy", "sales_team", "salesperson", "active"], sort="position")
        ],
        access=KEPT_BY_MANAGERS,
    )
)

PIPELINE = register(
    Module(
        "pipeline",
        Pipeline,
        names=L("Percorso di vendita", "Pipeline"),
        plural=L("Percorsi di vendita", "Pipelines"),
        icon="git-branch",
        area="sales",
        arc="setup",
        fields=[
            Text("name_it", L("Nome italiano", "Italian name")),
            Text("name_en", L("Nome inglese", "English name")),
            Integer("position", _POSITION),
            Boolean("active", _ACTIVE),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        views=[Listing(columns=["name_it", "name_en", "position", "active"], sort="position")],
        access=KEPT_BY_MANAGERS,
    )
)

STAGE = register(
    Module(
        "stage",
        Stage,
        names=L("Fase", "Stage"),
        plural=L("Fasi", "Stages"),
        icon="stairs",
        area="sales",
        fields=[
            Link("pipeline", L("Percorso di vendita", "Pipeline"), to="pipeline"),
            Text("name_it", L("Nome italiano", "Italian name")),
            Text("name_en", L("Nome inglese", "English name")),
            Integer("position", _POSITION),
            Percent("probability", L("Probabilità", "Probability")),
            Choice("kind", L("Esito", "Outcome"), options=STAGE_KINDS),
            Choice("forecast", L("Previsione", "Forecast category"), options=FORECASTS),
            Integer("stale_days", L("Ferma dopo giorni", "Stale after days"), minimum=1),
            Boolean("active", L("Attiva", "Active")),
            Integer("id", L("Numero", "Number"), readonly=True),
        ],
        views=[Listing(columns=["name_it", "name_en", "pipeline", "position", "probability", "kind"], sort="position")],
        parents=("pipeline",),
        listed=False,
    )
)

COMPETITOR = register(
    Module(
        "competitor",
        Competitor,
        names=L("Concorrente", "Competitor"),
        plural=L("Concorrenti", "Competitors"),
        icon="swords",
        area="sales",
        arc="data",
        fields=[
            Text("name", L("Nome", "Name")),
            Url("website", L("Sito web", "Web site")),
            LongText("strengths", L("Punti di forza", "Strengths")),
            LongText("weaknesses", L("Punti deboli", "Weaknesses")),
        ],
        views=[Listing(columns=["title", "website", "owner", "updated_at"], sort="title")],
        access=replace(KEPT_BY_MANAGERS, create=Scope.OWN, edit=Scope.OWN),
    )
)

OPPORTUNITY = register(
    Module(
        "opportunity",
        Opportunity,
        names=L("Opportunità", "Opportunity"),
        plural=L("Opportunità", "Opportunities"),
        icon="target",
        area="sales",
        fields=[
            Text("name", L("Nome", "Name")),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
            Link("person", L("Persona", "Person"), to="person"),
            Link("pipeline", L("Percorso di vendita", "Pipeline"), to="pipeline"),
            Link("stage", L("Fase", "Stage"), to="stage"),
            Choice("status", L("Esito", "Outcome"), options=STAGE_KINDS, readonly=True),
            Money("amount", L("Importo", "Amount"), minimum=0),
            Money("lines_total", L("Totale righe", "Total of lines"), readonly=True, listed=False),
            Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
            Percent("probability", L("Probabilità", "Probability")),
            Money("expected", L("Valore atteso", "Expected value"), readonly=True),
            Choice("forecast", L("Previsione", "Forecast category"), options=FORECASTS),
            Date("close_date", L("Chiusura prevista", "Expected close")),
            DateTime("closed_at", L("Chiusa il", "Closed"), readonly=True),
            DateTime("stage_since", L("Nella fase dal", "In stage since"), readonly=True),
            DateTime("stale_at", L("Ferma dal", "Stale from"), readonly=True),
            Choice("lost_reason", L("Perché è persa", "Lost because"), options=LOST_REASONS),
            Text("lost_detail", L("Dettaglio", "Detail")),
            Link("competitor", L("Concorrente", "Competitor"), to="competitor"),
            Text("next_step", L("Prossimo passo", "Next step")),
            Choice("source", L("Provenienza", "Source"), options=SOURCES),
            Link("lead", L("Nata dal potenziale", "From lead"), to="lead", readonly=True),
            Tags("tags", L("Etichette", "Tags")),
            LongText("notes", L("Note", "Notes")),
        ],
        search=["next_step", "tags"],
        views=[
            Listing(
                columns=["title", "organisation", "stage", "amount", "probability", "close_date", "owner", "updated_at"]
            ),
            Board(by="stage", total="amount", card=["organisation", "amount", "close_date", "owner"]),
            Calendar(start="close_date"),
            Detail(
                sections=[
                    Section(L("Trattativa", "Deal"), ["stage", "amount", "currency", "probability", "expected"]),
                    Section(L("Tempi", "Timing"), ["close_date", "forecast", "next_step", "stage_since", "stale_at"]),
                    Section(L("Cliente", "Customer"), ["organisation", "person", "source", "lead", "owner"]),
                    Section(L("Esito", "Outcome"), ["status", "closed_at", "competitor", "lost_reason", "lost_detail"]),
                    Section(L("Altro", "More"), ["name", "pipeline", "tags", "notes"]),
                ],
                figures=["stage", "amount", "expected", "close_date"],
                related=["quote.opportunity", "order.opportunity"],
            ),
        ],
        access=SELLING,
        timeline=Timeline(person="person", organisation="organisation", kinds=("created", "won", "lost"), said=True),
        facts=[
            Fact(
                "won",
                L("Trattative vinte", "Deals won"),
                at="closed_at",
                measures=["amount"],
                dims=["owner", "team", "source", "organisation", "pipeline", "competitor"],
                customer=["organisation", "person"],
                where={"field": "status", "op": "in", "value": ["won"]},
            ),
            Fact(
                "lost",
                L("Trattative perse", "Deals lost"),
                at="closed_at",
                measures=["amount"],
                dims=["lost_reason", "competitor", "owner", "team", "source", "stage"],
                customer=["organisation", "person"],
                where={"field": "status", "op": "in", "value": ["lost"]},
            ),
            Fact(
                "opened",
                L("Trattative aperte", "Deals opened"),
                at="created_at",
                measures=["amount", "expected"],
                dims=["stage", "owner", "team", "source", "forecast", "organisation"],
                customer=["organisation", "person"],
            ),
        ],
        presets=DEAL_PRESETS,
        quick=["name", "organisation", "person", "amount", "close_date", "stage"],
    )
)

OPPORTUNITY_LINE = register(
    Module(
        "opportunity_line",
        OpportunityLine,
        names=L("Riga di opportunità", "Opportunity line"),
        plural=L("Righe di opportunità", "Opportunity lines"),
        icon="list-details",
        area="sales",
        title=lambda r: r.description,
        fields=[
            Link("opportunity", L("Opportunità", "Opportunity"), to="opportunity"),
            Link("product", L("Prodotto", "Product"), to="product"),
            Text("description", L("Descrizione", "Description")),
            Decimal("quantity", L("Quantità", "Quantity"), minimum=0),
            Money("unit_price", L("Prezzo unitario", "Unit price"), minimum=0),
            Percent("discount", L("Sconto", "Discount")),
            Money("net", L("Importo", "Amount"), readonly=True),
            Integer("position", _POSITION),
        ],
        views=[Listing(columns=["description", "quantity", "unit_price", "discount", "net"], sort="position")],
        parents=("opportunity",),
        quick=LINE_QUICK,
        listed=False,
    )
)

TERRITORY = register(
    Module(
        "territory",
        Territory,
        names=L("Territorio", "Territory"),
        plural=L("Territori", "Territories"),
        icon="map-2",
        area="sales",
        arc="decisions",
        fields=[
            Text("name", L("Nome", "Name")),
            Tags("provinces", L("Province", "Provinces")),
            Tags("countries", L("Paesi", "Countries")),
            Tags("industries", L("Settori", "Industries")),
            Integer("position", _POSITION),
            Link("sales_team", L("Squadra", "Team in charge"), to="team"),
            Link("salesperson", L("Venditore", "Salesperson"), to="user"),
            Boolean("active", _ACTIVE),
        ],
        search=["provinces", "countries"],
        views=[
            Listing(
                columns=["position", "title", "provinces", "industries", "sales_team", "salesperson", "active"],
                sort="position",
            )
        ],
        access=KEPT_BY_MANAGERS,
    )
)

QUOTA = register(
    Module(
        "quota",
        Quota,
        names=L("Obiettivo", "Quota"),
        plural=L("Obiettivi", "Quotas"),
        icon="flag",
        area="sales",
        arc="decisions",
        title=lambda q: f"{q.salesperson or q.sales_team} · {q.start:%m/%Y}",
        fields=[
            Link("salesperson", L("Venditore", "Salesperson"), to="user"),
            Link("sales_team", L("Squadra", "Of the team"), to="team"),
            Choice("unit", L("Periodo", "Period"), options=PERIODS),
            Date("start", L("Dal", "From")),
            Date("end", L("Fino a (escluso)", "Until (not included)"), readonly=True),
            Money("amount", L("Importo", "Amount"), minimum=0),
            Choice("currency", L("Valuta", "Currency"), options=CURRENCIES),
        ],
        views=[
            Listing(columns=["title", "salesperson", "sales_team", "unit", "start", "amount"], sort="-start"),
        ],
        access=Access(view=Scope.TEAM, create=Scope.NONE, edit=Scope.NONE, delete=Scope.NONE),
    )
)
