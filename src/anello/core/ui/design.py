"""`/design/`: every component of the product on one page, alive, in both themes and languages.

Parameters for looking at it: `?language=it|en&theme=light|dark&density=compact|comfortable&plain=1`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from anello.core.ui.toasts import toast

PEOPLE = ["Giulia Bianchi", "Marco Esposito", "Chiara Conti", "Luca Moretti", "Sara Galli", "Paolo Ferri"]
COMPANIES = [
    "Officine Brenta",
    "Cantina Vallescura",
    "Studio Aurora",
    "Rossi & Figli",
    "Molino del Garda",
    "Tessitura Como",
]


@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The living page."""
    preferences = {name: request.GET.get(name, "") for name in ("theme", "density", "sidebar")}
    with translation.override(request.GET.get("language") or translation.get_language()):
        return render(request, "ui/design.html", {**_samples(), "preferences": preferences})


@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """What opens beside the list."""
    return render(request, "ui/design/panel.html", {"now": timezone.now()})


@require_GET
def dialog(request: HttpRequest) -> HttpResponse:
    """A small task in a dialog."""
    return render(request, "ui/design/dialog.html")


@require_GET
def lookup(request: HttpRequest) -> HttpResponse:
    """Options of the sample combobox."""
    wanted = request.GET.get("q", "").casefold()
    found = [(str(i), name) for i, name in enumerate(COMPANIES) if wanted in name.casefold()]
    return render(request, "ui/components/options.html", {"options": found})


@require_GET
def events(request: HttpRequest) -> JsonResponse:
    """A sample week for the calendar."""
    monday = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    plan = [
        (0, 9, 1.5, _("Call with {name}"), "data"),
        (1, 11, 1, _("Demo at {name}"), "activities"),
        (2, 15, 2, _("Quote for {name}"), "decisions"),
        (3, 10, 1, _("Signature, {name}"), "outcome"),
        (4, 9.5, 1, _("Call with {name}"), "data"),
    ]
    listed = []
    for i, (day, hour, length, title, arc) in enumerate(plan):
        start = monday + timedelta(days=day, hours=hour)
        end = start + timedelta(hours=length)
        listed.append(
            {
                "id": str(i),
                "title": title.format(name=COMPANIES[i]),
                "start": start.strftime("%Y-%m-%dT%H:%M"),
                "end": end.strftime("%Y-%m-%dT%H:%M"),
                "arc": arc,
                "url": "/design/panel/",
            }
        )
    return JsonResponse(listed, safe=False)


@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Accepts a drop or a button press and says so, with undo."""
    toast(request, _("Done"), undo="/design/undo/")
    return HttpResponse(status=200)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Takes the sample change back."""
    toast(request, _("As it was before"), kind="info")
    return HttpResponse(status=200)


def _samples() -> dict[str, Any]:
    now = timezone.now()
    states = [
        (_("New"), "blue"),
        (_("In progress"), "amber"),
        (_("Qualified"), "violet"),
        (_("Won"), "green"),
        (_("Lost"), "red"),
    ]
    rows = [
        {
            "id": i,
            "company": COMPANIES[i],
            "person": PEOPLE[i],
            "state": states[i % 5],
            "value": Decimal(amount),
            "close": (now + timedelta(days=days)).date(),
            "touched": now - timedelta(hours=hours),
        }
        for i, (amount, days, hours) in enumerate(
            [
                ("18400", 12, 1),
                ("7250.50", 3, 20),
                ("42000", 30, 49),
                ("1234.5", 1, 100),
                ("9900", -4, 300),
                ("26300", 18, 4),
            ]
        )
    ]
    months = [_("Jun"), _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov")]
    euro = {"style": "currency", "currency": "EUR"}
    return {
        "now": now,
        "yesterday": now - timedelta(days=1),
        "long_ago": now - timedelta(days=90),
        "navigation": _navigation(),
        "creatable": [
            {"label": _("Person"), "icon": "user-plus", "url": "#"},
            {"label": _("Opportunity"), "icon": "target-arrow", "url": "#"},
        ],
        "favourites": [{"label": COMPANIES[0], "icon": "building", "url": "/design/?plain=1"}],
        "inbox_count": 3,
        "states": states,
        "rows": rows,
        "columns": [
            {
                "name": states[i][0],
                "color": states[i][1],
                "key": i,
                "cards": rows[i * 2 : i * 2 + 2],
                "total": sum(r["value"] for r in rows[i * 2 : i * 2 + 2]),
            }
            for i in range(3)
        ],
        "options": [("1", _("Low")), ("2", _("Normal")), ("3", _("High"))],
        "tags": [_("Partner"), "Export"],
        "required_error": [_("Enter an e-mail address such as name@example.it.")],
        "points": [4, 6, 5, 9, 8, 12, 11, 15],
        "points_down": [14, 13, 15, 11, 12, 9, 8, 7],
        "bars": {
            "type": "bar",
            "labels": months,
            "series": [{"name": _("Won"), "arc": "outcome", "values": [42000, 38500, 12400, 51000, 64300, 58900]}],
            "format": euro,
        },
        "lines": {
            "type": "line",
            "labels": months,
            "series": [
                {"name": _("Calls"), "arc": "activities", "values": [120, 135, 60, 148, 162, 171]},
                {"name": _("Leads"), "arc": "data", "values": [80, 92, 41, 101, 99, 120]},
            ],
        },
        "icons": [
            "user",
            "users",
            "building",
            "target-arrow",
            "phone",
            "mail",
            "calendar",
            "checklist",
            "file-invoice",
            "package",
            "chart-bar",
            "filter",
            "star",
            "bell",
            "settings",
            "trash",
        ],
    }


def _navigation() -> list[dict[str, Any]]:
    def item(label: str, icon: str, active: bool = False) -> dict[str, Any]:
        return {
            "label": label,
            "icon": icon,
            "url": "/design/" if active else f"/design/?plain={icon}",
            "active": active,
        }

    return [
        {
            "arc": "data",
            "label": _("Data"),
            "items": [item(_("People"), "users"), item(_("Organisations"), "building"), item(_("Products"), "package")],
        },
        {
            "arc": "decisions",
            "label": _("Decisions"),
            "items": [item(_("Forecast"), "chart-line"), item(_("Territories"), "map-pin")],
        },
        {
            "arc": "activities",
            "label": _("Activities"),
            "items": [
                item(_("Calendar"), "calendar"),
                item(_("Leads"), "user-plus", True),
                item(_("Opportunities"), "target-arrow"),
            ],
        },
        {
            "arc": "outcome",
            "label": _("Outcome"),
            "items": [
                item(_("Quotes"), "file-text"),
                item(_("Orders"), "shopping-cart"),
                item(_("Invoices"), "file-invoice"),
            ],
        },
    ]


urlpatterns = [
    path("", page, name="design"),
    path("panel/", panel),
    path("dialog/", dialog),
    path("lookup/", lookup),
    path("events/", events),
    path("accept/", accept),
    path("undo/", undo),
]
