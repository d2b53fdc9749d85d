"""Downloads: the records of a list in its filter and order, and the empty file to fill in for an import."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from anello.core.actions import Denied, Invalid
from anello.core.exchange import exporter, guessing
from anello.core.modules import Module
from anello.core.policies import can
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view
from anello.core.ui.lists.state import read
from anello.core.ui.toasts import toast
from anello.kit import tabular
from anello.kit.tabular import BadFile


@module_view
@require_GET
def export(request: HttpRequest, module: Module) -> Any:
    """`?format=csv|xlsx|json` and the list's own parameters; `fields=` (comma separated) chooses the columns."""
    form: Any = request.GET.get("format", "csv")
    state = read(request, module)
    try:
        if form not in exporter.FORMATS:
            raise Invalid({"format": [", ".join(exporter.FORMATS)]})
        if state.errors:
            raise Invalid({"filter": state.errors})
        records = exporter.query(state.actor, module, state.filter, state.words, state.sort)
        chosen = request.GET.get("fields")
        fields = exporter.columns(state.actor, module, chosen.split(",") if chosen else None)
        if form == "xlsx":
            return _workbook(module, records, fields)
    except Denied as error:
        raise PermissionDenied(str(error)) from error
    except (Invalid, BadFile) as error:
        toast(request, str(error), kind="danger")
        return go(request, state.url())
    return _streamed(request, exporter.chunks(records, fields, form), module, form)


def _workbook(module: Module, records: Any, fields: Any) -> FileResponse:
    target = tempfile.TemporaryFile()  # noqa: SIM115 the answer closes it
    exporter.write_xlsx(target, records, fields)
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=_name(module, "xlsx"), content_type=exporter.FORMATS["xlsx"]
    )


def _streamed(request: HttpRequest, chunks: Iterator[bytes], module: Module, form: str) -> StreamingHttpResponse:
    content: Any = _waited_for(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(content, content_type=exporter.FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(module, form)}"'
    return response


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
