"""Names of what administrators add."""

from __future__ import annotations

import re
import unicodedata

PREFIX = "x_"
"""So no name of an administrator's ever meets one of the product's, today's or tomorrow's."""


def named(label: str) -> str:
    """The name that comes from a label: small letters, digits and _, 42 characters at most."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    return PREFIX + re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
