"""The look of document numbers: `PREV-{year}-{seq:05}` → `PREV-2026-00042`; which one comes next is decided elsewhere.

Italian invoices need a number that identifies them alone (D.P.R. 633/1972 art. 21 c. 2 b) of at most 20 basic Latin
characters (FatturaPA 2.1.1.4 `Numero`); quotes and orders follow the same rule, so one pattern serves all.
"""

from __future__ import annotations

import datetime
import re
from string import Formatter
from typing import Literal

from anello.kit.errors import BadValue

LENGTH_MAX = 20

_PIECE = re.compile(r"[A-Za-z0-9/_. -]*")
_WIDTH = re.compile(r"0[1-9]")


def validate_pattern(pattern: str) -> str:
    """The pattern itself, if it makes good numbers: `{seq}` or `{seq:05}` once, `{year}`, `{yy}` and `{month}` at most
    once each, letters, digits and `- / _ .` around them.

    Raises BadValue: `pattern_unreadable`, `pattern_sequence`, `pattern_year` (a month without its year repeats
    numbers), `pattern_long`.
    """
    try:
        pieces = list(Formatter().parse(pattern))
    except ValueError:
        raise _unreadable() from None
    names = [name for _, name, _, _ in pieces if name is not None]
    for literal, name, spec, conversion in pieces:
        right_field = name in ("seq", "year", "yy", "month", None) and conversion is None
        right_width = not spec or (name == "seq" and _WIDTH.fullmatch(spec) is not None)
        if not _PIECE.fullmatch(literal) or not right_field or not right_width:
            raise _unreadable()
    if len(names) != len(set(names)):
        raise _unreadable()
    if "seq" not in names:
        raise BadValue(
            "pattern_sequence",
            "Il formato deve contenere {seq}, il numero progressivo.",
            "The format must hold {seq}, the running number.",
        )
    if "month" in names and not {"year", "yy"} & set(names):
        raise BadValue(
            "pattern_year",
            "Con {month} serve anche {year}: altrimenti i numeri si ripetono ogni anno.",
            "{month} needs {year} too: without it numbers repeat every year.",
        )
    format_number(pattern, 999_999, datetime.date(2026, 12, 31))
    return pattern


def format_number(pattern: str, sequence: int, date: datetime.date) -> str:
    """The number of a document dated `date`. Raises BadValue `pattern_long` over 20 characters."""
    number = pattern.format(seq=sequence, year=f"{date:%Y}", yy=f"{date:%y}", month=f"{date:%m}")
    if len(number) > LENGTH_MAX:
        raise BadValue(
            "pattern_long",
            f"«{number}» supera {LENGTH_MAX} caratteri, il massimo per una fattura elettronica.",
            f"“{number}” is over {LENGTH_MAX} characters, the most an electronic invoice may have.",
        )
    return number


def restarts(pattern: str) -> Literal["never", "year", "month"]:
    """How often the running number starts again from 1: as often as the pattern still tells the numbers apart."""
    names = {name for _, name, _, _ in Formatter().parse(pattern)}
    if "month" in names:
        return "month"
    return "year" if names & {"year", "yy"} else "never"


def series(pattern: str, date: datetime.date) -> str:
    """The key of the sequence a document dated `date` draws from: `""`, `"2026"` or `"2026-11"`."""
    return {"never": "", "year": f"{date:%Y}", "month": f"{date:%Y-%m}"}[restarts(pattern)]


def _unreadable() -> BadValue:
    return BadValue(
        "pattern_unreadable",
        "Scrivi un formato come PREV-{year}-{seq:05}: lettere, cifre, - / _ . e i campi {seq} {year} {yy} {month}.",
        "Write a format like QUO-{year}-{seq:05}: letters, digits, - / _ . and the fields {seq} {year} {yy} {month}.",
    )
