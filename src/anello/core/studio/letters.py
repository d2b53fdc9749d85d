"""The letter at the head of a record's paper: text with the names of fields between braces, `{x_amount}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_GAP = re.compile(r"\n\s*\n")


def names(letter: str) -> list[str]:
    """The fields it names, each once."""
    return list(dict.fromkeys(_NAME.findall(letter)))


def unknown(letter: str, fields: Iterable[str]) -> list[str]:
    """What stands between braces and is no field."""
    return [name for name in names(letter) if name not in set(fields)]


def filled(letter: str, value: Callable[[str], str]) -> list[str]:
    """Its paragraphs (an empty line parts them), with the values."""
    text = _NAME.sub(lambda found: value(found[1]), letter.replace("\r\n", "\n")).strip()
    return [paragraph for paragraph in _GAP.split(text) if paragraph.strip()]
