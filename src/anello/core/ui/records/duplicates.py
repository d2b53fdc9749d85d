"""Probable duplicates while somebody types: exact values for every module, and what an app knows better.

An app registers its own finder in its `panels.py`:

>>> @finder("person")
... def likely(actor, values): return [Duplicate(12, "Mario Rossi", L("Stesso nome", "Same name"))]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from pydantic import TypeAdapter, ValidationError

from anello.core.modules import Module
from anello.core.policies import Actor, readable, visible
from anello.kit.text import L

MOST = 5


@dataclass(frozen=True)
class Duplicate:
    """A record that may be the same: its id, its title and why, in words."""

    id: int
    title: str
    why: L | str


Finder = Callable[[Actor, Mapping[str, Any]], Sequence[Duplicate]]
_finders: dict[str, Finder] = {}


def finder(module: str) -> Callable[[Finder], Finder]:
    """Register `f(actor, values) -> [Duplicate]`, which replaces the exact match; `values` are canonical."""

    def register(function: Finder) -> Finder:
        _finders[module] = function
        return function

    return register


def keys(module: Module) -> list[str]:
    """Fields that are looked at while typing."""
    own = [f.name for f in module.fields if f.warn_unique or f.name in module.duplicates]
    return [*own, *(n for n in ("first_name", "last_name", "name") if module.name in _finders and module.has(n))]


def find(actor: Actor, module: Module, values: Mapping[str, Any], *, but: int | None = None) -> list[Duplicate]:
    """At most 5 probable duplicates that the actor may see; `but` is the record being edited."""
    allowed = {f.name for f in readable(actor, module)}
    known = {n: v for n, v in values.items() if v not in (None, "", []) and n in allowed}
    if not known:
        return []
    found = _finders[module.name](actor, known) if module.name in _finders else _exact(actor, module, known)
    return [one for one in found if one.id != but][:MOST]


def _exact(actor: Actor, module: Module, values: Mapping[str, Any]) -> list[Duplicate]:
    asked = {name: values[name] for name in keys(module) if name in values}
    if not asked:
        return []
    same = Q()
    for name, value in asked.items():
        same |= Q(**{f"{name}__iexact" if isinstance(value, str) else name: value})
    records = module.model._default_manager.filter(same).filter(visible(actor, module))[: MOST + 1]
    return [Duplicate(r.pk, module.title_of(r), _why(module, r, asked)) for r in records]


def _why(module: Module, record: Any, asked: Mapping[str, Any]) -> L:
    labels = [
        module.field(n).label
        for n, v in asked.items()
        if str(module.field(n).get(record)).casefold() == str(v).casefold()
    ]
    return L(
        "Stesso valore: " + ", ".join(label.it for label in labels),
        "Same value: " + ", ".join(label.en for label in labels),
    )


def canonical(module: Module, typed: Mapping[str, str], locale: str) -> dict[str, Any]:
    """The valid ones among half-typed values, in the form in which they are stored."""
    values: dict[str, Any] = {}
    for name in keys(module):
        text = typed.get(name, "")
        f = module.inputs.get(name)
        if f is None or not text.strip():
            continue
        try:
            values[name] = TypeAdapter(f.annotation()).validate_python(f.parse(text, locale))
        except (ValidationError, ValueError):
            # Not finished typing: the form itself says so when it is saved.
            continue
    return values
