"""Numbers, money and dates as the reader's language writes them: `1.234,50 €`, `21/11/2026`, `3 giorni fa`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
)
from django.utils import timezone
from django.utils.translation import get_language, gettext

from anello.kit.money import babel_locale, format_money

_DATE = "dd/MM/yyyy"
_WHOLE = {"it": "#,##0 ¤", "en_GB": "¤#,##0"}
_RELATIVE = timedelta(days=7)

Number = int | float | Decimal


def locale() -> str:
    """The Babel locale of the reader: Italian, or British English so that days come before months."""
    return "en_GB" if (get_language() or "it").startswith("en") else "it"


def _known() -> Locale:
    return babel_locale(locale())


def number(value: Number, decimals: int | None = None) -> str:
    """`1.234,5`; `decimals` fixes how many digits follow the comma."""
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_known())


def money(amount: Number, currency: str = "EUR", *, compact: bool = False) -> str:
    """`1.234,50 €`; compact: `18.400 €`, `1,2 Mln €`. The currency is an ISO 4217 code."""
    exact = Decimal(str(amount))
    if compact and abs(exact) < 1_000_000:
        return format_currency(round(exact), currency, format=_WHOLE[locale()], currency_digits=False, locale=_known())
    if compact:
        return format_compact_currency(exact, currency, fraction_digits=1, locale=_known())
    return format_money(exact, currency, locale())


def percent(value: Number, decimals: int = 0) -> str:
    """`0.425` → `42,5%`."""
    return format_percent(value, format="0" + ("." + "0" * decimals if decimals else "") + "%", locale=_known())


def day(value: date) -> str:
    """`21/11/2026`."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_date(value, _DATE, locale=_known())


def moment(value: datetime) -> str:
    """`21/11/2026, 14:30` in the reader's time zone."""
    return format_datetime(timezone.localtime(value), f"{_DATE}, HH:mm", tzinfo=None, locale=_known())


def full(value: date) -> str:
    """`sabato 21 novembre 2026 alle ore 14:30`, for titles and screen readers."""
    if isinstance(value, datetime):
        at = timezone.localtime(value)
        return f"{format_date(at.date(), 'full', locale=_known())}, {format_time(at.time(), 'short', locale=_known())}"
    return format_date(value, "full", locale=_known())


def weekday(number: int) -> str:
    """The short name of a day of the week, from 0 (Monday)."""
    return str(_known().days["format"]["abbreviated"][number])


def relative(value: date, now: datetime | None = None) -> str:
    """`3 ore fa`, `tra 2 giorni`, `oggi`; further than a week: the date."""
    now = now or timezone.now()
    if isinstance(value, datetime):
        delta = value - now
        if abs(delta) < timedelta(minutes=1):
            return gettext("now")
        if abs(delta) < _RELATIVE:
            return format_timedelta(delta, add_direction=True, threshold=1, locale=_known())
        return day(value)
    days = (value - timezone.localtime(now).date()).days
    names = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in names:
        return names[days]
    if abs(days) <= _RELATIVE.days:
        return format_timedelta(
            timedelta(days=days), granularity="day", add_direction=True, threshold=1, locale=_known()
        )
    return day(value)
