"""Structures that the product keeps as they are: a definition, a form's parameters, the reasons of a score."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError

from anello.core.modules.fields.base import Field, fail, printable
from anello.kit.text import L

DEEPEST = 50


@dataclass(eq=False)
class Json(Field):
    """A JSON document; `shape` is the type it must have (a pydantic model, `dict[str, Any]`, `list[str]`…).

    It is stored as JSON of the validated shape. It is neither filtered nor sorted by, and is edited where it means
    something; the ordinary form shows its text.
    """

    _: KW_ONLY
    shape: Any = dict[str, Any]
    listed: bool = False

    kind: ClassVar[str] = "json"
    operators: ClassVar[tuple[str, ...]] = ()
    sortable: ClassVar[bool] = False

    def annotation(self) -> Any:
        return Annotated[Any, BeforeValidator(_read), AfterValidator(self._shaped)]

    def output(self) -> Any:
        return dict[str, Any] | list[Any]

    def _shaped(self, value: Any) -> Any:
        _storable(value)
        try:
            shape = TypeAdapter[Any](self.shape)
            return shape.dump_python(shape.validate_python(value), mode="json")
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise fail(f"{place}: {first['msg']}" if place else first["msg"]) from error

    def parse(self, text: str, locale: str = "it") -> Any:
        return _read(text)

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False)

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False, indent=2)


def _read(value: Any) -> Any:
    """Text is read as JSON; nothing, and empty text, as an empty object: the column holds no null."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise fail(L(f"Non è JSON valido {where}".rstrip() + ".", f"Not valid JSON {where}".rstrip() + ".")) from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _storable(value: Any, depth: int = 0) -> None:
    """PostgreSQL's jsonb takes no NUL, no lone surrogates, no NaN."""
    if depth > DEEPEST:
        raise fail(L("Troppi livelli.", "Too many levels."))
    if isinstance(value, str):
        printable(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise fail(L("Contiene un numero che non è un numero.", "Contains a number that is none."))
    if isinstance(value, Mapping):
        for key, item in value.items():
            _storable(key, depth + 1)
            _storable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _storable(item, depth + 1)
