"""Who uses a field or a module: told before it goes, by name and with the way there.

Whoever keeps names of fields registers here; what it cannot do without stands in the way of a purge, what it can do
without goes along with it when the administrator says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anello.core.actions import Context
from anello.core.modules import Link, get
from anello.core.modules.registry import names
from anello.kit.text import L


@dataclass(frozen=True)
class Use:
    """`title`, which is a `what`, uses the field of the module; `drop` makes it do without, None where it cannot."""

    module: str
    field: str
    what: L
    title: str
    url: str = ""
    drop: Callable[[Context], None] | None = None

    def __str__(self) -> str:
        return f"{self.what} «{self.title}»"


Source = Callable[[], Iterable[Use]]
_sources: list[Source] = []


def source(found: Source) -> Source:
    """Register what tells all uses that there are of fields."""
    _sources.append(found)
    return found


def of_module(module: str) -> dict[str, list[Use]]:
    """The uses of the module's fields, by field."""
    found: dict[str, list[Use]] = {}
    for one in _sources:
        for use in one():
            if use.module == module:
                found.setdefault(use.field, []).append(use)
    return found


def of_field(module: str, name: str) -> list[Use]:
    return of_module(module).get(name, [])


def resolved(module: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The (module, field) that these paths (`city`, `organisation.city`) name, read from records of the module."""
    for path in paths:
        head, dot, far = path.partition(".")
        yield module, head
        if dot and module in names() and get(module).has(head):
            link = get(module).field(head)
            if isinstance(link, Link):
                yield link.to, far


def named(tree: Any) -> Iterator[str]:
    """The paths that a filter, as lists take it, asks about."""
    if isinstance(tree, Mapping):
        if isinstance(tree.get("field"), str):
            yield tree["field"]
        for part in tree.values():
            yield from named(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from named(part)


def texts(tree: Any) -> Iterator[str]:
    """Every text in a JSON document: what may be a path in one that has several places for them."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for part in tree.values():
            yield from texts(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from texts(part)
