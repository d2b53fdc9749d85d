"""The one error of the kit: a value nobody can make sense of, said in the reader's language."""

from __future__ import annotations

from anello.kit.text import L


class BadValue(ValueError):
    """A value that cannot be understood or is not allowed.

    `key` is stable (for tests and programs), `message` is the two-language text to show at the field;
    `str(error)` reads in the reader's language.
    """

    def __init__(self, key: str, it: str, en: str) -> None:
        super().__init__(key)
        self.key = key
        self.message = L(it, en)

    def __str__(self) -> str:
        return str(self.message)
