"""In the navigation: who is the same person. On a person: who else that may be."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.policies import can
from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.intelligence.identity import queries
from anello.kit.text import L

place("data", L("Possibili doppioni", "Possible doubles"), "arrow-merge", "/identity/", "identity_pair")


@panel("person", L("Forse la stessa persona", "Maybe the same person"), place="side", order=12)
def doubles(request: HttpRequest, record: Any) -> SafeString | None:
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not can(actor, "person", "edit"):
        return None
    pairs = [
        (pair, pair.other if pair.person_id == record.pk else pair.person) for pair in queries.about(actor, record.pk)
    ]
    return SafeString(render_to_string("identity/doubles.html", {"pairs": pairs}, request)) if pairs else None
