"""What decisions add to the navigation, to record pages, and to the calculator of a CRM's worth."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from anello.core.events.models import Event
from anello.core.ui.records.panels import panel, phrase
from anello.core.ui.shell.places import place
from anello.decisions import authority, calibration, effect, explaining, lift, simulation
from anello.decisions.models import Decision, Policy
from anello.decisions.module import DECISION
from anello.decisions.ring import list_url
from anello.kit.text import L

__all__ = ["calibration"]

CURRENCY = settings.BASE_CURRENCY
place("decisions", L("L'anello", "The ring"), "rotate-clockwise", "/ring/", module="person")
RECENT = 5


@panel("person", L("Decisioni e perché", "Decisions and why"), place="side", order=25)
def of_person(request: HttpRequest, record: Any) -> SafeString | None:
    """The last decisions about the person, with their reasons."""
    return _recent(request, Decision.objects.filter(person=record))


@panel("organisation", L("Decisioni e perché", "Decisions and why"), place="side", order=25)
def of_organisation(request: HttpRequest, record: Any) -> SafeString | None:
    """The last decisions about the organisation, with their reasons."""
    return _recent(request, Decision.objects.filter(organisation=record))


def _recent(request: HttpRequest, found: Any) -> SafeString | None:
    decisions = list(found.select_related("policy", "turn").order_by("-decided_at")[:RECENT])
    if not decisions:
        return None
    state: Any = DECISION.field("state")
    actor: Any = request.actor  # type: ignore[attr-defined]
    context = {"decisions": [(one, state.option(one.state), explaining.reasons(one, actor)) for one in decisions]}
    return SafeString(render_to_string("decisions/recent.html", context, request))


@panel("decision", L("Perché", "Why"), place="main", order=10)
def why(request: HttpRequest, record: Any) -> SafeString:
    """The reasons of one decision, step by step."""
    reasons = explaining.reasons(record, request.actor)  # type: ignore[attr-defined]
    return SafeString(render_to_string("decisions/why.html", {"reasons": reasons}, request))


@phrase("decision.changed")
def changed(event: Event) -> str:
    """Many at once: an outcome that was looked at, an approval of all that waited."""
    return str(L("l'ha aggiornata", "updated it"))


@panel("policy", L("Che cosa fa, che cosa ha cambiato", "What it does, what it changed"), place="main", order=10)
def course(request: HttpRequest, record: Policy) -> SafeString:
    """What the policy changed, what it does and would do; open pages look again when something happens to it."""
    return SafeString(render_to_string("decisions/course.html", context_of(request, record), request))


def context_of(request: HttpRequest, policy: Policy) -> dict[str, Any]:
    """What that part of the policy's page shows."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = simulation.kept(policy.simulation) if policy.simulation else None
    looked_at = list(policy.turns.values_list("measured_at", flat=True))
    measured = any(looked_at)
    variants = lift.split(policy, "variant") if measured else []
    return {
        "policy": policy,
        "rows": effect.rows(policy, actor, variants) if measured else [],
        "challenge": effect.challenge(policy, variants) if measured else None,
        "repeats": policy.repeat_days is not None,
        "unmeasured": None in looked_at,
        "course": effect.course(policy) if measured else None,
        "waiting": Decision.objects.filter(policy=policy, state__in=("proposed", "approved")).count(),
        "decisions_url": list_url("decision", {"field": "policy", "op": "in", "value": [policy.pk]}),
        "preview": found,
        "at": parse_datetime(policy.simulation["at"]) if found else None,
        "currency": CURRENCY,
        "obstacles": authority.obstacles(actor, policy) if policy.status == "simulated" else [],
        "actions": explaining.actions(policy),
        "conditions": explaining.conditions(actor, policy.customer, policy.condition),
    }
