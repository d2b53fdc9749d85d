"""Two-language texts and the normal form that search and duplicate keys share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_language: Callable[[], str | None] = lambda: "it"  # noqa: E731 replaced by the configuration


def use_language(source: Callable[[], str | None]) -> None:
    """Tell texts where the reader's language comes from (`it`, `en`, `en-gb`…; anything else reads Italian)."""
    global _language
    _language = source


@dataclass(frozen=True, slots=True)
class L:
    """A text in Italian and English that reads in the language of whoever looks at it."""

    it: str
    en: str

    def __str__(self) -> str:
        return self.en if (_language() or "it").startswith("en") else self.it

    def __html__(self) -> str:
        from html import escape

        return escape(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """How a migration writes it (the messages of database constraints)."""
        return "anello.kit.text.L", [self.it, self.en], {}


_TRANSLATE = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"})
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """Lower case without accents, single spaces: `«Nicolò  D'Àngelo»` → `nicolo d'angelo`."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_TRANSLATE))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _SPACES.sub(" ", text.casefold()).strip()
