"""What values are to formulas: their kinds, how fields give them, how columns take results."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from anello.core.modules import (
    Boolean,
    Date,
    DateTime,
    Field,
    File,
    Integer,
    Json,
    Link,
    Money,
    MultiChoice,
    Percent,
    Ref,
)
from anello.core.modules import Decimal as Number
from anello.kit.text import L

ARITHMETIC = decimal.Context(prec=34, Emax=6144, Emin=-6143, rounding=decimal.ROUND_HALF_UP, traps=[])
NUMBERS = ("number", "money", "percent")
KIND_NAMES = {
    "text": L("testo", "text"),
    "number": L("numero", "number"),
    "money": L("importo", "amount"),
    "percent": L("percentuale", "percentage"),
    "date": L("data", "date"),
    "boolean": L("sì o no", "yes or no"),
    "list": L("elenco", "list"),
    "link": L("collegamento", "link"),
    "empty": L("vuoto", "empty"),
}

Row = Mapping[str, Any]
Run = Callable[[Row], Any]


class FormulaError(ValueError):
    """What is wrong, and at which character (the first is 1)."""

    def __init__(self, at: int, it: str, en: str) -> None:
        self.at = at
        self.words = L(f"{it} (carattere {at}).", f"{en} (character {at}).")
        super().__init__(str(self.words))


@dataclass(frozen=True)
class Node:
    """A part of a formula: its kind, how it is worked out, where it stands; literals take the kind of their company."""

    kind: str
    run: Run
    at: int
    literal: bool = False


def kind_of(f: Field) -> str:
    """The kind of a field's values in formulas; empty when formulas do not know it."""
    if isinstance(f, Json | Ref | File):
        return ""
    for spec, kind in (
        (Link, "link"),
        (MultiChoice, "list"),
        (Money, "money"),
        (Percent, "percent"),
        (Number | Integer, "number"),
        (Date | DateTime, "date"),
        (Boolean, "boolean"),
    ):
        if isinstance(f, spec):  # type: ignore[arg-type]
            return kind
    return "text"


def given(f: Field, value: Any) -> Any:
    """A field's value as formulas take it: a percentage is its hundredth, a moment is its day."""
    kind = kind_of(f)
    if kind == "text":
        return value or ""
    if kind == "list":
        return value or []
    if value is None or kind in ("link", "boolean"):
        return value
    if kind == "percent":
        return Decimal(value) / 100
    if kind in NUMBERS:
        return Decimal(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date()
    return value


TEXT_LENGTH = 300
_PLACES = {"number": (Decimal("0.0001"), 14), "money": (Decimal("0.01"), 16), "percent": (Decimal("0.0001"), 5)}


def stored(kind: str, value: Any) -> Any:
    """A result as its column takes it."""
    if kind == "boolean":
        return bool(value)
    return fit(kind, value * 100 if kind == "percent" and value is not None else value)


def fit(kind: str, value: Any) -> Any:
    """A value that its column can hold: texts are cut, numbers that are too large are empty."""
    if kind == "text":
        return (value or "")[:TEXT_LENGTH]
    if value is None or kind == "count":
        return value
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date()
    if kind not in NUMBERS:
        return value
    unit, digits = _PLACES[kind]
    number = ARITHMETIC.quantize(Decimal(value), unit)
    return number if number.is_finite() and abs(number) < Decimal(10) ** digits else None


def require(part: Node, *kinds: str) -> None:
    """FormulaError at the part unless it is of one of these kinds."""
    if part.kind not in kinds:
        it, en = (_named(kinds, language) for language in ("it", "en"))
        name = KIND_NAMES[part.kind]
        raise FormulaError(part.at, f"Serve {it}, questo è {name.it}", f"This must be {en}, it is {name.en}")


def _named(kinds: tuple[str, ...], language: str) -> str:
    names = [getattr(KIND_NAMES[kind], language) for kind in kinds]
    return f" {'o' if language == 'it' else 'or'} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
