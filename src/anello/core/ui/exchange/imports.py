"""The way of a file into a module: upload, mapping with preview, rehearsal, run, result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Denied, Invalid, run
from anello.core.exchange import mapping, previewing, queries, storage
from anello.core.exchange.actions import importable
from anello.core.exchange.guessing import mappable
from anello.core.exchange.models import ImportRun
from anello.core.exchange.reading import ID
from anello.core.modules import Date, DateTime, Field, Link, Module, get
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view, signed_in
from anello.core.ui.toasts import toast
from anello.kit import tabular
from anello.kit.numbers import whole
from anello.kit.text import L

VERBS = ("cancel", "resume", "undo")
BUSY = ("queued", "running", "undoing")
SHOWN_ERRORS = 50
FIGURES = {
    "created": L("creati", "created"),
    "updated": L("aggiornati", "updated"),
    "unchanged": L("invariati", "unchanged"),
    "skipped": L("saltati", "skipped"),
    "duplicates": L("doppioni", "duplicates"),
    "omitted": L("valori tralasciati", "values left out"),
}


@module_view
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, module: Module) -> HttpResponse:
    """Take a file; what cannot be read comes back with the reason."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    try:
        importable(actor, module.name)
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    errors: Mapping[str, list[str]] = {}
    if request.method == "POST":
        try:
            return go(request, reverse("ui:import_run", args=[_received(request, module).pk]))
        except Invalid as error:
            errors = error.errors
    context = {
        "module": module,
        "errors": [message for messages in errors.values() for message in messages],
        "mappings": mapping.names(module.name),
        "recent": queries.runs(actor, module.name)[:10],
    }
    return render(request, "ui/exchange/upload.html", context, status=422 if errors else 200)


def _received(request: HttpRequest, module: Module) -> ImportRun:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise Invalid({"file": [_("Choose a file.")]})
    data = {
        "module": module.name,
        "sha256": storage.keep(file.chunks()),
        "file_name": file.name or "",
        "mapping": request.POST.get("mapping", ""),
    }
    draft: ImportRun = run("import.prepare", data, gesture(request))
    return draft


@signed_in
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """All imports one may see."""
    found = queries.runs(request.actor)[:200]  # type: ignore[attr-defined]
    return render(request, "ui/exchange/history.html", {"runs": found})


@signed_in
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One import, as far as it has come."""
    return _page(request, _run(request, pk))


def _run(request: HttpRequest, pk: int) -> ImportRun:
    if pk >= 2**63:
        raise Http404(str(pk))
    return queries.run_of(request.actor, pk)  # type: ignore[attr-defined]


def _page(request: HttpRequest, draft: ImportRun, errors: list[str] | None = None) -> HttpResponse:
    module = get(draft.module)
    context: dict[str, Any] = {
        "run": draft,
        "module": module,
        "busy": draft.status in BUSY,
        "percent": round(100 * draft.position / draft.total) if draft.total else 0,
        "counts": _counts(draft.counts),
        "errors": errors or [],
    }
    if draft.status == "draft":
        context |= _draft(request, draft, module)
    else:
        context |= {"refused": _refused(draft), "kept": draft.undone.get("kept", [])[:SHOWN_ERRORS]}
    return render(request, "ui/exchange/run.html", context, status=422 if errors else 200)


def _counts(counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [
        {
            "module": get(name),
            "figures": [(label, counted[key]) for key, label in FIGURES.items() if counted.get(key)],
        }
        for name, counted in counts.items()
    ]


def _refused(draft: ImportRun) -> list[dict[str, Any]]:
    return [
        {"line": error.line, "words": queries.explain(error.messages), "cells": error.cells[:6]}
        for error in queries.errors(draft)[:SHOWN_ERRORS]
    ]


def _draft(request: HttpRequest, draft: ImportRun, module: Module) -> dict[str, Any]:
    actor: Any = request.actor  # type: ignore[attr-defined]
    path = storage.path_of(draft.sha256)
    sheet = tabular.sniff(path, draft.sheet, draft.encoding or None, draft.delimiter or None)
    feeds = draft.feeds.get("feeds", [])
    at = _at(request, feeds)
    own: dict[str, Any] = feeds[at] if feeds else {"module": module.name, "columns": []}
    module = get(own["module"])
    fields = mappable(actor, module)
    by_source = {column.get("source"): column for column in own["columns"]}
    context: dict[str, Any] = {
        "sheets": tabular.sheet_names(path),
        "encodings": ["utf-8", "utf-8-sig", "cp1252", "iso-8859-15", "utf-16"],
        "delimiters": [(",", ","), (";", ";"), ("\t", _("tab")), ("|", "|"), (" ", _("spaces"))],
        "columns": [
            {
                "place": place,
                "name": name,
                "sample": next((str(row[place]) for row in sheet.sample if str(row[place]).strip()), ""),
                "chosen": by_source.get(name, {}),
                "kind": _kind(module, by_source.get(name, {}).get("field", "")),
            }
            for place, name in enumerate(draft.header)
        ],
        "fields": [(f.name, f"{f.label}{' *' if f.required else ''}") for f in fields],
        "fixed": [
            (module.field(c["field"]), c["text"]) for c in own["columns"] if c.get("text") and module.has(c["field"])
        ],
        "keys": [(f.name, str(f.label)) for f in _keys(module, own)],
        "match": own.get("match"),
        "several": [(place, get(feed["module"]).plural) for place, feed in enumerate(feeds)] if feeds[1:] else [],
        "at": at,
        "mappings": mapping.names(module.name),
        "rehearsed": _counts(draft.rehearsal.get("counts", {})),
        "refused": _refused(draft),
        "again": queries.imported_before(draft),
    }
    try:
        context["preview"] = previewing.preview(draft) if feeds else None
    except Invalid as error:
        context["problems"] = error.messages
    return context


def _at(request: HttpRequest, feeds: list[Any]) -> int:
    """Which of the mapping's modules the form is about."""
    place = whole(request.POST.get("feed") or request.GET.get("feed") or "") or 0
    return place if place < len(feeds) else 0


def _kind(module: Module, name: str) -> str:
    f = module.field(name) if module.has(name) else None
    return "link" if isinstance(f, Link) else "date" if isinstance(f, Date | DateTime) else f.kind if f else ""


def _keys(module: Module, own: Mapping[str, Any]) -> list[Field]:
    mapped = {column["field"] for column in own["columns"]}
    names = dict.fromkeys([ID, *module.duplicates, *(f.name for f in module.fields if f.warn_unique)])
    return [module.field(name) for name in names if name in mapped]


@signed_in
@require_POST
def configure(request: HttpRequest, pk: int) -> HttpResponse:
    """Another reading, mapping or rule for duplicates; `then` rehearses or starts with what the form holds."""
    draft = _run(request, pk)
    if draft.status != "draft":
        return go(request, reverse("ui:import_run", args=[pk]))
    given = request.POST
    data: dict[str, Any] = {"run": draft.pk}
    for name, now in (("sheet", draft.sheet), ("encoding", draft.encoding), ("delimiter", draft.delimiter)):
        if given.get(name, now) != now:
            data[name] = given[name]
    if given.get("mapping"):
        data["mapping"] = given["mapping"]
    elif "fields" in given and len(data) == 1:
        data["feeds"] = _feeds(draft, given, _at(request, draft.feeds.get("feeds", [])))
    if given.get("duplicates"):
        data["duplicates"] = given["duplicates"]
    try:
        run("import.configure", data, gesture(request))
        if given.get("then") in ("rehearse", "start"):
            run("import.start", {"run": pk, "dry_run": given["then"] == "rehearse"}, gesture(request))
            return go(request, reverse("ui:import_run", args=[pk]))
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    except Invalid as error:
        return _page(request, _run(request, pk), error.messages)
    return _page(request, _run(request, pk))


def _feeds(draft: ImportRun, given: Any, at: int) -> dict[str, Any]:
    """The mapping as the form has it; of several modules the form shows the one `at` a place, and the others stay."""
    before = draft.feeds.get("feeds", [])
    own: dict[str, Any] = before[at] if before else {"module": draft.module, "columns": []}
    old = {column.get("source"): column for column in own["columns"]}
    columns: list[dict[str, Any]] = []
    for place, name in enumerate(draft.header):
        chosen = given.get(f"field-{place}", "")
        if not chosen:
            continue
        column = {**(old[name] if old.get(name, {}).get("field") == chosen else {}), "field": chosen, "source": name}
        if f"shown-{place}" in given and given[f"shown-{place}"] == chosen:
            column |= {
                "date": given.get(f"date-{place}", "").strip(),
                "decimals": given.get(f"decimals-{place}", ""),
                "default": given.get(f"default-{place}", "").strip(),
                "create": f"create-{place}" in given,
                "lenient": f"lenient-{place}" in given,
            }
        columns.append(column)
    taken = {column["field"] for column in columns}
    for column in own["columns"]:
        if column.get("text") and column["field"] not in taken:
            text = given.get(f"text-{column['field']}", column["text"]).strip()
            columns += [{**column, "text": text}] if text else []
    feed: dict[str, Any] = {**own, "columns": columns}
    if "keys" in given:
        feed["match"] = [name for name in given.getlist("match") if name in taken]
    return {"feeds": [*before[:at], feed, *before[at + 1 :]]}


@signed_in
@require_POST
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Cancel, resume or undo."""
    draft = _run(request, pk)
    if verb not in VERBS:
        raise Http404(verb)
    try:
        run(f"import.{verb}", {"run": draft.pk}, gesture(request))
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    except Invalid as error:
        return _page(request, draft, error.messages)
    return go(request, reverse("ui:import_run", args=[draft.pk]))


@signed_in
@require_POST
def save_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the mapping under a name."""
    draft = _run(request, pk)
    try:
        run("import.save_mapping", {"run": draft.pk, "name": request.POST.get("name", "").strip()}, gesture(request))
    except Invalid as error:
        return _page(request, draft, error.messages)
    toast(request, _("Mapping saved."))
    return go(request, reverse("ui:import_run", args=[draft.pk]))


@signed_in
@require_GET
def errors(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as a file to mend and import again."""
    draft = _run(request, pk)
    response = StreamingHttpResponse(list(queries.error_rows(draft)), content_type="text/csv; charset=utf-8")
    name = f"{get(draft.module).slug}-{draft.pk}-errors.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
