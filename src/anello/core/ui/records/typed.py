"""Forms from typed inputs: what an action, a treatment or a rule asks for.

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
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from anello.core.ui.records.forms import draw, language, titles_for
from anello.kit import numbers, time
from anello.kit.errors import BadValue
from anello.kit.numbers import whole
from anello.kit.text import L


def widgets(
    request: HttpRequest,
    shape: type[BaseModel],
    record: Any = None,
    data: QueryDict | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    but: str = "",
    prefix: str = "",
) -> list[SafeString]:
    """A field for each of the input's, with what was typed, else what the address or the record (or any object with
    attributes of those names) says, else its default; `but` names a field that is known already, `prefix` stands
    before the names where several such forms share a page."""
    found = errors or {}
    asked = [(name, info) for name, info in shape.model_fields.items() if name != but]
    return [
        _widget(request, name, info, record, data, list(found.get(name, [])), prefix, autofocus=place == 0)
        for place, (name, info) in enumerate(asked)
    ]


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
    prefix: str,
    *,
    autofocus: bool,
) -> SafeString:
    extra, kind, many = _extra(info), _kind(info), _many(info)
    value: Any
    if data is not None:
        value = data.getlist(prefix + name) if many else data.get(prefix + name, "")
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
        kind,
        prefix + name,
        label,
        value,
        help=extra.get("help") or info.description or "",
        required=info.is_required(),
        **more,
    )


def _many(info: FieldInfo) -> bool:
    return typing.get_origin(_base(info.annotation)) in (list, set, tuple)


def read(shape: type[BaseModel], data: QueryDict, prefix: str = "") -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What was typed as the input's values; numbers and dates as people here write them."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, info in shape.model_fields.items():
        base = _base(info.annotation)
        if base is bool:
            values[name] = data.get(prefix + name) in ("true", "on", "1")
        elif _many(info):
            values[name] = [v for v in data.getlist(prefix + name) if v]
        elif text := str(data.get(prefix + name, "")).strip():
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
    if base is SecretStr:
        return SecretStr(text)
    return text
