"""Dashboards: those that areas declare and those that people put together. Each report is asked on its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import get
from anello.core.policies import can
from anello.core.search.records import titles_of
from anello.core.ui.answers import go, told
from anello.core.ui.gate import signed_in
from anello.core.ui.lists.conditions import PERIODS
from anello.core.ui.shell.dashboards import Dashboard, dashboards
from anello.core.ui.toasts import toast
from anello.intelligence.reports import asking, linking, queries
from anello.intelligence.reports.definitions import Definition
from anello.intelligence.reports.views import full_address
from anello.kit.numbers import whole


@signed_in
@require_GET
def ready(request: HttpRequest, name: str) -> HttpResponse:
    """A dashboard that an area declares."""
    found = _declared(request, name)
    tiles = [
        {
            "name": one.label,
            "wide": one.wide,
            "large": one.definition.get("chart") == "number",
            "url": reverse("reports:figure", args=[name, i]),
        }
        for i, one in enumerate(found.figures)
    ]
    mail_url = reverse("reports:mail_ready", args=[name])
    return _page(request, {"name": found.label, "tiles": tiles, "here": request.path, "mail_url": mail_url})


@signed_in
@require_GET
def figure(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One figure of a declared dashboard, under its filters."""
    found = _declared(request, name)
    if number >= len(found.figures):
        raise Http404(request.path)
    definition = Definition.model_validate(dict(found.figures[number].definition))
    return _tile(request, definition, full_address(definition), reverse("reports:ready", args=[name]))


@signed_in
@require_GET
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """A dashboard somebody put together."""
    record = queries.dashboard(request, pk)
    wanted = [tile["report"] for tile in record.layout]
    known = {report.pk: report for report in queries.reports(request).filter(pk__in=wanted)}
    tiles = [
        {
            "number": number,
            "name": known[tile["report"]].title,
            "wide": tile["wide"],
            "large": known[tile["report"]].definition.get("chart") == "number",
            "url": reverse("reports:tile", args=[tile["report"]]),
            "also": {"board": pk},
        }
        for number, tile in enumerate(record.layout)
        # A report that is not shared with this reader is not there.
        if tile["report"] in known
    ]
    others = queries.reports(request).order_by("title").values_list("pk", "title") if record.may_edit else ()
    return _page(
        request,
        {
            "record": record,
            "name": record.title,
            "tiles": tiles,
            "here": request.path,
            "others": list(others),
            "mail_url": reverse("reports:mail_dashboard", args=[pk]),
        },
    )


@signed_in
@require_GET
def tile(request: HttpRequest, pk: int) -> HttpResponse:
    """A report as a part of another page: of the dashboard `board`, under its filters, or of its own."""
    record = queries.report(request, pk)
    board = whole(request.GET.get("board"))
    page = reverse("reports:dashboard", args=[board]) if board is not None else ""
    return _tile(request, asking.stored(record.definition), reverse("reports:edit", args=[pk]), page)


@signed_in
@require_POST
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a report (`add`), or move (`up`, `down`), widen (`wide`) or take away (`remove`) the tile of that number."""
    record = queries.dashboard(request, pk)
    version = whole(request.POST.get("version"))
    layout = [dict(one) for one in record.layout]
    if (report := whole(request.POST.get("add"))) is not None:
        layout.append({"report": report, "wide": False})
    for verb, step in (("up", -1), ("down", 1)):
        at = whole(request.POST.get(verb), len(layout) - 1)
        if at is not None and 0 <= at + step < len(layout):
            layout[at], layout[at + step] = layout[at + step], layout[at]
    if (at := whole(request.POST.get("wide"), len(layout) - 1)) is not None:
        layout[at]["wide"] = not layout[at]["wide"]
    if (at := whole(request.POST.get("remove"), len(layout) - 1)) is not None:
        del layout[at]
    try:
        run("dashboard.update", {"layout": layout}, gesture(request), target=pk, version=version)
    except Conflict:
        # The numbers are those of the tiles that were shown.
        toast(request, _("Somebody arranged this dashboard meanwhile: this is how it is now."), kind="warning")
    else:
        told(request, _("Dashboard arranged"))
    return go(request, reverse("reports:dashboard", args=[pk]))


@signed_in
@require_POST
def put(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a report on a dashboard of one's own, or on a new one."""
    report = queries.report(request, pk)
    chosen = whole(request.POST.get("dashboard"))
    one = {"report": pk, "wide": False}
    if chosen is None:
        made = run("dashboard.create", {"name": report.name, "layout": [one]}, gesture(request))
    else:
        record = queries.dashboard(request, chosen)
        made = run("dashboard.update", {"layout": [*record.layout, one]}, gesture(request), target=chosen)
    toast(request, _("On the dashboard: %(title)s") % {"title": report.title})
    return go(request, reverse("reports:dashboard", args=[made.pk]))


def _declared(request: HttpRequest, name: str) -> Dashboard:
    found = next((one for one in dashboards(actor_of(request)) if one.name == name), None)
    if found is None:
        raise Http404(name)
    return found


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    chosen = linking.chosen(request.GET)
    actor = actor_of(request)
    errors: list[str] = []
    picks: list[tuple[str, str]] = []
    try:
        picks = linking.words(actor, chosen)
    except Invalid as error:
        errors = error.messages
    named = {}
    for name, module in (("owner", "user"), ("team", "team")):
        pk = whole(chosen.get(name))
        titles = titles_of(actor, get(module), [pk]) if pk is not None else {}
        named[name] = {"value": pk or "", "display": titles.get((module, pk or 0), ""), "url": f"/lookup/{module}/"}
    for one in context["tiles"]:
        query = urlencode({**one.pop("also", {}), **chosen})
        one["url"] += f"?{query}" if query else ""
    declared = [(one.label, reverse("reports:ready", args=[one.name])) for one in dashboards(actor)]
    periods = [(name, str(words)) for name, words in PERIODS.items() if "next" not in name and name != "tomorrow"]
    if not can(actor, "report_mail", "create"):
        context["mail_url"] = ""
    elif chosen:
        context["mail_url"] += f"?{urlencode(chosen)}"
    return render(
        request,
        "reports/dashboard.html",
        {
            **context,
            "chosen": chosen,
            "errors": errors,
            "picks": [(said, f"?{urlencode({**chosen, 'only': rest})}") for said, rest in picks],
            "named": named,
            "periods": periods,
            "declared": declared,
            "fresh": asking.freshness(),
        },
    )


def _tile(request: HttpRequest, definition: Definition | None, url: str, board: str) -> HttpResponse:
    notes: list[str] = []
    picking = None
    actor = actor_of(request)
    if definition is not None:
        try:
            module = definition.module
            definition, notes = linking.narrowed(actor, definition, linking.chosen(request.GET))
            picking = linking.picking(module, request.GET, board) if board else None
        except Invalid as error:
            words = error.messages
            return render(request, "reports/tile.html", {"answer": asking.Answer(None, errors=words), "url": url})
    context = {"answer": asking.answer(actor, definition, notes, picking), "url": url, "board": board}
    return render(request, "reports/tile.html", context)
