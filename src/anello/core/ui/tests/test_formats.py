"""Numbers, money and dates read as the language of the reader writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from anello.core.ui import formats


@pytest.mark.parametrize(
    ("language", "amount", "compact", "written"),
    [
        ("it", Decimal("1234.5"), False, "1.234,50 €"),
        ("en", Decimal("1234.5"), False, "€1,234.50"),
        ("it", Decimal("18400"), True, "18.400 €"),
        ("en", 18400.4, True, "€18,400"),
        ("it", 1_234_567, True, "1,2 Mln €"),
        ("it", Decimal("-7.05"), False, "-7,05 €"),
    ],
)
def test_money(language: str, amount: formats.Number, compact: bool, written: str) -> None:
    with translation.override(language):
        assert formats.money(amount, compact=compact).replace("\xa0", " ") == written


@pytest.mark.parametrize(("language", "written"), [("it", "1.234.567,50"), ("en", "1,234,567.50")])
def test_numbers(language: str, written: str) -> None:
    with translation.override(language):
        assert formats.number(Decimal("1234567.5"), 2) == written


@pytest.mark.parametrize("language", ["it", "en"])
def test_days_come_before_months_in_both_languages(language: str) -> None:
    with translation.override(language):
        assert formats.day(date(2026, 11, 21)) == "21/11/2026"


@pytest.mark.parametrize(
    ("language", "distance", "words"),
    [
        ("it", timedelta(hours=-3), "3 ore fa"),
        ("en", timedelta(days=2), "in 2 days"),
        ("it", timedelta(days=-90), "23/08/2026"),
    ],
)
def test_near_moments_are_relative_and_far_ones_are_dates(language: str, distance: timedelta, words: str) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=timezone.get_default_timezone())
    with translation.override(language):
        assert formats.relative(now + distance, now) == words
