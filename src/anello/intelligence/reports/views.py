"""The builder with its preview, reports as they are read, and a list as a report's beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module
from anello.core.policies import can
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view, signed_in
from anello.core.ui.lists import condition_form, conditions
from anello.core.ui.lists.state import compact, read
from anello.core.ui.toasts import toast
from anello.intelligence.reports import asking, queries
from anello.intelligence.reports.definitions import CHARTS, Definition
from anello.intelligence.reports.semantics import Dimension, Measure, Semantics, semantics, subjects
from anello.kit.numbers import whole

BAD = 422


@signed_in
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """What the new report is about."""
    queries.gate(request, "report", "view")
    modules, facts = [], []
    for module in subjects(actor_of(request)):
        modules.append((module, f"{reverse('reports:build')}?{urlencode({'module': module.name})}"))
        known = semantics(actor_of(request), module.name)
        facts += [(module, fact, full_address(known.begin(fact))) for fact in known.facts if not fact.derived]
    return render(request, "reports/choose.html", {"modules": modules, "facts": facts})


@signed_in
@require_http_methods(["GET", "POST"])
def build(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """`/reports/build/?module=…` begins a report, `/reports/{id}/build/` opens one; POST saves.

    Who may not keep reports may still ask.
    """
    record = queries.report(request, pk) if pk is not None else None
    if record is None:
        queries.gate(request, "report", "view")
    source = request.POST if request.method == "POST" else request.GET
    errors: dict[str, list[str]] = {}
    definition = asking.stored(record.definition) if record else None
    if "module" in source:
        try:
            definition = asking.of_form(source)
        except Invalid as error:
            errors = error.errors
    if definition is None and not errors:
        return go(request, reverse("reports:choose"))
    status = 200
    if request.method == "POST" and definition is not None:
        try:
            return _save(request, record, definition)
        except Invalid as error:
            errors, status = error.errors, BAD
        except Conflict:
            errors, status = {"": [_("Somebody changed this report meanwhile: reload it to see how.")]}, 409
    name = source.get("module", "") if definition is None else definition.module
    try:
        known = semantics(actor_of(request), name)
    except Invalid as error:
        shown = {"errors": error.messages, "record": record}
        return render(request, "reports/unreadable.html", shown, status=BAD)
    definition = definition or Definition(module=name)
    context = {
        "record": record,
        "name": source.get("name", record.name if record else ""),
        "notes": source.get("notes", record.notes if record else ""),
        "audience": source.get("audience", record.audience if record else "me"),
        "errors": errors,
        "general": [m for key, many in errors.items() if key not in ("name", "notes") for m in many],
        "may_save": can(actor_of(request), "report", "create") if record is None else record.may_edit,
        "here": reverse("reports:edit", args=[record.pk]) if record else reverse("reports:build"),
        "answer": asking.answer(actor_of(request), definition),
        "fresh": asking.freshness(),
        "may_schedule": can(actor_of(request), "report_mail", "create"),
        "may_export": can(actor_of(request), definition.module, "export"),
        "forms": ["PDF", "XLSX", "CSV"],
        "dashboards": list(queries.editable_dashboards(request).order_by("title").values_list("pk", "title"))
        if can(actor_of(request), "dashboard", "create")
        else None,
        **_form(known, definition),
    }
    return render(request, "reports/build.html", context, status=status)


@signed_in
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """The answer to the form as it is."""
    queries.gate(request, "report", "view")
    try:
        definition = asking.of_form(request.GET)
    except Invalid as error:
        shown = asking.Answer(None, errors=error.messages)
        return render(request, "reports/answer.html", {"answer": shown}, status=BAD)
    shown = asking.answer(actor_of(request), definition)
    context = {"answer": shown, "fresh": asking.freshness()}
    return render(request, "reports/answer.html", context, status=BAD if shown.errors else 200)


@module_view
@require_GET
def of_list(request: HttpRequest, module: Module) -> HttpResponse:
    """`/{slug}/to-report/?…`: a report about the records of a list, by its filter."""
    state = read(request, module)
    if state.errors or state.words:
        toast(request, state.errors[0] if state.errors else _("Words cannot be part of a report: use a filter."),
              kind="danger")  # fmt: skip
        return go(request, state.url())
    wanted = {"module": module.name} | ({"filter": compact(state.filter)} if state.narrowed else {})
    return go(request, f"{reverse('reports:build')}?{urlencode(wanted)}")


def _save(request: HttpRequest, record: Any, definition: Definition) -> HttpResponse:
    typed = request.POST
    values = {
        "name": typed.get("name", ""),
        "notes": typed.get("notes", ""),
        "audience": typed.get("audience", "me"),
        "definition": definition.model_dump(mode="json"),
    }
    if record is None or "copy" in typed:
        saved = run("report.create", values, gesture(request))
    else:
        version = whole(typed.get("version")) or record.version
        saved = run("report.update", values, gesture(request), target=record.pk, version=version)
    toast(request, _("Saved: %(title)s") % {"title": saved.title})
    return go(request, reverse("reports:edit", args=[saved.pk]))


def _form(known: Semantics, definition: Definition) -> dict[str, Any]:
    """What the builder offers."""
    measures = [(m.key, m.label) for m in known.measures.values()]
    dimensions = [(d.key, d.label) for d in known.dimensions.values()]

    def chosen(key: str, offered: Mapping[str, Measure | Dimension]) -> tuple[str, str]:
        return key, offered[key].label if key in offered else key

    several = max(asking.SPARE_METRICS, len(definition.metrics))
    metrics = [*definition.metrics, *[""] * several][:several]
    rows = [*definition.rows, *[""] * asking.SPARE_ROWS][: asking.SPARE_ROWS]
    column = definition.columns[0] if definition.columns else ""
    places = [_("Figure"), _("Second figure"), _("Third figure")]
    places += [_("Further figure")] * (several - len(places))
    levels = (_("Divided by"), _("then by"), _("then by"))
    return {
        "module": known.module,
        "definition": definition,
        "measures": measures,
        "dimensions": dimensions,
        "metrics": [(p, *chosen(key, known.measures)) for p, key in zip(places, metrics, strict=True)],
        "rows": [(p, *chosen(key, known.dimensions)) for p, key in zip(levels, rows, strict=True)],
        "column": chosen(column, known.dimensions),
        "times": [(name, str(f.label)) for name, f in known.times.items()],
        "periods": [(name, str(words)) for name, words in conditions.PERIODS.items() if "next" not in name],
        "sorts": [(f"-{m}", _("%(figure)s, highest first") % {"figure": known.measures[m].label})
                  for m in definition.metrics if m in known.measures]
        + [(m, _("%(figure)s, lowest first") % {"figure": known.measures[m].label})
           for m in definition.metrics if m in known.measures],
        "charts": [(name, str(words)) for name, words in CHARTS.items()],
        "audiences": [("me", _("Only me")), ("team", _("My team")), ("all", _("Everybody"))],
        **condition_form.shown(known.actor, known.module, definition.filter, QueryDict()),
    }  # fmt: skip


def address(definition: Definition) -> str:
    """The builder's address of a definition, without its filter."""
    query = QueryDict(mutable=True)
    query["module"] = definition.module
    query.setlist("metric", definition.metrics)
    query.setlist("row", list(definition.rows))
    query.setlist("column", list(definition.columns))
    for name in ("by", "period", "sort", "chart"):
        if value := getattr(definition, name):
            query[name] = value
    query["limit"] = str(definition.limit)
    return f"?{query.urlencode()}"


def full_address(definition: Definition) -> str:
    """Where the builder shows a definition that nobody keeps."""
    filtered = f"&{urlencode({'filter': compact(definition.filter)})}" if definition.filter else ""
    return f"{reverse('reports:build')}{address(definition)}{filtered}"
