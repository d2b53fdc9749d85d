"""Amounts of money: `Decimal`s with an ISO 4217 currency beside them; minor units and formats from CLDR (Babel)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    NumberFormatError,
    format_currency,
    get_currency_precision,
    get_currency_symbol,
    is_currency,
    parse_decimal,
)

from anello.kit.errors import BadValue

EURO = "EUR"

_NUMBER = re.compile(r"[+-]?[0-9](?:[0-9.,]*[0-9])?")
_DIGITS_MAX = 15


@lru_cache
def babel_locale(name: str) -> Locale:
    """The locale of that name (`it`, `en`, `en-gb`); kept, because parsing costs more than formatting."""
    return Locale.parse(name.replace("-", "_"))


@lru_cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for EUR, 1 for JPY. Raises BadValue `currency_unknown`."""
    if not is_currency(currency):
        raise BadValue("currency_unknown", f"La valuta «{currency}» non esiste.", f"There is no currency “{currency}”.")
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, currency: str = EURO) -> Decimal:
    """To the currency's minor unit, halves away from zero: Regulation (EC) 1103/97 art. 5."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def format_money(amount: Decimal, currency: str = EURO, locale: str = "it") -> str:
    """As the locale writes it: `1.234,50 €` in Italian (with a no-break space), `€1,234.50` in English."""
    return format_currency(round_money(amount, currency), currency, locale=babel_locale(locale))


def parse_money(text: str, currency: str = EURO, locale: str = "it") -> Decimal:
    """What a person means by `1.234,50 €` (Italian) or `€1,234.50` (English): never a guess between the two.

    Raises BadValue: `money_unreadable` (not an amount, another currency, over 15 digits), `money_ambiguous` (separators
    of another language: `1,234.50` in Italian, `12,50` in English) or `money_too_fine` (more decimals than the currency
    has).
    """
    unit = minor_unit(currency)
    bare = text.replace("\u2212", "-")
    known = babel_locale(locale)
    for mark in {currency, get_currency_symbol(currency, locale=known)}:
        bare = bare.replace(mark, "")
    bare = bare.strip()
    if not _NUMBER.fullmatch(bare) or sum(c.isdigit() for c in bare) > _DIGITS_MAX:
        raise BadValue(
            "money_unreadable",
            f"Scrivi un importo, per esempio {format_money(Decimal('1234.5'), currency, 'it')}.",
            f"Write an amount, for example {format_money(Decimal('1234.5'), currency, 'en')}.",
        )
    try:
        amount = parse_decimal(bare, locale=known, strict=True)
    except NumberFormatError:
        raise BadValue(
            "money_ambiguous",
            f"«{text}» non è chiaro: scrivi il punto per le migliaia e la virgola per i decimali, come 1.234,50.",
            f"“{text}” is not clear: write commas for thousands and a point for decimals, as in 1,234.50.",
        ) from None
    if amount != amount.quantize(unit, ROUND_DOWN):
        raise BadValue(
            "money_too_fine",
            f"«{text}» ha più decimali di quanti ne ha la valuta {currency}.",
            f"“{text}” has more decimals than {currency} has.",
        )
    return amount.quantize(unit) + 0  # + 0 turns -0 into 0


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str = EURO) -> list[Decimal]:
    """Split an amount in proportion to the weights, to the minor unit, with nothing lost: the parts sum to `total`.

    Largest remainder method: what rounding down leaves goes, a unit each, to the parts that lost most (the first of
    equals). Weights are not negative; if all are zero the parts are equal. Raises ValueError when there are no weights,
    one is negative, or `total` is finer than the currency.
    """
    unit = minor_unit(currency)
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not be negative")
    units = total / unit
    if units != units.to_integral_value():
        raise ValueError(f"{total} is not a whole number of {unit} {currency}")
    sign = -1 if units < 0 else 1
    shares = list(weights) if any(weights) else [Decimal(1)] * len(weights)
    whole, exact = int(abs(units)), sum(shares)
    ideal = [whole * share / exact for share in shares]
    parts = [int(share) for share in ideal]
    by_loss = sorted(range(len(parts)), key=lambda i: parts[i] - ideal[i])
    for i in by_loss[: whole - sum(parts)]:
        parts[i] += 1
    return [sign * part * unit for part in parts]
