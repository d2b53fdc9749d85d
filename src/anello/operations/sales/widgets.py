"""What salespeople find on their home page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.policies import can
from anello.core.ui import formats
from anello.core.ui.shell.widgets import widget
from anello.kit.money import EURO
from anello.kit.periods import period
from anello.kit.text import L
from anello.operations.sales import queries
from anello.operations.sales.charts import bars, series
from anello.operations.sales.models import Pipeline


def _draw(request: HttpRequest, template: str, context: dict[str, Any]) -> SafeString:
    return SafeString(render_to_string(f"sales/{template}.html", context, request))


@widget("sales_month", L("Questo mese", "This month"), area="sales", icon="target-arrow", order=30)
def month(request: HttpRequest) -> SafeString | None:
    """What was won this month against the quota: one's own, and of all one may see."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not can(actor, "opportunity"):
        return None
    rows = queries.forecast(actor, period("month", timezone.localdate()))
    mine = next((row for row in rows if row.id == actor.id), None)
    shown = [(_("Mine"), mine)] if mine else []
    if any(row is not mine for row in rows):
        shown.append((_("All I can see"), queries.total(rows)))
    tiles = [
        {
            "label": label,
            "closed": formats.money(row.closed, EURO, compact=True),
            "quota": formats.money(row.quota, EURO, compact=True) if row.quota else "",
            "percent": row.attainment,
        }
        for label, row in shown
    ]
    return _draw(request, "widget_month", {"tiles": tiles}) if tiles else None


@widget("my_pipeline", L("Le mie trattative aperte", "My open deals"), area="sales", icon="chart-bar", order=31)
def pipeline(request: HttpRequest) -> SafeString | None:
    """Own open deals by stage of the first pipeline."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    first = Pipeline.objects.filter(active=True).order_by("position", "pk").first()
    if first is None or not can(actor, "opportunity"):
        return None
    stages = [s for s in queries.pipeline_totals(actor, first.pk, mine=True) if s.stage.kind == "open"]
    if not any(one.count for one in stages):
        return None
    chart = bars(
        [str(one.stage) for one in stages],
        series(_("Amount"), "data", [one.amount for one in stages]),
        series(_("Expected"), "outcome", [one.expected for one in stages]),
        horizontal=True,
    )
    return _draw(request, "widget_pipeline", {"chart": chart})


@widget("standing_still", L("Trattative ferme", "Deals that stand still"), area="sales", icon="clock", order=32)
def still(request: HttpRequest) -> SafeString | None:
    """Own deals that stay too long in a stage, the longest first."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = list(queries.stale(actor, mine=True)[: queries.SHORT]) if can(actor, "opportunity") else []
    context = {"deals": found, "stale": True, "when": _("Stale from")}
    return _draw(request, "deals", context) if found else None


@widget("to_approve", L("Preventivi da approvare", "Quotes to approve"), area="sales", icon="shield-check", order=33)
def to_approve(request: HttpRequest) -> SafeString | None:
    """Quotes that wait for an approval the reader may give."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = list(queries.to_approve(actor)[: queries.SHORT]) if can(actor, "quote", "edit") else []
    return _draw(request, "approvals", {"quotes": found}) if found else None
