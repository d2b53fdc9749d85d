"""Reports and dashboards as Modules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Constraint

from anello.core.modules import (
    Access,
    Choice,
    Detail,
    Json,
    L,
    Listing,
    LongText,
    Module,
    Option,
    Scope,
    Section,
    Text,
    register,
)
from anello.intelligence.reports.definitions import Definition, Tile
from anello.intelligence.reports.models import Dashboard, Report

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
