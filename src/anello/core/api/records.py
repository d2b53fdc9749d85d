"""The REST endpoints of a Module, from its spec: the same actions, policies and filters as the screens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router
from ninja.errors import HttpError
from pydantic import BaseModel

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Action, Context, Invalid, NotFound, once, registered, run
from anello.core.api.problem import Problem
from anello.core.events.models import Event
from anello.core.modules import Module, by_model
from anello.core.policies import Actor, can, field_access, visible
from anello.core.search import RecordQuery
from anello.kit.numbers import whole
from anello.kit.text import L

MOST = 200
"""Records per page at most."""
MOST_BULK = 1000
"""Records per bulk request at most."""
_PARAMETERS = {"filter", "q", "sort", "fields", "limit", "after", "count"}


def schema(model: type[BaseModel], mode: Any = "validation") -> dict[str, Any]:
    """A model's JSON schema, its definitions inside it."""
    return model.model_json_schema(mode=mode)


PROBLEMS: dict[int, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": {"schema": schema(Problem)}}}
    for status, text in {
        400: "Unreadable request",
        401: "No valid token",
        403: "Not permitted",
        404: "Does not exist, or may not be seen",
        409: "Somebody changed the same fields",
        412: "The version in If-Match is gone",
        415: "Not JSON",
        422: "Values that are not right, by field",
        429: "Too many requests",
    }.items()
}
"""Said once, among the components of the description; operations refer to it."""


def described(status: int, result: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """The OpenAPI responses (and more) of an operation."""
    good: dict[str, Any] = {"description": "OK" if result else "Done"}
    if result:
        good["content"] = {"application/json": {"schema": result}}
    problems = {status: {"$ref": f"#/components/responses/{status}"} for status in PROBLEMS}
    return {"responses": {status: good, **problems}, **more}


def body(content: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": content}}}}


def header(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}


def parameter(name: str, text: str, kind: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": kind or {"type": "string"}, "description": text}


IDEMPOTENCY = header("Idempotency-Key", "The same key does nothing twice and answers the same.")
IF_MATCH = header("If-Match", "The version that you saw; 412 when others changed the same fields since.")


LIST_PARAMETERS = [
    parameter("filter", 'A filter, for example `{"field": "city", "op": "is", "value": "Milano"}`.'),
    parameter("q", "Words to find."),
    parameter("sort", "A field; `-field` descends."),
    parameter("fields", "The fields to return, separated by commas."),
    parameter("limit", f"Records per page, {MOST} at most.", {"type": "integer", "minimum": 1, "maximum": MOST}),
    parameter("after", "The `next` of the page before."),
    parameter("count", "Any value: count the records too, up to 10,000."),
]
_IDS = {"type": "array", "items": {"type": "integer"}}
_BULK_DONE = {"type": "object", "properties": {"created": _IDS, "updated": _IDS, "deleted": _IDS}}


def _bulk_schema(new: dict[str, Any]) -> dict[str, Any]:
    change = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "version": {"type": "integer"}},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "create": {"type": "array", "items": new, "maxItems": MOST_BULK},
            "update": {"type": "array", "items": change, "maxItems": MOST_BULK},
            "delete": {"type": "array", "items": {"type": "integer"}, "maxItems": MOST_BULK},
        },
    }


def payload(request: HttpRequest, kind: type = dict) -> Any:
    """The JSON body."""
    if not request.body:
        return kind()
    if "json" not in request.headers.get("Content-Type", "application/json"):
        raise HttpError(415, "")
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, str(L("Il corpo non è JSON.", "The body is not JSON."))) from error
    if not isinstance(data, kind):
        raise Invalid(
            L("Serve un oggetto JSON.", "A JSON object is needed.")
            if kind is dict
            else L("Serve un elenco.", "A list is needed.")
        )
    return data


def context(request: HttpRequest) -> Context:
    return gesture(request, via="api")


def plain(actor: Actor, module: Module, record: Any, only: set[str] | None = None) -> dict[str, Any]:
    """A record as JSON: the fields that the actor may see (of `only`, when given)."""
    access = field_access(actor, module)
    values = {
        f.name: f.json(f.get(record))
        for f in module.fields
        if access[f.name] != "hidden" and (only is None or f.name in only)
    }
    return {"id": record.pk, "title": module.title_of(record), "version": getattr(record, "version", 1), **values}


def reply(content: dict[str, Any], status: int = 200) -> HttpResponse:
    """A record as JSON, with its version."""
    response = JsonResponse(content, status=status)
    if "version" in content:
        response.headers["ETag"] = f'"{content["version"]}"'
    return response


def _version(request: HttpRequest, data: Mapping[str, Any] | None = None) -> int | None:
    given: Any = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"') or (data or {}).get(
        "version"
    )
    if given in (None, "", "*"):
        return None
    version = None if isinstance(given, bool) else whole(given, 2**31 - 1)
    if version is None:
        raise Invalid({"version": [L("La versione è un numero.", "The version is a number.")]})
    return version


def _key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= 200:
        raise Invalid({"Idempotency-Key": [L("Da 1 a 200 caratteri.", "From 1 to 200 characters.")]})
    return key


def _pk(text: str) -> int:
    pk = whole(text) if text.isascii() else None
    if pk is None:
        raise NotFound(text)
    return pk


def query(request: HttpRequest, module: Module) -> RecordQuery:
    """The list that the request's parameters describe."""
    given = request.GET
    _printable(given.items())
    found = RecordQuery(actor_of(request), module)
    for name, value in given.items():
        if name not in _PARAMETERS:
            path, _, op = name.partition("__")
            many = str(value).split(",") if op in ("in", "not_in", "between") else value
            kind = module.field(path).operators if module.has(path) else ()
            found.where({"field": path, "op": op or ("in" if "is" not in kind else "is"), "value": many})
    if text := given.get("filter"):
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Invalid({"filter": [L("Il filtro non è JSON.", "The filter is not JSON.")]}) from error
        found.where(tree)
    if text := given.get("q"):
        found.words(text)
    if text := given.get("sort"):
        found.order(text)
    return found


def _printable(items: Any) -> None:
    for name, value in items:
        if "\x00" in value or "\x00" in name:
            raise Invalid(
                {
                    name.replace("\x00", ""): [
                        L("Contiene caratteri non ammessi.", "Contains characters that are not allowed.")
                    ]
                }
            )


def _limit(request: HttpRequest) -> int:
    text = request.GET.get("limit", "50")
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST or len(text) > 9:
        raise Invalid({"limit": [L(f"Un numero da 1 a {MOST}.", f"A number from 1 to {MOST}.")]})
    return int(text)


def _only(request: HttpRequest, module: Module) -> set[str] | None:
    text = request.GET.get("fields")
    if not text:
        return None
    names = {name.strip() for name in text.split(",")}
    access = field_access(actor_of(request), module)
    unknown = [n for n in names if n not in access or access[n] == "hidden"]
    if unknown:
        shown = ", ".join(sorted(unknown))
        raise Invalid({"fields": [L(f"Campi sconosciuti: {shown}.", f"Unknown fields: {shown}.")]})
    return names


def _without_hidden(module: Module, described: dict[str, Any]) -> dict[str, Any]:
    """The schema without the fields that administrators do without."""
    shown = {name: one for name, one in described["properties"].items() if not _is_hidden(module, name)}
    return described | {"properties": shown}


def _is_hidden(module: Module, name: str) -> bool:
    return module.has(name) and module.field(name).hidden


def router_for(module: Module) -> Router:
    """All operations on one module."""
    router = Router(tags=[module.plural.en])
    name, record_schema = module.name, _without_hidden(module, schema(module.output_model, "serialization"))
    listed = {
        "type": "object",
        "required": ["data", "next"],
        "properties": {
            "data": {"type": "array", "items": record_schema},
            "next": {"type": ["string", "null"]},
            "count": {"type": "object"},
        },
    }
    example = min((f for f in module.fields if f.operators and not f.hidden), key=lambda f: f.readonly).name

    def seen(request: HttpRequest) -> None:
        if not can(actor_of(request), module):
            raise NotFound(name)

    def list_records(request: HttpRequest) -> HttpResponse:
        seen(request)
        found, only = query(request, module), _only(request, module)
        page = found.page(_limit(request), after=request.GET.get("after") or None)
        answer: dict[str, Any] = {
            "data": [plain(actor_of(request), module, record, only) for record in page.records],
            "next": page.next,
        }
        if request.GET.get("count"):
            count = found.count()
            answer["count"] = {"value": count.value, "capped": count.capped}
        return JsonResponse(answer)

    def create_record(request: HttpRequest) -> HttpResponse:
        record = run(f"{name}.create", payload(request), context(request), key=_key(request))
        response = reply(_value(request, record), 201)
        response.headers["Location"] = f"/api/v1/{module.slug}/{record.pk}"
        return response

    def read_record(request: HttpRequest, id: str) -> HttpResponse:
        seen(request)
        return reply(plain(actor_of(request), module, _one(actor_of(request), module, id)))

    def update_record(request: HttpRequest, id: str) -> HttpResponse:
        data = payload(request)
        version = _version(request, data)
        data.pop("version", None)
        record = run(f"{name}.update", data, context(request), target=_pk(id), version=version, key=_key(request))
        return reply(_value(request, record))

    def delete_record(request: HttpRequest, id: str) -> HttpResponse:
        run(f"{name}.delete", None, context(request), target=_pk(id), version=_version(request))
        return HttpResponse(status=204)

    def restore_record(request: HttpRequest, id: str) -> HttpResponse:
        return reply(_value(request, run(f"{name}.restore", None, context(request), target=_pk(id))))

    def bulk(request: HttpRequest) -> HttpResponse:
        return JsonResponse(_bulk(request, module))

    def history(request: HttpRequest, id: str) -> HttpResponse:
        seen(request)
        record = _one(actor_of(request), module, id)
        return JsonResponse({"data": events_of(actor_of(request), module, record.pk)})

    one, many = module.names.en.lower(), module.plural.en.lower()
    other = f"Any field filters too: `{example}=…`, `{example}__contains=…`, `…__gte=…`, `…__in=a,b`."
    new, changed = (_without_hidden(module, schema(module.input_model(verb))) for verb in ("create", "update"))

    def add(path: str, method: str, view: Callable[..., Any], what: str, summary: str, **extra: Any) -> None:
        text = extra.pop("description", None)
        operation = f"{name}_{what}"
        router.add_api_operation(
            path, [method], view, summary=summary, description=text, operation_id=operation, **extra
        )

    listing = described(200, listed, parameters=LIST_PARAMETERS)
    add("", "GET", list_records, "list", f"List {many}", description=other, openapi_extra=listing)
    creation = described(201, record_schema, parameters=[IDEMPOTENCY], **body(new))
    add("", "POST", create_record, "create", f"Create a {one}", openapi_extra=creation)
    if module.is_record:
        together = described(200, _BULK_DONE, parameters=[IDEMPOTENCY], **body(_bulk_schema(new)))
        add("/bulk", "POST", bulk, "bulk", "Write many at once, all or nothing", openapi_extra=together)
    # Before `/{id}`, which would take their names for ids.
    for own in (a for a in registered(module.name) if not a.target):
        _add_action(router, own)
    add("/{id}", "GET", read_record, "read", f"Read a {one}", openapi_extra=described(200, record_schema))
    change = described(200, record_schema, parameters=[IF_MATCH, IDEMPOTENCY], **body(changed))
    add("/{id}", "PATCH", update_record, "update", f"Change a {one}", openapi_extra=change)
    if module.is_record:
        removal = described(204, None, parameters=[IF_MATCH])
        add("/{id}", "DELETE", delete_record, "delete", f"Delete a {one}", openapi_extra=removal)
        add(
            "/{id}/restore",
            "POST",
            restore_record,
            "restore",
            "Restore it",
            openapi_extra=described(200, record_schema),
        )
    past = described(200, {"type": "object", "properties": {"data": {"type": "array"}}})
    add("/{id}/events", "GET", history, "events", "What happened to it", openapi_extra=past)
    for own in (a for a in registered(module.name) if a.target):
        _add_action(router, own)
    return router


def _one(actor: Actor, module: Module, text: str) -> Any:
    record = module.model._default_manager.filter(visible(actor, module), pk=_pk(text)).first()
    if record is None:
        raise NotFound(module.name)
    return record


def _add_action(router: Router, own: Action) -> None:
    def on_record(request: HttpRequest, id: str) -> HttpResponse:
        data = payload(request)
        version = _version(request)
        return answer(
            request, run(own.name, data, context(request), target=_pk(id), version=version, key=_key(request))
        )

    def on_module(request: HttpRequest) -> HttpResponse:
        return answer(request, run(own.name, payload(request), context(request), key=_key(request)))

    verb = own.name.rpartition(".")[2].replace("_", "-")
    view: Callable[..., Any] = on_record if own.target else on_module
    path = f"/{{id}}/{verb}" if own.target else f"/{verb}"
    extra = described(200, {"type": "object"}, parameters=[IDEMPOTENCY], **body(schema(own.input), required=False))
    summary = own.label.en if own.label else own.name
    router.add_api_operation(
        path, ["POST"], view, summary=summary, operation_id=own.name.replace(".", "_"), openapi_extra=extra
    )


def answer(request: HttpRequest, result: Any) -> HttpResponse:
    """The result of an action: a record, records, or a value."""
    if isinstance(result, list | tuple):
        return JsonResponse({"data": [_value(request, item) for item in result]})
    if isinstance(result, bytes):
        return HttpResponse(result, content_type="application/octet-stream")
    value = _value(request, result)
    return JsonResponse(value if isinstance(value, dict) else {"result": value})


def _value(request: HttpRequest, result: Any) -> Any:
    try:
        module = by_model(type(result))
    except KeyError:
        return result
    seen = module.model._default_manager.filter(visible(actor_of(request), module), pk=result.pk).exists()
    # What an action moved beyond the caller's sight, or was there when it was first asked, is named and not shown.
    return plain(actor_of(request), module, result) if seen else {"id": result.pk, "module": module.name}


def _bulk(request: HttpRequest, module: Module) -> dict[str, Any]:
    data = payload(request)
    unknown = set(data) - {"create", "update", "delete"}
    if unknown:
        raise Invalid({name: [L("Campo sconosciuto.", "Unknown field.")] for name in unknown})
    rows = {word: data.get(word) or [] for word in ("create", "update", "delete")}
    for word, items in rows.items():
        if not isinstance(items, list) or len(items) > MOST_BULK:
            raise Invalid({word: [L(f"Un elenco di al massimo {MOST_BULK}.", f"A list of at most {MOST_BULK}.")]})
    ctx = context(request)
    return once(ctx, f"{module.name}.bulk", rows, lambda: _write(ctx, request, module, rows), key=_key(request))


def _write(ctx: Context, request: HttpRequest, module: Module, rows: dict[str, list[Any]]) -> dict[str, Any]:
    done: dict[str, Any] = {"created": [], "updated": [], "deleted": []}
    if rows["create"]:
        done["created"] = [r.pk for r in run(f"{module.name}.create", rows["create"], ctx)]
    for index, row in enumerate(rows["update"]):
        if not isinstance(row, dict) or not _is_id(row.get("id")):
            raise Invalid({f"update.{index}.id": [L("Serve il numero del record.", "The record's number is needed.")]})
        values = {k: v for k, v in row.items() if k not in ("id", "version")}
        done["updated"].append(
            run(f"{module.name}.update", values, ctx, target=row["id"], version=_version(request, row)).pk
        )
    if rows["delete"]:
        if not all(_is_id(pk) for pk in rows["delete"]):
            raise Invalid({"delete": [L("Servono i numeri dei record.", "The records' numbers are needed.")]})
        done["deleted"] = [r.pk for r in run(f"{module.name}.delete", None, ctx, target=rows["delete"])]
    return done


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def events_of(actor: Actor, module: Module, pk: int, most: int = 200) -> list[dict[str, Any]]:
    """The newest events of a record, changes of hidden fields left out."""
    events = Event.objects.filter(module=module.name, record_id=pk).order_by("-id")[:most]
    return [event_json(actor, module, event) for event in events]


def event_json(actor: Actor, module: Module, event: Event) -> dict[str, Any]:
    """An event as the actor may know it."""
    access = field_access(actor, module)
    return {
        "id": event.pk,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "module": event.module,
        "record": event.record_id,
        "version": event.version,
        "actor": event.actor_id,
        "via": event.via,
        "changes": {n: c for n, c in event.changes.items() if access.get(n, "hidden") != "hidden"},
    }


def query_text(request: HttpRequest, name: str) -> str:
    """A query parameter that PostgreSQL can hold."""
    _printable(request.GET.items())
    return request.GET.get(name, "")
