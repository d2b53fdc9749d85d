"""The endpoints that belong to no module: who am I, what is there, search, undo and the feed of events."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from ninja import Router

from anello.core import contents
from anello.core.actions import Invalid, NotFound, run
from anello.core.api.records import answer, body, context, described, event_json, parameter, payload, query_text, schema
from anello.core.events.log import read
from anello.core.files import queries as files
from anello.core.modules import all_modules, get
from anello.core.modules import fields as kinds
from anello.core.modules.registry import names
from anello.core.policies import can, field_access, visible
from anello.core.search import suggest
from anello.kit.numbers import whole
from anello.kit.text import L

router = Router(tags=["Anello"])
_OBJECT = {"type": "object"}


def me(request: HttpRequest) -> HttpResponse:
    user = request.actor.user  # type: ignore[attr-defined]
    return JsonResponse(
        {"id": user.pk, "username": user.username, "name": str(user), "email": user.email, "language": user.language}
    )


def modules(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    found = []
    for module in all_modules():
        if not can(actor, module):
            continue
        access = field_access(actor, module)
        fields = [
            {
                "name": f.name,
                "label": {"it": f.label.it, "en": f.label.en},
                "kind": f.kind,
                "access": access[f.name],
                "required": bool(f.required),
                "operators": f.operators,
                **({"to": f.to} if isinstance(f, kinds.Link) else {}),
                **({"options": [o.value for o in f.options]} if isinstance(f, kinds.Choice) and f.options else {}),
            }
            for f in module.fields
            if access[f.name] != "hidden"
        ]
        names = {"it": module.names.it, "en": module.names.en}
        found.append({"name": module.name, "slug": module.slug, "label": names, "fields": fields})
    return JsonResponse({"data": found})


def search(request: HttpRequest) -> HttpResponse:
    hits = suggest(request.actor, query_text(request, "q"))  # type: ignore[attr-defined]
    return JsonResponse(
        {"data": [{"module": h.module.name, "id": h.id, "title": h.title, "subtitle": h.subtitle} for h in hits]}
    )


def undo(request: HttpRequest) -> HttpResponse:
    return answer(request, run("undo", payload(request), context(request)))


def events(request: HttpRequest) -> HttpResponse:
    """Events on records that the caller may see now, in commit order, from `after` on."""
    actor = request.actor  # type: ignore[attr-defined]
    text = query_text(request, "after") or "0-0"
    tx, _, last = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (tx, last)):
        raise Invalid(
            {"after": [L("Usa il «next» della risposta precedente.", "Use the “next” of the answer before.")]}
        )
    page = read(int(tx), int(last), 500)
    allowed: set[tuple[str, int]] = set()
    for module in all_modules():
        ids = {e.record_id for e in page if e.module == module.name and e.record_id}
        if ids and can(actor, module):
            seen = module.model._default_manager.filter(visible(actor, module), Q(pk__in=ids)).values_list(
                "pk", flat=True
            )
            allowed |= {(module.name, pk) for pk in seen}
    data: list[dict[str, Any]] = [
        event_json(actor, get(e.module), e) for e in page if (e.module, e.record_id or 0) in allowed
    ]
    return JsonResponse({"data": data, "next": f"{page[-1].tx}-{page[-1].pk}" if page else text})


def upload(request: HttpRequest) -> HttpResponse:
    """A file for a field to name: what it answers is what the field takes."""
    posted = request.FILES.get("file")
    if posted is None:
        raise Invalid({"file": [L("Manca il file.", "The file is missing.")]})
    try:
        received = contents.receive(posted)
    except contents.TooLarge as error:
        raise Invalid({"file": [contents.too_large()]}) from error
    except ValueError as error:
        raise Invalid({"file": [str(error)]}) from error
    return JsonResponse(received, status=201)


def download(request: HttpRequest, module: str, id: str, field: str) -> HttpResponseBase:
    pk = whole(id) if id.isascii() else None
    if module not in names() or pk is None:
        raise NotFound(f"{module} {id}")
    file = files.in_field(request.actor, get(module), pk, field)  # type: ignore[attr-defined]
    if file is None:
        raise NotFound(field)
    try:
        return contents.served(file.name, file.sha256)
    except FileNotFoundError as error:
        raise NotFound(field) from error


_sent = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_stored = described(201, schema(kinds.StoredFile, "serialization")) | {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _sent}}}
}
_content = described(200, None)
_content["responses"][200]["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_feed = described(200, _OBJECT, parameters=[parameter("after", "The `next` of the answer before.")])
_undo = described(
    200,
    _OBJECT,
    **body({"type": "object", "required": ["batch"], "properties": {"batch": {"type": "string", "format": "uuid"}}}),
)
_words = described(200, _OBJECT, parameters=[parameter("q", "Words.")])
_plain = described(200, _OBJECT)

for path, method, view, summary, extra in (
    ("/me", "GET", me, "Who am I", _plain),
    ("/modules", "GET", modules, "The modules and their fields", _plain),
    ("/search", "GET", search, "Search everything", _words),
    ("/undo", "POST", undo, "Undo a gesture", _undo),
    ("/events", "GET", events, "Follow the events", _feed),
    ("/files", "POST", upload, "Upload a file for a field", _stored),
    ("/files/{module}/{id}/{field}", "GET", download, "The file in a field of a record", _content),
):
    router.add_api_operation(path, [method], view, summary=summary, openapi_extra=extra)

__all__ = ["router"]
