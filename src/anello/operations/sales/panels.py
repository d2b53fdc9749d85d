"""What sales adds to record pages and to the navigation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.modules import by_model
from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.kit.text import L
from anello.operations.sales import figures, phrases, widgets
from anello.operations.sales.editor import Editor

__all__ = ["figures", "phrases", "widgets"]

place("outcome", L("Andamento vendite", "Sales at a glance"), "chart-bar", "/sales/", module="opportunity")
place("decisions", L("Previsioni", "Forecast"), "chart-line", "/sales/forecast/", module="opportunity")


@panel("quote", L("PDF", "PDF"), place="header")
@panel("order", L("PDF", "PDF"), place="header")
@panel("invoice", L("PDF", "PDF"), place="header")
def pdf(request: HttpRequest, record: Any) -> SafeString:
    url = reverse("sales:pdf", args=[by_model(type(record)).slug, record.pk])
    return SafeString(render_to_string("sales/pdf_button.html", {"url": url}, request))


@panel("opportunity", L("Righe", "Lines"), order=10)
@panel("quote", L("Righe", "Lines"), order=10)
@panel("order", L("Righe", "Lines"), order=10)
@panel("invoice", L("Righe", "Lines"), order=10)
def lines(request: HttpRequest, record: Any) -> SafeString:
    return SafeString(render_to_string("sales/lines.html", {"editor": Editor(request, record)}, request))
