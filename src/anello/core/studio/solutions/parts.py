"""What a solution can hold: each part says how its things are written, put into place and taken away.

To add one, register a `Part` in the `solution.py` of the application where its things are at home; nothing here knows
of fields or roles. Where the things are records of a module, `of_module` says all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from anello.core.actions import Context
from anello.core.actions.errors import explain
from anello.core.modules import Field, get
from anello.kit.text import L

Key = tuple[str, ...]
Values = dict[str, Any]
Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Part:
    """One kind of things, under its own heading of the file.

    `levels` names what the keys are (`("module", "name")` is written `person: x_hobby: …`). `here` are the things of
    this installation as they would be written; `typed` makes of what a file says the same form, with what is wrong by
    name. `put` creates a thing or changes it (`before` is what is here, None for nothing), `remove` takes away what
    `put` made; both write through the context of a running action, and raise Invalid.
    """

    name: str
    label: L
    levels: Sequence[str]
    here: Callable[[], Mapping[Key, Values]]
    typed: Callable[[Key, Values], tuple[Values, Errors]]
    put: Callable[[Context, Key, Values, Values | None], None]
    remove: Callable[[Context, Key], None]
    title: Callable[[Key, Values], str]
    word: Callable[[str], str] = str
    """What people call one of its values."""
    order: int = 100
    """Modules before fields, fields before layouts and roles: what is needed comes first."""


_parts: dict[str, Part] = {}


def part(made: Part) -> Part:
    """Make a part known; its name must be free."""
    if made.name in _parts:
        raise ValueError(f"the part {made.name} of solutions is registered twice")
    _parts[made.name] = made
    return made


def parts() -> list[Part]:
    """All parts in the order in which they are put into place."""
    return sorted(_parts.values(), key=lambda one: one.order)


def of_module(
    name: str, label: L, module: str, keys: Sequence[str], *, order: int, title: Callable[[Values], str]
) -> Part:
    """The records of a module as a part: `keys` name one, the other fields that input may set are its values.

    What a field holds by itself is not written. What is deleted is not there; put into place again, it comes back.
    """

    def fields() -> list[Field]:
        return [f for f in get(module).inputs.values() if f.name not in (*keys, "owner")]

    def values_of(record: Any) -> Values:
        held = ((f, _canonical(f, f.get(record))) for f in fields())
        return {f.name: value for f, value in held if value != _unsaid(f)}

    def here() -> dict[Key, Values]:
        records = get(module).model._default_manager.order_by(*keys)
        return {tuple(str(getattr(record, key)) for key in keys): values_of(record) for record in records}

    def typed(key: Key, said: Values) -> tuple[Values, Errors]:
        try:
            valid = get(module).input_model("create").model_validate({**said, **dict(zip(keys, key, strict=True))})
        except ValidationError as error:
            return {}, explain(error)
        given = ((f, _canonical(f, getattr(valid, f.name))) for f in fields() if f.name in valid.model_fields_set)
        return {f.name: value for f, value in given if value != _unsaid(f)}, {}

    def put(ctx: Context, key: Key, wanted: Values, before: Values | None) -> None:
        named = dict(zip(keys, key, strict=True))
        known = get(module).model.everything.filter(**named).first()  # type: ignore[attr-defined]
        if known is None:
            ctx.create(module, {**named, **wanted})
            return
        if known.deleted_at is not None:
            ctx.restore(known)
        ctx.update(known, {f.name: wanted.get(f.name, _unsaid(f)) for f in fields()})

    def remove(ctx: Context, key: Key) -> None:
        ctx.delete(*get(module).model._default_manager.filter(**dict(zip(keys, key, strict=True))))

    def word(value: str) -> str:
        return str(get(module).field(value).label) if get(module).has(value) else value

    return Part(
        name, label, keys, here, typed, put, remove,
        title=lambda key, values: title(values) or key[-1], word=word, order=order,
    )  # fmt: skip


def _canonical(f: Field, value: Any) -> Any:
    """As it is written: a number is the same with more or fewer zeros behind it."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else f.json(value)


def _unsaid(f: Field) -> Any:
    """What the field of a new record holds if nothing is said."""
    return _canonical(f, f.column.get_default())
