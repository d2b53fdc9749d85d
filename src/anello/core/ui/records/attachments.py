"""Uploading, downloading and removing the files of a record."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core import contents
from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run, writing
from anello.core.files import queries
from anello.core.modules import Module, get
from anello.core.ui.gate import module_view, signed_in
from anello.core.ui.records.found import found
from anello.core.ui.records.pages import RecordPage
from anello.core.ui.toasts import toast


@require_POST
@module_view
def upload(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/{slug}/{id}/files/`: attach the files posted as `file`; answers with the right column."""
    record = found(request, module, pk, "edit")
    status = 200
    for posted in request.FILES.getlist("file"):
        try:
            run("file.attach", {"module": module.name, "record": pk, **contents.receive(posted)}, gesture(request))
        except contents.TooLarge:
            status = 413
            toast(request, f"{posted.name}: {contents.too_large()}", kind="danger")
        except (Invalid, ValueError) as error:
            status = 422
            words = error.words if isinstance(error, Invalid) else error
            toast(request, f"{posted.name}: {words}", kind="danger")
    page = RecordPage(request, module, record)
    context = {"page": page, "module": module, "record": record}
    return render(request, "ui/records/side.html", context, status=status)


@require_GET
@signed_in
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`/files/{id}/`: the content, shown in place with `?inline=1` when it is an image or a PDF."""
    attachment = queries.find(request.actor, pk)  # type: ignore[attr-defined]
    if attachment is None:
        raise Http404(pk)
    return _served(request, attachment.name, attachment.sha256, lasts=True)


@require_POST
@signed_in
def store(request: HttpRequest) -> HttpResponse:
    """`/files/`: store the file posted as `file` for a field to name; answers with what the field then holds."""
    posted = request.FILES.get("file")
    if posted is None:
        return HttpResponseBadRequest()
    try:
        with writing(gesture(request)):
            received = contents.receive(posted)
    except contents.TooLarge:
        toast(request, f"{posted.name}: {contents.too_large()}", kind="danger")
        return HttpResponse(status=413)
    except ValueError as error:
        toast(request, error, kind="danger")
        return HttpResponse(status=422)
    return JsonResponse(received)


@require_GET
@module_view
def of_field(request: HttpRequest, module: Module, pk: int, name: str) -> HttpResponseBase:
    """`/{slug}/{id}/file/{field}/`: the content that a field of the record names, shown in place with `?inline=1`."""
    file = queries.in_field(request.actor, module, pk, name)  # type: ignore[attr-defined]
    if file is None:
        raise Http404(name)
    return _served(request, file.name, file.sha256)


def _served(request: HttpRequest, name: str, sha256: str, *, lasts: bool = False) -> HttpResponseBase:
    try:
        return contents.served(name, sha256, inline="inline" in request.GET, lasts=lasts)
    except FileNotFoundError as error:
        raise Http404(name) from error


@require_POST
@signed_in
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """`/files/{id}/delete/`: put aside at once, with undo."""
    gone = run("file.remove", {"id": pk}, gesture(request))
    toast(request, _("%(name)s removed") % {"name": gone.name}, undo=reverse("ui:file_recover", args=[pk]))
    return _side(request, gone)


@require_POST
@signed_in
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    """`/files/{id}/recover/`: bring it back."""
    back = run("file.restore", {"id": pk}, gesture(request))
    toast(request, _("%(name)s is back") % {"name": back.name}, kind="info")
    return _side(request, back)


def _side(request: HttpRequest, attachment: object) -> HttpResponse:
    module: Module = get(attachment.module)  # type: ignore[attr-defined]
    record = found(request, module, attachment.record_id)  # type: ignore[attr-defined]
    page = RecordPage(request, module, record)
    return render(request, "ui/records/side.html", {"page": page, "module": module, "record": record})
