"""Numbers as people write and read them."""

from __future__ import annotations

import decimal
from functools import lru_cache

from babel.numbers import format_decimal

from anello.kit.errors import BadValue

BIGINT = 2**63 - 1
"""The largest id of a record."""
_SEPARATORS = {"it": (".", ","), "en": (",", ".")}
_SPACES = str.maketrans("", "", " \u00a0\u202f'")


def whole(text: object, most: int = BIGINT) -> int | None:
    """The whole number from 0 to `most` that the text is in digits; None if it is anything else.

    Texts of thousands of digits, which `int` refuses with an error of its own, are just too large.
    """
    digits = str(text)
    if not digits.isdecimal() or len(digits) > len(str(most)) or int(digits) > most:
        return None
    return int(digits)


def parse_number(text: str, locale: str = "it") -> decimal.Decimal:
    """`1.234,5` (it) or `1,234.5` (en) → Decimal; both understand `1234.5` when no thousands are meant.

    In Italian a lone point followed by exactly three digits separates thousands; otherwise it is a decimal point, as
    spreadsheets and programs write it. BadValue when it is no number.
    """
    plain = text.translate(_SPACES)
    thousands, point = _SEPARATORS["en" if locale.startswith("en") else "it"]
    if point in plain:
        plain = plain.replace(thousands, "").replace(point, ".")
    elif plain.count(thousands) > 1 or _groups(plain, thousands):
        plain = plain.replace(thousands, "")
    elif thousands == ",":
        plain = plain.replace(thousands, ".") if plain.count(",") == 1 else plain
    try:
        number = decimal.Decimal(plain)
    except decimal.InvalidOperation as error:
        raise BadValue("number", "Serve un numero.", "A number is needed.") from error
    if not number.is_finite() or abs(number) >= decimal.Decimal(10) ** 30:
        raise BadValue("number", "Serve un numero finito.", "A finite number is needed.")
    return number


def _groups(plain: str, thousands: str) -> bool:
    head, found, tail = plain.lstrip("+-").partition(thousands)
    return bool(found) and len(tail) == 3 and tail.isdigit() and 1 <= len(head) <= 3 and head.isdigit() and head != "0"


@lru_cache(maxsize=4096)
def format_number(number: decimal.Decimal | int | float, locale: str = "it") -> str:
    """`1.234,5` (it), `1,234.5` (en); decimals as many as the number has, none when they are zero."""
    value = decimal.Decimal(str(number))
    places = max(0, -int(value.as_tuple().exponent))
    pattern = "#,##0" + ("." + "0" * places if value != value.to_integral_value() else "")
    return format_decimal(value, format=pattern, locale="en_GB" if locale.startswith("en") else "it")
