"""People's names: cutting a full name in two, when the source says in which order it is, and a key for duplicates.

How alike two keys are is asked of PostgreSQL (pg_trgm), where the other names are.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from anello.kit.text import normalise

_PARTICLES = frozenset(
    ["d", "da", "dal", "dall", "dalla", "dalle", "dallo", "de", "degli", "dei", "del", "dell", "della", "delle",
     "dello", "di", "du", "la", "le", "lo", "li", "van", "von", "der", "den"]
)  # fmt: skip
_WORDS = re.compile(r"[^\W_]+")


class Name(NamedTuple):
    given: str
    family: str


def split_name(full: str, order: Literal["given_first", "family_first"]) -> Name:
    """Cut a full name in the order the source is known to use; particles stay with the family name.

    `"Anna Maria De Luca"`, given first → `("Anna Maria", "De Luca")`; `"De Luca Anna"`, family first → the same family.
    A single word is a family name. Double family names without a hyphen cannot be told from two given names: when the
    given name comes first only the last word is family, when the family name comes first only the first.
    """
    words = full.split()
    if order == "family_first":
        cut = 1
        while cut < len(words) - 1 and normalise(words[cut - 1]).strip("'’") in _PARTICLES:
            cut += 1
        return Name(" ".join(words[cut:]), " ".join(words[:cut]))
    cut = len(words) - 1
    while cut > 1 and normalise(words[cut - 1]).strip("'’") in _PARTICLES:
        cut -= 1
    return Name(" ".join(words[: max(cut, 0)]), " ".join(words[max(cut, 0) :]))


def name_key(*parts: str) -> str:
    """What two writings of one name share: no accents, case or punctuation, words in alphabetical order.

    `name_key("Niccolò", "D'Angelo") == name_key("D’ANGELO Niccolo'")`.
    """
    return " ".join(sorted(_WORDS.findall(normalise(" ".join(parts)))))
