"""On the pages of reports and dashboards: what they show, and the way to it. In every list: a report of its records."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.accounts.middleware import actor_of
from anello.core.modules import get
from anello.core.policies import visible
from anello.core.search.records import titles_of
from anello.core.ui.lists.entries import menu_entry, neighbour
from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.intelligence.reports import linking, mailing
from anello.intelligence.reports.module import MAIL
from anello.intelligence.reports.semantics import countable
from anello.kit.text import L

place("outcome", L("Cruscotto vendite", "Sales dashboard"), "chart-line", "/dashboards/ready/sales/", "opportunity")
place("outcome", L("Cruscotto direzione", "Management"), "report-money", "/dashboards/ready/management/", "invoice")
neighbour("report", "report_mail")
neighbour("report", "report_alert")
neighbour("dashboard", "report_mail")
menu_entry("*", L("Report", "Report"), "chart-bar", "to-report/", verb="view", when=countable)


@panel("report", L("Report", "Report"), place="header")
def builder(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:edit", args=[record.pk]), "kind": "report"}
    return render_to_string("reports/open.html", context, request)


@panel("dashboard", L("Cruscotto", "Dashboard"), place="header")
def board(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:dashboard", args=[record.pk]), "kind": "dashboard"}
    return render_to_string("reports/open.html", context, request)


@panel("report_mail", L("Invii", "Sendings"), place="main")
def deliveries(request: HttpRequest, record: Any) -> SafeString:
    """To whom it goes, and what became of the last ones."""
    actor = actor_of(request)
    named = titles_of(actor, get("user"), record.recipients)
    editable = MAIL.model._default_manager.filter(visible(actor, MAIL, "edit"), pk=record.pk).exists()
    context = {
        "people": [title for _key, title in sorted(named.items(), key=lambda item: item[1])],
        "deliveries": record.deliveries.select_related("user").order_by("-turn", "pk")[:50],
        "edit_url": reverse("reports:edit_mail", args=[record.pk]) if editable else "",
        "source_url": mailing.address(record),
        "filters": linking.sentences(actor, record.filters),
    }
    return render_to_string("reports/deliveries.html", context, request)


@panel("report", L("Risultato", "Result"), place="main")
def result(request: HttpRequest, record: Any) -> SafeString:
    context = {"url": reverse("reports:tile", args=[record.pk])}
    return render_to_string("reports/awaited.html", context, request)
