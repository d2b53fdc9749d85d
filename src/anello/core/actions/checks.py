"""Saying what is wrong with which record of a batch."""

from __future__ import annotations

from anello.core.actions.context import Change
from anello.core.actions.errors import Invalid, merge
from anello.kit.text import L


class Errors:
    """Errors of the changes of one rule; leaving the `with` block raises them all as one Invalid."""

    def __init__(self, changes: list[Change]) -> None:
        self.many = len(changes) > 1
        self.found: list[dict[str, list[str]]] = []

    def add(self, index: int, field: str, message: L | str) -> None:
        """`field` may be empty: the record as a whole."""
        name = f"{index}.{field}".removesuffix(".") if self.many else field
        self.found.append({name: [str(message)]})

    def __enter__(self) -> Errors:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None and self.found:
            raise Invalid(merge(self.found))
