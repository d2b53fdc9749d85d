"""Risk and suggestions on the customer's page, the probability on the lead's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from anello.core.modules import get
from anello.core.policies import can, field_access, visible
from anello.core.ui.records.panels import panel
from anello.intelligence.learning.models import LeadScore
from anello.intelligence.learning.words import reasons as in_words
from anello.intelligence.value import queries
from anello.kit.text import L


def _expectations(kind: str) -> Callable[[HttpRequest, Any], SafeString | None]:
    def expectations(request: HttpRequest, record: Any) -> SafeString | None:
        found = queries.standing(request.actor, kind, record)  # type: ignore[attr-defined]
        reasons, products = found.get("churn_reasons"), found.get("next_products")
        if not reasons and not products:
            return None
        context = {
            "reasons": in_words("churn", reasons or []),
            "products": products,
            "risk": found.get("churn"),
        }
        return SafeString(render_to_string("learning/expectations.html", context, request))

    expectations.__qualname__ = f"expectations.{kind}"
    return expectations


for _kind in ("person", "organisation"):
    panel(_kind, L("Che cosa aspettarsi", "What to expect"), place="main", order=16)(_expectations(_kind))


@panel("lead", L("Probabilità di conversione", "Lead score"), place="side", order=15)
def probability(request: HttpRequest, record: Any) -> SafeString | None:
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not can(actor, "lead_score"):
        return None
    found = LeadScore.objects.filter(visible(actor, "lead_score"), lead=record.pk).first()
    levels = field_access(actor, get("lead_score"))
    if found is None or levels["probability"] == "hidden":
        return None
    told = in_words("lead", found.reasons) if levels["reasons"] != "hidden" else []
    return SafeString(render_to_string("learning/lead.html", {"score": found, "reasons": told}, request))
