"""On the page of a business case: the way to the calculator. In the navigation: the calculator itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.kit.text import L

place("outcome", L("Quanto vale un CRM", "What is a CRM worth"), "calculator", "/worth/", "business_case")


@panel("business_case", L("Calcolatore", "Calculator"), place="header")
def calculator(request: HttpRequest, record: Any) -> SafeString:
    return render_to_string("worth/open.html", {"url": reverse("worth:case", args=[record.pk])}, request)
