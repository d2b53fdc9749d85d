"""What decisions add to the navigation and to record pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.decisions import explaining
from anello.decisions.models import Decision
from anello.decisions.module import DECISION
from anello.kit.text import L

place("decisions", L("L'anello", "The ring"), "rotate-clockwise", "/ring/", module="person")
RECENT = 5


@panel("person", L("Perché", "Decisions and why"), place="side", order=25)
def of_person(request: HttpRequest, record: Any) -> SafeString | None:
    """The last decisions about the person, with their reasons."""
    return _recent(request, Decision.objects.filter(person=record))


@panel("organisation", L("Perché", "Decisions and why"), place="side", order=25)
def of_organisation(request: HttpRequest, record: Any) -> SafeString | None:
    """The last decisions about the organisation, with their reasons."""
    return _recent(request, Decision.objects.filter(organisation=record))


def _recent(request: HttpRequest, found: Any) -> SafeString | None:
    decisions = list(found.select_related("policy", "turn").order_by("-decided_at")[:RECENT])
    if not decisions:
        return None
    state: Any = DECISION.field("state")
    context = {"decisions": [(one, state.option(one.state), explaining.reasons(one)) for one in decisions]}
    return SafeString(render_to_string("decisions/recent.html", context, request))


@panel("decision", L("Perché", "Why"), place="main", order=10)
def why(request: HttpRequest, record: Any) -> SafeString:
    """The reasons of one decision, step by step."""
    return SafeString(render_to_string("decisions/why.html", {"reasons": explaining.reasons(record)}, request))
