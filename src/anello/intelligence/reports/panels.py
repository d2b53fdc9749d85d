"""On the pages of reports and dashboards: what they show, and the way to it. In every list: a report of its records."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.ui.lists.entries import menu_entry
from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.kit.text import L

place("outcome", L("Cruscotto vendite", "Sales dashboard"), "chart-line", "/dashboards/ready/sales/", "opportunity")
place("outcome", L("Cruscotto direzione", "Management"), "report-money", "/dashboards/ready/management/", "invoice")
menu_entry("*", L("Report", "Report"), "chart-bar", "report/", verb="view")


@panel("report", L("Report", "Report"), place="header")
def builder(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:edit", args=[record.pk]), "kind": "report"}
    return render_to_string("reports/open.html", context, request)


@panel("dashboard", L("Cruscotto", "Dashboard"), place="header")
def board(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:dashboard", args=[record.pk]), "kind": "dashboard"}
    return render_to_string("reports/open.html", context, request)


@panel("report", L("Risultato", "Result"), place="main")
def result(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:tile", args=[record.pk])}
    return render_to_string("reports/awaited.html", context, request)
