"""The arithmetic of quotes, orders and invoices. Everything is `Decimal`; percentages are 0–100.

Italian practice (D.P.R. 633/1972 art. 21, FatturaPA 2.2.2 `DatiRiepilogo`): each line is rounded to the cent, VAT is
computed once per rate on the sum of that rate's lines, and rounded there. A document discount is spread over the rates
in proportion to their nets, so that each rate's taxable base stays exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from anello.kit.errors import BadValue
from anello.kit.money import EURO, allocate, round_money

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a document sells: `discount` and `tax_rate` in percent."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = _ZERO
    tax_rate: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate's summary: `amount` is the tax on `taxable`."""

    rate: Decimal
    taxable: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """A document's sums: `net` (lines) - `discount` = `taxable`; `taxable` + `tax` = `total`. Taxes by growing rate."""

    net: Decimal
    discount: Decimal
    taxable: Decimal
    taxes: tuple[Tax, ...]
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """A unit price that holds from a quantity on."""

    minimum: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left of a price: `percent` is of the net price, None when that is zero."""

    amount: Decimal
    percent: Decimal | None


def line_net(quantity: Decimal, unit_price: Decimal, discount: Decimal = _ZERO, currency: str = EURO) -> Decimal:
    """quantity × unit price × (1 - discount%), rounded to the currency. Raises BadValue `percent_range`."""
    return round_money(quantity * unit_price * (_HUNDRED - _percent(discount)) / _HUNDRED, currency)


def totals(lines: Iterable[Line], discount: Decimal = _ZERO, currency: str = EURO) -> Totals:
    """Sums of a document; `discount` is a percentage on the whole of it. The order of the lines does not matter.

    Raises BadValue `percent_range` for a discount or rate outside 0–100.
    """
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        nets[_percent(line.tax_rate)] += line_net(line.quantity, line.unit_price, line.discount, currency)
    rates = sorted(nets)
    net = round_money(sum(nets.values(), _ZERO), currency)
    off = round_money(net * _percent(discount) / _HUNDRED, currency)
    shares = _spread(off, [nets[rate] for rate in rates], currency)
    taxes = tuple(
        Tax(rate, nets[rate] - share, round_money((nets[rate] - share) * rate / _HUNDRED, currency))
        for rate, share in zip(rates, shares, strict=True)
    )
    tax = round_money(sum((tax.amount for tax in taxes), _ZERO), currency)
    return Totals(net=net, discount=off, taxable=net - off, taxes=taxes, tax=tax, total=net - off + tax)


def price_for(quantity: Decimal, tiers: Sequence[Tier]) -> Decimal | None:
    """The price of the highest tier the quantity reaches; None below the lowest (then the list price holds)."""
    reached = [tier for tier in tiers if tier.minimum <= quantity]
    return max(reached, key=lambda tier: tier.minimum).price if reached else None


def margin(net: Decimal, cost: Decimal) -> Margin:
    """What remains of `net` once `cost` (of the same goods) is paid; percent to two decimals."""
    amount = net - cost
    return Margin(amount, (amount * _HUNDRED / net).quantize(Decimal("0.01")) if net else None)


def _spread(off: Decimal, nets: list[Decimal], currency: str) -> list[Decimal]:
    if not nets:
        return []
    if min(nets) >= 0 or max(nets) <= 0:
        return allocate(off, [abs(net) for net in nets], currency)
    # Returns beside sales: a rate's net may be negative, and so is its share; the largest takes the rounding.
    whole = sum(nets, _ZERO)
    shares = [round_money(off * net / whole, currency) if whole else _ZERO for net in nets]
    largest = max(range(len(nets)), key=lambda i: abs(nets[i]))
    shares[largest] += off - sum(shares, _ZERO)
    return shares


def _percent(value: Decimal) -> Decimal:
    if not value.is_finite() or not 0 <= value <= _HUNDRED:
        raise BadValue("percent_range", "Scrivi una percentuale tra 0 e 100.", "Write a percentage between 0 and 100.")
    return value
