"""Screens of sales that its specs cannot derive: the home page, the forecast, documents as PDF."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anello.core.modules import Module
from anello.core.policies import Actor
from anello.core.ui import formats
from anello.core.ui.gate import module_view, needs
from anello.kit.money import EURO
from anello.kit.periods import period
from anello.kit.text import L
from anello.operations.sales import queries
from anello.operations.sales.charts import bars, series
from anello.operations.sales.models import Pipeline
from anello.operations.sales.module.choices import LOST_REASONS
from anello.operations.sales.papers import paper

PERIODS: dict[str, tuple[L, Any, int]] = {
    "month": (L("Questo mese", "This month"), "month", 0),
    "next_month": (L("Mese prossimo", "Next month"), "month", 1),
    "quarter": (L("Questo trimestre", "This quarter"), "quarter", 0),
    "next_quarter": (L("Trimestre prossimo", "Next quarter"), "quarter", 1),
    "year": (L("Quest'anno", "This year"), "year", 0),
}
GROUPS = {"person": L("Per persona", "By person"), "team": L("Per squadra", "By team")}
FIGURES = ("closed", "quota", "open_amount", "weighted", "overdue")


@require_GET
@needs("opportunity")
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/sales/?who=mine|all&pipeline=N`: how the month goes and what wants attention."""
    pipelines = list(Pipeline.objects.filter(active=True).order_by("position", "pk"))
    if not pipelines:
        return render(request, "sales/home.html", {"found": None})
    mine = request.GET.get("who") != "all"
    asked = request.GET.get("pipeline", "")
    chosen = next((one for one in pipelines if str(one.pk) == asked), pipelines[0])
    found = queries.home(actor, chosen.pk, mine=mine)
    reasons = {option.value: option.label for option in LOST_REASONS}
    context = {
        "found": found,
        "mine": mine,
        "chosen": chosen,
        "pipelines": pipelines,
        "money": {name: formats.money(getattr(found, name), EURO) for name in FIGURES},
        "points": [float(month.amount) for month in found.months],
        "won": bars(
            [f"{month.start:%m/%Y}" for month in found.months],
            series(_("Won"), "outcome", [month.amount for month in found.months]),
        ),
        "stages": bars(
            [str(total.stage) for total in found.stages],
            series(_("Amount"), "data", [total.amount for total in found.stages]),
            series(_("Expected"), "outcome", [total.expected for total in found.stages]),
            horizontal=True,
        ),
        "lost": [(reasons.get(reason, reason), count) for reason, count in found.lost.items()],
    }
    return render(request, "sales/home.html", context)


@require_GET
@needs("opportunity")
def forecast(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/sales/forecast/?period=quarter&by=person`: quota, closed, committed and weighted by person or team."""
    name = request.GET.get("period", "quarter")
    by: Any = request.GET.get("by", "person")
    if name not in PERIODS or by not in GROUPS:
        raise Http404(request.path)
    _label, unit, offset = PERIODS[name]
    days = period(unit, timezone.localdate(), offset)
    rows = queries.forecast(actor, days, by)
    context = {
        "rows": rows,
        "total": queries.total(rows),
        "first": days.start,
        "last": days.end - dt.timedelta(days=1),
        "name": name,
        "by": by,
        "periods": [(key, label) for key, (label, _unit, _offset) in PERIODS.items()],
        "groups": list(GROUPS.items()),
        "bars": bars(
            [row.name for row in rows],
            series(_("Quota"), "data", [row.quota for row in rows]),
            series(_("Closed"), "outcome", [row.closed for row in rows]),
            series(_("Weighted"), "decisions", [row.weighted for row in rows]),
        ),
    }
    return render(request, "sales/forecast.html", context)


@require_GET
@module_view
def document(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/quotes/{id}/pdf/?language=en`: the paper of a document, in the customer's language unless another is asked."""
    made = paper(request.actor, module.name, pk, language=request.GET.get("language"))  # type: ignore[attr-defined]
    response = HttpResponse(made.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{made.name}"'
    return response
