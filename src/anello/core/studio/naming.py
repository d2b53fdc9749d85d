"""Names of what administrators add."""

from __future__ import annotations

import re
import unicodedata

from anello.kit.text import L

PREFIX = "x_"
"""So no name of an administrator's ever meets one of the product's, today's or tomorrow's."""
FORM = re.compile(r"x_[a-z][a-z0-9_]{0,39}")
NOT_OF_THE_FORM = L(
    "Il nome comincia con x_ e ha lettere minuscole senza accenti, cifre e _ (40 al più).",
    "The name begins with x_ and has small letters without accents, digits and _ (40 at most).",
)


def plain(label: str) -> str:
    """The label in small letters without accents, digits and _."""
    letters = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def named(label: str) -> str:
    """The name that comes from a label, 42 characters at most."""
    return PREFIX + plain(label)[:40]
