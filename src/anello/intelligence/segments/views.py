"""The builder of segments, and choosing people for fixed lists."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module, get
from anello.core.policies import can
from anello.core.ui.answers import go, told
from anello.core.ui.gate import module_view, signed_in
from anello.core.ui.lists import condition_form
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast
from anello.customers.module import CUSTOMERS
from anello.customers.module import KINDS as CUSTOMER_KINDS
from anello.intelligence.segments import building, definition, queries
from anello.intelligence.segments.models import STATIC, Segment
from anello.intelligence.segments.module import KINDS, SEGMENT
from anello.kit.numbers import whole
from anello.warehouse.errors import WarehouseError

MOST_CHOSEN = 1000


@require_http_methods(["GET", "POST"])
@signed_in
def build(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """`/segments/new/`, `/segments/{id}/edit/`: the builder; POST saves."""
    segment = _segment(request, pk)
    if request.method == "GET":
        return _page(request, segment, _stored(segment, request))
    values = _typed(request)
    if segment:
        values = {name: value for name, value in values.items() if name not in ("customer", "kind")}
    if values.get("kind") == STATIC or (segment and segment.kind == STATIC):
        values["definition"] = {}
    try:
        if segment is None:
            saved = run("segment.create", values, gesture(request))
        else:
            version = whole(request.POST.get("version", ""))
            saved = run("segment.update", values, gesture(request), target=segment.pk, version=version)
    except Invalid as error:
        return _page(request, segment, {**_stored(segment, request), **values}, error.errors, status=422)
    except Conflict:
        toast(request, _("Somebody changed this segment meanwhile: look at it before you save."), kind="warning")
        segment = _segment(request, pk)
        return _page(request, segment, _stored(segment, request), status=409)
    told(request, _("%(title)s saved") % {"title": saved.title})
    return go(request, reverse("ui:record", args=[SEGMENT.slug, saved.pk]))


def _segment(request: HttpRequest, pk: int | None) -> Segment | None:
    """The segment to be changed; 404 for whoever may not make or change it."""
    if pk is not None:
        return found(request, SEGMENT, pk, "edit")
    if not can(actor_of(request), SEGMENT, "create"):
        raise Http404(request.path)
    return None


def _stored(segment: Segment | None, request: HttpRequest) -> dict[str, Any]:
    if segment is None:
        kind = request.GET.get("customer", "person")
        return {
            "name": "", "customer": kind if kind in CUSTOMER_KINDS else "person", "description": "",
            "kind": STATIC if request.GET.get("kind") == STATIC else "dynamic", "definition": {},
        }  # fmt: skip
    names = ("name", "customer", "kind", "description", "definition")
    return {name: getattr(segment, name) for name in names}


def _typed(request: HttpRequest) -> dict[str, Any]:
    names = ("name", "customer", "kind", "description")
    return {**{name: request.POST.get(name, "") for name in names}, "definition": building.tree(request.POST)}


def _page(
    request: HttpRequest,
    segment: Segment | None,
    values: dict[str, Any],
    errors: Any = None,
    status: int = 200,
) -> HttpResponse:
    # A forged kind of customer was refused above; the form goes on with people.
    customer = values["customer"] if values["customer"] in CUSTOMER_KINDS else "person"
    context = {
        "segment": segment,
        "values": values,
        "errors": errors or {},
        "customers": [(option.value, option.label) for option in CUSTOMERS if can(actor_of(request), option.value)],
        "kinds": [(option.value, option.label) for option in KINDS],
        "url": reverse("segments:edit", args=[segment.pk]) if segment else reverse("segments:new"),
        "list_url": reverse("ui:list", args=[SEGMENT.slug]),
        "cancel_url": reverse("ui:record", args=[SEGMENT.slug, segment.pk])
        if segment
        else reverse("ui:list", args=[SEGMENT.slug]),
        **building.conditions(actor_of(request), customer, values["definition"], QueryDict()),
        "changed": True,
    }
    return render(request, "segments/builder.html", context, status=status)


@require_POST
@signed_in
def conditions(request: HttpRequest) -> HttpResponse:
    """`/segments/conditions/`: the definition in the form after a step: one condition more or less, another joint."""
    _segment(request, None)
    data, tree, error, actor = request.POST, building.tree(request.POST), "", actor_of(request)
    kind = data.get("customer", "")
    if kind not in CUSTOMER_KINDS or not can(actor, kind):
        raise Http404(kind)

    def made() -> dict[str, Any]:
        leaf = building.leaf(actor, kind, data)
        definition.predicate(actor, kind, leaf)
        return leaf

    step = condition_form.Step(tree, data)
    try:
        step = condition_form.step(tree, data, made)
    except Invalid as refused:
        error = refused.words
    except WarehouseError as refused:
        error = str(refused)
    context = {**building.conditions(actor, kind, step.tree, step.form), "error": error, "changed": step.changed}
    return render(request, "segments/conditions.html", context, status=422 if error else 200)


@require_POST
@signed_in
def preview(request: HttpRequest) -> HttpResponse:
    """`/segments/preview/`: how many the definition in the form finds, and some of them. Nothing is written."""
    _segment(request, None)
    kind = request.POST.get("customer", "")
    try:
        glance = queries.glance(actor_of(request), kind, building.tree(request.POST), key=_key(request))
    except Invalid as error:
        return render(request, "segments/preview.html", {"error": error.words})
    except WarehouseError as error:
        return render(request, "segments/preview.html", {"error": str(error)})
    except queries.Stopped:
        return render(request, "segments/preview.html", {"stopped": True})
    return render(request, "segments/preview.html", {"glance": glance, "slug": get(kind).slug})


@require_POST
@signed_in
def stop(request: HttpRequest) -> HttpResponse:
    """`/segments/stop/`: give up the count that is running for this person."""
    queries.stop(_key(request))
    return HttpResponse(status=204)


def _key(request: HttpRequest) -> str:
    return f"builder {actor_of(request).id}"


@require_http_methods(["GET", "POST"])
@module_view
def choose(request: HttpRequest, module: Module) -> HttpResponse:
    """`/people/to-segment/?id=1&id=2`: put the selected customers into a fixed list, an old one or a new one."""
    if module.name not in CUSTOMER_KINDS or not can(actor_of(request), SEGMENT, "create"):
        raise Http404(module.slug)
    source = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys(pk for i in source.getlist("id") if (pk := whole(i)) is not None))[:MOST_CHOSEN]
    seen = queries.known(actor_of(request), module.name, ids)
    if not ids or len(seen) < len(ids):
        raise Http404(module.slug)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            return _chosen(request, module, ids)
        except Invalid as error:
            errors = dict(error.errors)
    lists = queries.listed(actor_of(request), module.name, static=True)
    context = {
        "module": module,
        "ids": ids,
        "lists": [("", _("A new list")), *((one.pk, one.name) for one in lists)],
        "errors": errors,
        "list_url": reverse("ui:list", args=[module.slug]),
    }
    return render(request, "segments/choose.html", context, status=422 if errors else 200)


def _chosen(request: HttpRequest, module: Module, ids: list[int]) -> HttpResponse:
    target = whole(request.POST.get("segment", ""))
    if target is None:
        values = {"name": request.POST.get("name", ""), "customer": module.name, "kind": STATIC, "definition": {}}
        target = run("segment.create", values, gesture(request)).pk
    done = run("segment.add", {"ids": ids}, gesture(request), target=target)
    toast(request, ngettext("%(n)s added", "%(n)s added", done.joined) % {"n": done.joined})
    return go(request, reverse("ui:record", args=[SEGMENT.slug, target]))
