"""Downloads: the records of a list in its filter and order, and the empty file to fill in for an import."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.accounts.reading import read_by
from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.exchange import exporter, guessing, queries
from anello.core.exchange.models import ExportRun
from anello.core.exchange.storage import export_path
from anello.core.modules import Module, get
from anello.core.policies import can
from anello.core.ui import formats
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view, signed_in
from anello.core.ui.lists.state import read
from anello.core.ui.toasts import toast
from anello.kit import tabular
from anello.kit.numbers import BIGINT
from anello.kit.tabular import BadFile

AT_ONCE = 5000
"""Larger workbooks are made by a job, so that no request holds a thread for long."""


@module_view
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, module: Module) -> Any:
    """`?format=csv|xlsx|json` and the list's own parameters; `fields=` (comma separated) chooses the columns.

    A large workbook is offered as a job, which POST starts.
    """
    form: Any = request.GET.get("format", "csv")
    state = read(request, module)
    try:
        if form not in exporter.FORMATS:
            raise Invalid({"format": [", ".join(exporter.FORMATS)]})
        if state.errors:
            raise Invalid({"filter": state.errors})
        records = exporter.query(state.actor, module, state.filter, state.words, state.sort)
        chosen = request.GET["fields"].split(",") if request.GET.get("fields") else None
        fields = exporter.columns(state.actor, module, chosen)
        if request.method == "POST":
            asked = {"filter": state.filter, "words": state.words, "sort": state.sort, "fields": chosen}
            job = run("export.start", {"module": module.name, "form": form, **asked}, gesture(request))
            return go(request, reverse("ui:export_run", args=[job.pk]))
        if form == "xlsx" and (count := records.count()).value > AT_ONCE:
            number = formats.number(count.value) + ("+" if count.capped else "")
            return render(
                request,
                "ui/exchange/export_offer.html",
                {"module": module, "state": state, "number": number, "csv": state.url("export", format="csv")},
            )
        if form == "xlsx":
            return _workbook(module, records, fields)
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    except (Invalid, BadFile) as error:
        toast(request, str(error), kind="danger")
        return go(request, state.url())
    return _streamed(request, exporter.chunks(records, fields, form), module, form)


@signed_in
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own export, as far as it has come."""
    job = _run(request, pk)
    context = {"run": job, "module": get(job.module), "days": settings.EXPORT_FILES_DAYS}
    return render(request, "ui/exchange/export.html", context)


@signed_in
@require_GET
def file(request: HttpRequest, pk: int) -> FileResponse:
    """The file that was made."""
    job = _run(request, pk)
    path = export_path(job.pk)
    if job.status != "done" or not path.is_file():
        raise Http404(str(pk))
    name = _name(get(job.module), job.form)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=exporter.FORMATS[job.form])


@signed_in
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one's own export made no further."""
    job = _run(request, pk)
    try:
        run("export.cancel", {"run": job.pk}, gesture(request))
    except NotFound:
        return go(request, reverse("ui:export_run", args=[job.pk]))  # the file is there by now
    toast(request, _("The export was cancelled"), kind="info")
    return go(request, reverse("ui:list", args=[get(job.module).slug]))


def _run(request: HttpRequest, pk: int) -> ExportRun:
    if pk > BIGINT:
        raise Http404(str(pk))
    return queries.export_of(request.actor, pk)  # type: ignore[attr-defined]


def _workbook(module: Module, records: Any, fields: Any) -> FileResponse:
    target = tempfile.TemporaryFile()  # noqa: SIM115 the answer closes it
    exporter.write_xlsx(target, records, fields)
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=_name(module, "xlsx"), content_type=exporter.FORMATS["xlsx"]
    )


def _streamed(request: HttpRequest, chunks: Iterator[bytes], module: Module, form: str) -> StreamingHttpResponse:
    said = _said_to(request.user, chunks)
    content: Any = _waited_for(said) if isinstance(request, ASGIRequest) else said
    response = StreamingHttpResponse(content, content_type=exporter.FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(module, form)}"'
    return response


def _said_to(user: Any, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks in the language and by the clock of their reader: they are made when the request is over."""
    while True:
        with read_by(user):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


async def _waited_for(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks without blocking the server: each page of records is read in the thread of the database."""

    def following() -> bytes | None:
        return next(chunks, None)

    while (chunk := await sync_to_async(following)()) is not None:
        yield chunk


def _name(module: Module, form: str) -> str:
    return f"{module.slug}-{timezone.localdate():%Y-%m-%d}.{form}"


@module_view
@require_GET
def template(request: HttpRequest, module: Module) -> HttpResponse:
    """A file with the columns that an import of this module understands and one row to go by."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not can(actor, module, "import"):
        raise PermissionDenied(str(module.plural))
    header, example = guessing.template(actor, module)
    if request.GET.get("format") == "xlsx":
        target = tempfile.TemporaryFile()  # noqa: SIM115 the answer closes it
        tabular.write_xlsx(target, header, [example], str(module.plural)[:31])
        target.seek(0)
        return FileResponse(  # type: ignore[return-value]
            target, as_attachment=True, filename=f"{module.slug}.xlsx", content_type=exporter.FORMATS["xlsx"]
        )
    response = HttpResponse(b"".join(tabular.csv_chunks(header, [example])), content_type=exporter.FORMATS["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="{module.slug}.csv"'
    return response
