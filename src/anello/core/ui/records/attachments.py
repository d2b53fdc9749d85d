"""Uploading, downloading and removing the files of a record."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.files import queries, storage
from anello.core.files.actions import too_large
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
            digest, size, head = storage.store(posted.chunks(), settings.ATTACHMENT_MAX_BYTES)
            name = posted.name or ""
            data = {
                "module": module.name,
                "record": pk,
                "name": name,
                "sha256": digest,
                "size": size,
                "content_type": storage.type_of(name, head),
            }
            run("file.attach", data, gesture(request))
        except storage.TooLarge:
            status = 413
            toast(request, f"{posted.name}: {too_large()}", kind="danger")
        except Invalid as error:
            status = 422
            toast(request, f"{posted.name}: {error.words}", kind="danger")
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
    path = storage.path_of(attachment.sha256)
    inline = "inline" in request.GET and attachment.content_type in storage.SHOWN
    response = FileResponse(
        path.open("rb"),
        as_attachment=not inline,
        filename=attachment.name,
        content_type=attachment.content_type if inline else "application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


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
