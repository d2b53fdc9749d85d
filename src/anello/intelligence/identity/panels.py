"""In the navigation: who may be the same person. On a pair that waits: the way to decide it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.intelligence.identity import queries
from anello.kit.text import L

place("data", L("Possibili doppioni", "Possible doubles"), "arrow-merge", "/identity/", "identity_pair")


@panel("identity_pair", L("Confronta", "Compare"), place="header")
def compare(request: HttpRequest, record: Any) -> SafeString | None:
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not queries.waiting(actor).filter(pk=record.pk).exists():
        return None
    return SafeString(render_to_string("identity/compare.html", {"pair": record}, request))
