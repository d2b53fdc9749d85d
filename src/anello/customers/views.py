"""Screens of the customer database that its specs cannot derive: duplicates, merging, logging, a person's data."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Denied, Invalid, run
from anello.core.modules import Module
from anello.core.policies import can, visible
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast, trigger
from anello.core.ui.values import record_url
from anello.customers import merging
from anello.customers.actions.identity import MOST
from anello.customers.comparison import compare
from anello.customers.duplicates import REASONS
from anello.customers.models import DuplicatePair, MergeRecord
from anello.customers.panels import shown_figures
from anello.kit.numbers import whole

PAIRS = 50
CAP = 1000


@require_GET
@module_view
def duplicates(request: HttpRequest, module: Module) -> HttpResponse:
    """`/people/duplicates/`: pairs of which the reader may change both, the likeliest first."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not can(actor, module, "edit"):
        raise Http404(module.slug)
    mine = module.model._default_manager.filter(visible(actor, module, "edit"))
    pairs = DuplicatePair.objects.filter(
        Q(first_id__in=mine.values("pk")), Q(second_id__in=mine.values("pk")), module=module.name, status="open"
    ).order_by("-score", "id")
    count = pairs[: CAP + 1].count()
    page = list(pairs[:PAIRS])
    records = module.model._default_manager.in_bulk([pk for p in page for pk in (p.first_id, p.second_id)])
    shown = [
        {
            "pair": p,
            "records": [records[p.first_id], records[p.second_id]],
            "reasons": [REASONS[reason] for reason in p.reasons],
            "percent": p.score,
        }
        for p in page
    ]
    context = {"module": module, "pairs": shown, "count": min(count, CAP), "capped": count > CAP}
    return render(request, "customers/duplicates.html", context)


@require_POST
@module_view
def scan(request: HttpRequest, module: Module) -> HttpResponse:
    """Look for duplicates now."""
    asked = run("duplicates.scan", {"module": module.name}, gesture(request))
    toast(request, _("Looking for duplicates: new ones appear here.") if asked else _("Already looking."), kind="info")
    return go(request, reverse("customers:duplicates", args=[module.slug]))


@require_POST
@module_view
def decide(request: HttpRequest, module: Module, pk: str, verb: str) -> HttpResponse:
    """Dismiss a pair, or take that back."""
    try:
        run(f"duplicates.{verb}", {"pair": int(pk)}, gesture(request))
    except Denied as error:
        raise Http404(pk) from error
    if verb == "dismiss":
        undo = reverse("customers:decide", args=[module.slug, pk, "reopen"])
        toast(request, _("They stay two records."), undo=undo)
        return go(request, reverse("customers:duplicates", args=[module.slug]))
    return trigger(HttpResponse(status=204), refresh={})


@require_http_methods(["GET", "POST"])
@module_view
def merge(request: HttpRequest, module: Module) -> HttpResponse:
    """`/people/merge/?id=1&id=2`: side by side, choose each value, merge."""
    source = request.POST if request.method == "POST" else request.GET
    actor: Any = request.actor  # type: ignore[attr-defined]
    ids = list(dict.fromkeys(pk for i in source.getlist("id") if (pk := whole(i)) is not None))[: MOST + 1]
    seen = module.model._default_manager.filter(visible(actor, module, "edit"), pk__in=ids).in_bulk()
    if not ids or len(seen) < len(ids):
        raise Http404(module.slug)
    records = [seen[pk] for pk in ids]
    survivor = seen.get(whole(source.get("survivor", ""))) or _eldest(records)
    if request.method == "POST":
        return _merge(request, module, records, survivor)
    return _side_by_side(request, module, records, survivor, {}, 200)


def _eldest(records: list[Any]) -> Any:
    """The record that was there first has more that points to it."""
    return min(records, key=lambda record: (record.created_at, record.pk))


def _side_by_side(
    request: HttpRequest, module: Module, records: list[Any], survivor: Any, errors: dict[str, list[str]], status: int
) -> HttpResponse:
    actor: Any = request.actor  # type: ignore[attr-defined]
    losers = [record.pk for record in records if record.pk != survivor.pk]
    ids = [record.pk for record in records]
    pair = DuplicatePair.objects.filter(module=module.name, first_id__in=ids, second_id__in=ids, status="open")
    context = {
        "module": module,
        "pair": pair.first() if len(ids) == 2 else None,
        "records": records,
        "survivor": survivor,
        "lines": compare(actor, module, records, survivor),
        "moving": sorted(merging.counts(actor, module, losers).items(), key=lambda pair: -pair[1]) if losers else [],
        "errors": [message for many in errors.values() for message in many],
        "lookup": f"/lookup/{module.name}/",
    }
    return render(request, "customers/merge.html", context, status=status)


def _merge(request: HttpRequest, module: Module, records: list[Any], survivor: Any) -> HttpResponse:
    losers = [record.pk for record in records if record.pk != survivor.pk]
    take = {
        name.removeprefix("take-"): pk
        for name, value in request.POST.items()
        if name.startswith("take-") and (pk := whole(value)) is not None
    }
    context = gesture(request)
    try:
        run(f"{module.name}.merge", {"losers": losers, "take": take}, context, target=survivor.pk)
    except Invalid as error:
        return _side_by_side(request, module, records, survivor, error.errors, 422)
    except Denied:
        refusal = {"": [_("You may not delete one of these records, so you cannot merge it.")]}
        return _side_by_side(request, module, records, survivor, refusal, 422)
    made = MergeRecord.objects.filter(batch=context.batch, survivor_id=survivor.pk).latest("pk")
    undo = reverse("customers:unmerge", args=[module.slug, survivor.pk, made.pk])
    toast(request, _("Merged into one record."), undo=undo)
    return go(request, record_url(module.name, survivor.pk))


@require_POST
@module_view
def unmerge(request: HttpRequest, module: Module, pk: str, merge: str) -> HttpResponse:
    """Take a merge back: the others are there again."""
    try:
        run(f"{module.name}.unmerge", {"merge": int(merge)}, gesture(request), target=int(pk))
    except (Invalid, Denied) as error:
        toast(request, error, kind="danger")
        return HttpResponse(status=422, headers={"HX-Reswap": "none"})
    toast(request, _("The records are apart again."))
    return trigger(HttpResponse(headers={"HX-Reswap": "none"}), refresh={})


@require_POST
@module_view
def dossier(request: HttpRequest, module: Module, pk: str) -> HttpResponse:
    """`/people/{id}/dossier/`: all that is held about the person, as a ZIP."""
    try:
        packed = run("person.export", None, gesture(request), target=int(pk))
    except Denied as error:
        raise Http404(pk) from error
    response = HttpResponse(packed, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="person-{pk}.zip"'
    return response


@require_POST
@module_view
def erase(request: HttpRequest, module: Module, pk: str) -> HttpResponse:
    """`/people/{id}/erase/`: forget the person."""
    try:
        run("person.erase", None, gesture(request), target=int(pk))
    except Denied as error:
        toast(request, error, kind="danger")
        return HttpResponse(status=403, headers={"HX-Reswap": "none"})
    toast(request, _("This person is forgotten."))
    return go(request, record_url(module.name, int(pk)))


@require_GET
@module_view
def figures(request: HttpRequest, module: Module, pk: str) -> HttpResponse:
    """`/people/{id}/figures/`: what the areas count about a customer."""
    record = found(request, module, int(pk))
    context = {"figures": shown_figures(request, module.name, record.pk)}
    return render(request, "customers/figure_tiles.html", context)
