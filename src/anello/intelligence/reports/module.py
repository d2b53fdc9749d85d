"""Reports and dashboards as Modules."""

from __future__ import annotations

from typing import Annotated, Any

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
    Option,
    Scope,
    Section,
    Text,
    register,
)
from anello.core.ui.shell.dashboards import named
from anello.intelligence.reports.definitions import Definition, Filters, Tile
from anello.intelligence.reports.models import Dashboard, Report, ReportAlert, ReportMail

_AUDIENCES = (
    Option("me", L("Solo io", "Only me")),
    Option("team", L("La mia squadra", "My team"), "teal"),
    Option("all", L("Tutti", "Everybody"), "green"),
)
_AUDIENCE = L("Per chi", "Shared with")
_NAME, _NOTES = L("Nome", "Name"), L("Note", "Notes")
_ACCESS = Access(view=Scope.OWN, create=Scope.OWN, edit=Scope.OWN, delete=Scope.OWN, manager=Scope.OWN)

REPORT = register(
    Module(
        "report",
        Report,
        names=L("Report", "Report"),
        plural=L("Report", "Reports"),
        icon="chart-bar",
        area="analysis",
        arc="outcome",
        fields=[
            Text("name", _NAME),
            LongText("notes", _NOTES),
            Choice("audience", _AUDIENCE, options=_AUDIENCES),
            Json("definition", L("Definizione", "Definition"), shape=Definition),
        ],
        views=[
            Listing(columns=["title", "notes", "audience", "owner", "updated_at"]),
            Detail(sections=[Section(L("Report", "Report"), ["name", "notes", "audience", "owner"])]),
        ],
        access=_ACCESS,
    )
)

DASHBOARD = register(
    Module(
        "dashboard",
        Dashboard,
        names=L("Cruscotto", "Dashboard"),
        plural=L("Cruscotti", "Dashboards"),
        icon="presentation",
        area="analysis",
        arc="outcome",
        fields=[
            Text("name", _NAME),
            LongText("notes", _NOTES),
            Choice("audience", _AUDIENCE, options=_AUDIENCES),
            Json(
                "layout",
                L("Disposizione", "Layout"),
                shape=Annotated[list[Tile], Constraint(max_length=24)],
            ),
        ],
        views=[
            Listing(columns=["title", "notes", "audience", "owner", "updated_at"]),
            Detail(sections=[Section(L("Cruscotto", "Dashboard"), ["name", "notes", "audience", "owner"])]),
        ],
        access=_ACCESS,
        quick=["name", "audience", "notes"],
    )
)

EVERY = (
    Option("daily", L("Ogni giorno", "Every day")),
    Option("weekly", L("Ogni settimana", "Every week")),
    Option("monthly", L("Ogni mese", "Every month")),
)
WEEKDAYS = (
    Option("MO", L("lunedì", "Monday")),
    Option("TU", L("martedì", "Tuesday")),
    Option("WE", L("mercoledì", "Wednesday")),
    Option("TH", L("giovedì", "Thursday")),
    Option("FR", L("venerdì", "Friday")),
    Option("SA", L("sabato", "Saturday")),
    Option("SU", L("domenica", "Sunday")),
)
FORMATS = (
    Option("pdf", L("PDF", "PDF")),
    Option("xlsx", L("Foglio Excel", "Excel sheet")),
    Option("csv", L("File CSV", "CSV file")),
)
ALERTS = (
    Option("above", L("Sale oltre", "Rises above")),
    Option("below", L("Scende sotto", "Falls below")),
    Option("change", L("Cambia del (%)", "Changes by (%)")),
)
_PAUSED = L("Sospeso", "Paused")
_PROBLEM = L("Che cosa non va", "What is wrong")


def _of_mail(record: Any) -> str:
    """What is sent, told when it is made: names of reports change, its own does not."""
    declared = named(record.ready)
    return str(record.dashboard or record.report or (declared.label if declared else record.ready))


MAIL = register(
    Module(
        "report_mail",
        ReportMail,
        names=L("Invio programmato", "Scheduled mail"),
        plural=L("Invii programmati", "Scheduled mails"),
        icon="mail",
        area="analysis",
        arc="outcome",
        title=_of_mail,
        fields=[
            Link("report", L("Report", "Report"), to="report"),
            Link("dashboard", L("Cruscotto", "Dashboard"), to="dashboard"),
            Text("ready", L("Cruscotto già pronto", "Ready-made dashboard")),
            Json("filters", L("Filtri del cruscotto", "Filters of the dashboard"), shape=Filters),
            Choice("every", L("Quando", "How often"), options=EVERY),
            Choice("weekday", L("Giorno della settimana", "Day of the week"), options=WEEKDAYS),
            Integer("day", L("Giorno del mese", "Day of the month"), minimum=1, maximum=28),
            Integer("hour", L("Ora", "Hour"), minimum=0, maximum=23),
            Choice("format", L("Formato", "Format"), options=FORMATS),
            Json(
                "recipients",
                L("Destinatari", "Recipients"),
                shape=Annotated[list[Annotated[int, Constraint(ge=1, le=2**63 - 1)]], Constraint(max_length=50)],
            ),
            Boolean("paused", _PAUSED),
            DateTime("next_at", L("Prossimo invio", "Next one"), readonly=True),
            LongText("problem", _PROBLEM, readonly=True),
        ],
        views=[
            Listing(columns=["title", "every", "hour", "format", "paused", "next_at", "owner"]),
            Detail(
                sections=[
                    Section(L("Che cosa", "What"), ["report", "dashboard", "format"]),
                    Section(L("Quando", "When"), ["every", "weekday", "day", "hour", "next_at"]),
                    Section(L("Stato", "State"), ["paused", "problem", "owner"]),
                ]
            ),
        ],
        access=_ACCESS,
        listed=False,
    )
)

ALERT = register(
    Module(
        "report_alert",
        ReportAlert,
        names=L("Allarme", "Alert"),
        plural=L("Allarmi", "Alerts"),
        icon="bell",
        area="analysis",
        arc="outcome",
        title=lambda record: str(record.report),
        fields=[
            Link("report", L("Report", "Report"), to="report"),
            Text("metric", L("Misura", "Figure")),
            Choice("kind", L("Quando", "When"), options=ALERTS),
            Decimal("threshold", L("Soglia", "Threshold")),
            Boolean("mail", L("Anche per e-mail", "By mail too")),
            Boolean("paused", _PAUSED),
            Boolean("beyond", L("Oltre la soglia", "Past the threshold"), readonly=True),
            Decimal("value", L("Ultimo valore", "Last value"), readonly=True),
            Text("currency", L("Valuta", "Currency"), readonly=True, listed=False),
            Decimal("base", L("Valore di partenza", "Value it is compared with"), readonly=True, listed=False),
            DateTime("told_at", L("Ultimo avviso", "Last notice"), readonly=True),
            LongText("problem", _PROBLEM, readonly=True),
        ],
        views=[
            Listing(columns=["title", "kind", "threshold", "value", "beyond", "told_at", "paused", "owner"]),
            Detail(
                sections=[
                    Section(L("Che cosa", "What"), ["report", "metric", "kind", "threshold", "mail"]),
                    Section(L("Stato", "State"), ["beyond", "value", "told_at", "paused", "problem", "owner"]),
                ]
            ),
        ],
        access=_ACCESS,
        listed=False,
    )
)
