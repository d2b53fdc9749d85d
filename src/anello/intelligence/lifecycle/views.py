"""The life cycle page: phases, what changed, what fits each phase; and the rules, with what changing one would do."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import get
from anello.core.policies import can
from anello.core.ui.answers import go, told
from anello.core.ui.gate import signed_in
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast
from anello.customers.module import KINDS, PHASES
from anello.intelligence.lifecycle import phases
from anello.intelligence.lifecycle.fits import FITS
from anello.intelligence.lifecycle.models import PhaseRule
from anello.intelligence.lifecycle.module import PHASE_RULE
from anello.intelligence.segments import building, words
from anello.kit.numbers import whole
from anello.warehouse.errors import WarehouseError

PERIODS = (30, 90, 365)
LABELS = {option.value: option.label for option in PHASES}


@require_GET
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """`/lifecycle/?of=organisation&days=90`."""
    actor = actor_of(request)
    kinds = [kind for kind in KINDS if can(actor, kind)]
    kind = request.GET.get("of", kinds[0] if kinds else "")
    if kind not in kinds:
        raise Http404(request.path)
    days = whole(request.GET.get("days", "")) or PERIODS[1]
    days = days if days in PERIODS else PERIODS[1]
    context: dict[str, Any] = {
        "kind": kind,
        "kinds": [(one, get(one).plural) for one in kinds],
        "days": days,
        "periods": PERIODS,
        "rules": _rules(actor, kind),
    }
    try:
        counts = phases.counts(actor, kind)
        moved = phases.transitions(actor, kind, timezone.localdate() - dt.timedelta(days=days))
    except WarehouseError as error:
        return render(request, "lifecycle/page.html", {**context, "error": str(error)})
    context["phases"] = [
        (option, counts[option.value], _list(kind, option.value), FITS[option.value]) for option in PHASES
    ]
    context["matrix"] = [
        (LABELS[before], [(moved.get((before, after), 0), before == after) for after in phases.PHASES])
        for before in phases.PHASES
    ]
    context["labels"] = [LABELS[phase] for phase in phases.PHASES]
    context["sankey"] = _sankey(moved)
    return render(request, "lifecycle/page.html", context)


def _list(kind: str, phase: str) -> str:
    only = json.dumps({"all": [{"field": "phase", "op": "in", "value": [phase]}]})
    return f"{reverse('ui:list', args=[get(kind).slug])}?{urlencode({'filter': only})}"


def _sankey(moved: dict[tuple[str, str], int]) -> dict[str, Any] | None:
    flows = [
        (str(LABELS[before]), str(LABELS[after]), moved[before, after])
        for before in phases.PHASES
        for after in phases.PHASES
        if moved.get((before, after))
    ]
    if not flows:
        return None
    return {
        "type": "sankey",
        "flows": flows,
        "labels": [f"{before} → {after}" for before, after, _n in flows],
        "series": [{"name": _("Customers"), "arc": "data", "values": [n for _b, _a, n in flows]}],
    }


def _rules(actor: Any, kind: str) -> list[dict[str, Any]]:
    if not can(actor, PHASE_RULE):
        return []
    may = can(actor, PHASE_RULE, "edit")
    return [
        {
            "label": LABELS.get(one.phase, one.phase),
            "words": words.sentence(actor, kind, one.definition) if one.definition else _("everybody else"),
            "url": reverse("lifecycle:rule", args=[one.pk]) if may else "",
        }
        for one in phases.stored(kind)
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """`/lifecycle/rules/{id}/`: its conditions; POST saves, undo takes it back."""
    record: PhaseRule = found(request, PHASE_RULE, pk, "edit")
    if request.method == "GET":
        return _rule(request, record, record.definition)
    tree = building.tree(request.POST)
    try:
        version = whole(request.POST.get("version", ""))
        run("phase_rule.update", {"definition": tree}, gesture(request), target=pk, version=version)
    except Invalid as error:
        return _rule(request, record, tree, error.words, status=422)
    except Conflict:
        toast(request, _("Somebody changed this rule meanwhile: look at it before you save."), kind="warning")
        return _rule(request, found(request, PHASE_RULE, pk, "edit"), record.definition, status=409)
    told(request, _("Rule saved: phases follow in a moment"))
    return go(request, f"{reverse('lifecycle:page')}?of={record.customer}")


def _rule(request: HttpRequest, record: PhaseRule, tree: Any, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "record": record,
        "label": LABELS.get(record.phase, record.phase),
        "whom": get(record.customer).plural,
        "refused": error,
        "back": f"{reverse('lifecycle:page')}?of={record.customer}",
        **building.conditions(actor_of(request), record.customer, tree, QueryDict()),
        "changed": True,
    }
    return render(request, "lifecycle/rule.html", context, status=status)


@require_POST
@signed_in
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """`/lifecycle/rules/{id}/preview/`: how many would change phase if the rule were so. Nothing is written."""
    record: PhaseRule = found(request, PHASE_RULE, pk, "edit")
    tree = building.tree(request.POST)
    rules = [phases.Draft(one.phase, tree) if one.pk == pk else one for one in phases.stored(record.customer)]
    try:
        outlook = phases.outlook(actor_of(request), record.customer, rules)
    except Invalid as error:
        return render(request, "lifecycle/preview.html", {"error": error.words})
    except WarehouseError as error:
        return render(request, "lifecycle/preview.html", {"error": str(error)})
    shown = [(LABELS[phase], now, then) for phase, (now, then) in outlook.phases.items()]
    return render(request, "lifecycle/preview.html", {"outlook": outlook, "shown": shown})
