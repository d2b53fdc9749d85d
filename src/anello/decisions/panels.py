"""What decisions add to the navigation and to record pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from anello.core.ui.records.panels import panel
from anello.core.ui.shell.places import place
from anello.decisions import authority, effect, explaining, simulation
from anello.decisions.models import Decision, Policy
from anello.decisions.module import DECISION
from anello.decisions.ring import list_url
from anello.kit.text import L

CURRENCY = settings.BASE_CURRENCY
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


@panel("policy", L("Che cosa ha cambiato", "What it changed"), place="main", order=10)
def changed(request: HttpRequest, record: Policy) -> SafeString | None:
    """The effect with its intervals, and how both groups went day by day."""
    rows = effect.rows(record)
    if not rows:
        return None
    waiting = Decision.objects.filter(policy=record, state__in=("proposed", "approved")).count()
    context = {"policy": record, "rows": rows, "course": effect.course(record), "waiting": waiting}
    context["decisions_url"] = list_url("decision", {"field": "policy", "op": "in", "value": [record.pk]})
    return SafeString(render_to_string("decisions/effect.html", context, request))


@panel("policy", L("Che cosa farebbe", "What it would do"), place="main", order=20)
def would_do(request: HttpRequest, record: Policy) -> SafeString:
    """The last simulation, and what comes next in the policy's life."""
    found = simulation.kept(record.simulation) if record.simulation else None
    actor: Any = request.actor  # type: ignore[attr-defined]
    context = {
        "policy": record,
        "preview": found,
        "at": parse_datetime(record.simulation["at"]) if found else None,
        "currency": CURRENCY,
        "obstacles": authority.obstacles(actor, record) if record.status == "simulated" else [],
        "actions": explaining.actions(record),
        "conditions": explaining.conditions(record.customer, record.condition),
        "may": getattr(record, "may_edit", False),
    }
    return SafeString(render_to_string("decisions/simulation.html", context, request))
