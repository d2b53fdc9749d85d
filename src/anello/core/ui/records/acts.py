"""Registered actions as buttons and dialogs: the form comes from the typed input of the action.

What people read comes from the input's fields:

>>> class Convert(BaseModel):
...     amount: Decimal = Field(title="Amount", json_schema_extra={"label": L("Valore", "Value"), "kind": "money"})
...     owner: int | None = Field(None, json_schema_extra={"label": L("A chi", "To whom"), "link": "user"})

`label`, `help` (both L), `kind` (of the `{% field %}` tag), `link` (a module to choose a record of), `options`
(`[(value, L)]`). Without them the title and the type say enough.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import types
import typing
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_http_methods
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from anello.core.accounts.middleware import gesture
from anello.core.actions import Action, Conflict, Denied, Invalid, find, run
from anello.core.events.models import Event
from anello.core.modules import Module, by_model
from anello.core.ui.answers import go, told
from anello.core.ui.gate import module_view
from anello.core.ui.records.forms import draw, language, titles_for
from anello.core.ui.records.found import found
from anello.core.ui.records.pages import runnable
from anello.core.ui.toasts import toast, trigger
from anello.kit import numbers, time
from anello.kit.errors import BadValue
from anello.kit.numbers import whole
from anello.kit.text import L


@require_http_methods(["GET", "POST"])
@module_view
def do(request: HttpRequest, module: Module, pk: int, name: str) -> HttpResponse:
    """`/{slug}/{id}/do/{action}/`: GET asks (in the dialog), POST runs."""
    record = found(request, module, pk)
    own = find(name)
    if own is None or own.module != module.name or not runnable(request, module, record, own):
        raise Http404(name)
    if request.method == "GET":
        return _dialog(request, module, record, own)
    data, errors = _read(own, request.POST)
    try:
        if errors:
            raise Invalid(errors)
        result = run(name, data, gesture(request), target=pk)
    except Invalid as error:
        if own.input.model_fields:
            return _dialog(request, module, record, own, data=request.POST, errors=error.errors, status=422)
        return _refused(request, " ".join(m for many in error.errors.values() for m in many), 422)
    except (Conflict, Denied) as error:
        return _refused(request, error, 409 if isinstance(error, Conflict) else 403)
    return _done(request, module, pk, own, result)


def _refused(request: HttpRequest, words: object, status: int) -> HttpResponse:
    toast(request, words, kind="danger")
    return HttpResponse(status=status, headers={"HX-Reswap": "none"})


def _done(request: HttpRequest, module: Module, pk: int, own: Action, result: Any) -> HttpResponse:
    """Say it, with undo where something can be undone; go to the record that came of it."""
    if own.undoable and Event.objects.filter(batch=gesture(request).batch).exists():
        told(request, own.label)
    else:
        toast(request, own.label)
    made = _record_url(result)
    here = reverse("ui:record", args=[module.slug, pk])
    if made and made != here:
        return go(request, made)
    return trigger(HttpResponse(headers={"HX-Reswap": "none"}), dialog_close={}, refresh={})


def _record_url(result: Any) -> str:
    if not isinstance(result, Model):
        return ""
    try:
        module = by_model(type(result))
    except KeyError:
        return ""
    return reverse("ui:record", args=[module.slug, result.pk]) if module.is_record else ""


def _dialog(
    request: HttpRequest,
    module: Module,
    record: Any,
    own: Action,
    *,
    data: QueryDict | None = None,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    fields = own.input.model_fields
    widgets = [
        _widget(request, name, info, record, data, errors.get(name, []), autofocus=i == 0)
        for i, (name, info) in enumerate(fields.items())
    ]
    context = {
        "own": own,
        "module": module,
        "record": record,
        "title": module.title_of(record),
        "widgets": widgets,
        "general": [m for name, many in errors.items() if name not in fields for m in many],
        "url": request.get_full_path(),
    }
    return render(request, "ui/records/action.html", context, status=status)


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _base(annotation: Any) -> Any:
    """The type beneath `Annotated` and `| None`."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
        else:
            return annotation


def _options(info: FieldInfo) -> list[tuple[str, Any]]:
    extra, base = _extra(info), _base(info.annotation)
    if "options" in extra:
        return list(extra["options"])  # type: ignore[arg-type]
    if typing.get_origin(base) is typing.Literal:
        return [(str(v), str(v)) for v in typing.get_args(base)]
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return [(str(v.value), getattr(v, "label", v.value)) for v in base]
    return []


def _kind(info: FieldInfo) -> str:
    """The widget that suits the type."""
    extra, base = _extra(info), _base(info.annotation)
    if "kind" in extra:
        return str(extra["kind"])
    if "link" in extra:
        return "link"
    if _options(info):
        return "select"
    simple = {
        bool: "checkbox",
        dt.date: "date",
        dt.datetime: "datetime",
        SecretStr: "password",
        decimal.Decimal: "text",
    }
    return "tags" if typing.get_origin(base) in (list, set, tuple) else simple.get(base, "text")


def _widget(
    request: HttpRequest,
    name: str,
    info: FieldInfo,
    record: Any,
    data: QueryDict | None,
    errors: list[str],
    *,
    autofocus: bool,
) -> SafeString:
    extra, kind, many = _extra(info), _kind(info), _many(info)
    value: Any
    if data is not None:
        value = data.getlist(name) if many else data.get(name, "")
    elif name in request.GET:
        value = request.GET.getlist(name) if many else request.GET[name]
    else:
        # Pre-filled with the record's own value of that name, if the input has no default.
        value = info.get_default(call_default_factory=True) if not info.is_required() else getattr(record, name, None)
        value = getattr(value, "value", value)
    more: dict[str, Any] = {"options": _options(info), "autofocus": autofocus, "errors": errors}
    if kind == "link":
        to = str(extra["link"])
        more["url"] = reverse("ui:lookup", args=[to])
        pairs = [(to, pk) for v in (value if many else [value]) if v and (pk := whole(v)) is not None]
        titles = titles_for(request.actor, pairs)  # type: ignore[attr-defined]
        more |= {"multiple": many, "chosen": [(pk, titles.get((to, pk), "")) for _, pk in pairs]}
        more["display"] = titles.get(pairs[0], "") if pairs and not many else ""
    elif kind == "tags":
        more["chosen"] = [(v, v) for v in value or []]
    elif isinstance(value, decimal.Decimal):
        value = numbers.format_number(value, language())
    label = extra.get("label") or info.title or name.replace("_", " ").capitalize()
    return draw(
        kind, name, label, value, help=extra.get("help") or info.description or "", required=info.is_required(), **more
    )


def _many(info: FieldInfo) -> bool:
    return typing.get_origin(_base(info.annotation)) in (list, set, tuple)


def _read(own: Action, data: QueryDict) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What was typed as the input's values; numbers and dates as people here write them."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, info in own.input.model_fields.items():
        base = _base(info.annotation)
        if base is bool:
            values[name] = data.get(name) in ("true", "on", "1")
        elif _many(info):
            values[name] = [v for v in data.getlist(name) if v]
        elif text := str(data.get(name, "")).strip():
            try:
                values[name] = _meaning(base, text)
            except (BadValue, ValueError) as error:
                errors[name] = [str(error)]
        elif info.is_required():
            if base is not str:
                errors[name] = [str(L("Serve un valore.", "A value is needed."))]
            else:
                values[name] = ""
    return values, errors


def _meaning(base: Any, text: str) -> Any:
    if base is decimal.Decimal:
        return numbers.parse_number(text, language())
    if base is dt.datetime:
        return time.parse_datetime(text, get_current_timezone())  # type: ignore[arg-type]
    if base is dt.date:
        return time.parse_date(text)
    return text
