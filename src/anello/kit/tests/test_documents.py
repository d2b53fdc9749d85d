"""Money, the arithmetic of documents, their numbers and their PDF."""

from __future__ import annotations

import datetime
import io
import itertools
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from anello.kit.errors import BadValue
from anello.kit.money import allocate, format_money, parse_money, round_money
from anello.kit.numbering import format_number, restarts, series, validate_pattern
from anello.kit.pdf import render
from anello.kit.pricing import Line, Margin, Tier, line_net, margin, price_for, totals

D = Decimal
CENTS = st.decimals(min_value=0, max_value=10**7, places=2)
PERCENTS = st.decimals(min_value=0, max_value=100, places=2)
RATES = st.sampled_from([D(0), D(4), D(5), D(10), D(22)])
LINES = st.lists(
    st.builds(Line, st.decimals(min_value=0, max_value=1000, places=3), CENTS, PERCENTS, RATES), max_size=6
)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("1.005", "EUR", "1.01"), ("-1.005", "EUR", "-1.01"), ("0.5", "JPY", "1"), ("1.0005", "KWD", "1.001")],
)
def test_halves_round_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert round_money(D(amount), currency) == D(rounded)


def test_money_reads_as_the_locale_writes() -> None:
    assert format_money(D("1234.5")) == "1.234,50\xa0€"
    assert format_money(D("1234.5"), locale="en-gb") == "€1,234.50"
    assert format_money(D("0.125")) == "0,13\xa0€"


@pytest.mark.parametrize(
    ("text", "locale", "amount"),
    [
        ("1.234,50 €", "it", "1234.50"),
        ("€ 1.234,50", "it", "1234.50"),
        ("1234,5", "it", "1234.50"),
        ("1.234", "it", "1234.00"),
        ("EUR 12", "it", "12.00"),
        ("−3,20", "it", "-3.20"),
        ("-0", "it", "0.00"),
        ("€1,234.50", "en", "1234.50"),
        ("1,234", "en-gb", "1234.00"),
        ("1234.5", "en", "1234.50"),
    ],
)
def test_money_is_understood_by_locale(text: str, locale: str, amount: str) -> None:
    parsed = parse_money(text, locale=locale)
    assert str(parsed) == amount


@pytest.mark.parametrize(
    ("text", "locale", "key"),
    [
        ("1,234.50", "it", "money_ambiguous"),
        ("1234.50", "it", "money_ambiguous"),
        ("12.34", "it", "money_ambiguous"),
        ("12,50", "en", "money_ambiguous"),
        ("1,234", "it", "money_too_fine"),
        ("1.234", "en", "money_too_fine"),
        ("", "it", "money_unreadable"),
        ("dieci", "it", "money_unreadable"),
        ("10 $", "it", "money_unreadable"),
        ("1e5", "en", "money_unreadable"),
        ("NaN", "en", "money_unreadable"),
        ("9" * 16, "it", "money_unreadable"),
    ],
)
def test_money_that_is_not_clear_is_refused(text: str, locale: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_money(text, locale=locale)
    assert refused.value.key == key


@given(CENTS, st.sampled_from(["it", "en"]), st.sampled_from(["EUR", "USD", "CHF"]))
def test_money_written_is_read_back_the_same(amount: Decimal, locale: str, currency: str) -> None:
    assert parse_money(format_money(amount, currency, locale), currency, locale) == amount


def test_unknown_currency_is_refused() -> None:
    with pytest.raises(BadValue):
        round_money(D(1), "LIRE")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.lists(CENTS, min_size=1, max_size=12))
def test_allocation_loses_no_cent_and_is_fair(total: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        ideal = total * weight / whole if whole else total / len(weights)
        assert abs(part - ideal) < D("0.01") + D("1e-9")


def test_allocation_refuses_what_it_cannot_split() -> None:
    for total, weights in [(D(1), []), (D(1), [D(-1)]), (D("0.001"), [D(1)])]:
        with pytest.raises(ValueError):
            allocate(total, weights)


def test_vat_is_computed_per_rate_on_the_sum() -> None:
    # Three lines of 0.10 at 22 %: 0.066 → 0.07 once, and not three times 0.02.
    sums = totals([Line(D(1), D("0.10"), tax_rate=D(22))] * 3)
    assert (sums.net, sums.tax, sums.total) == (D("0.30"), D("0.07"), D("0.37"))


def test_document_discount_is_spread_over_the_rates() -> None:
    sums = totals([Line(D(2), D(50), D(10), D(22)), Line(D(1), D(10), tax_rate=D(4))], discount=D(10))
    assert (sums.net, sums.discount, sums.taxable) == (D(100), D(10), D(90))
    assert [(t.rate, t.taxable, t.amount) for t in sums.taxes] == [
        (D(4), D(9), D("0.36")),
        (D(22), D(81), D("17.82")),
    ]
    assert sums.total == D("108.18")


def test_returns_beside_sales_still_add_up() -> None:
    sums = totals([Line(D(1), D(100), tax_rate=D(22)), Line(D(-1), D("33.33"), tax_rate=D(10))], discount=D(7))
    assert sum(t.taxable for t in sums.taxes) == sums.taxable == D("62.00")


@given(LINES, PERCENTS)
def test_parts_sum_to_the_total_and_none_is_negative(lines: list[Line], discount: Decimal) -> None:
    sums = totals(lines, discount)
    assert sums.net == sum(line_net(line.quantity, line.unit_price, line.discount) for line in lines)
    assert sums.net - sums.discount == sums.taxable == sum(t.taxable for t in sums.taxes)
    assert sums.taxable + sums.tax == sums.total
    assert sums.tax == sum(t.amount for t in sums.taxes)
    assert min(sums.net, sums.discount, sums.taxable, sums.tax, sums.total, *(t.taxable for t in sums.taxes)) >= 0


@given(st.lists(st.builds(Line, st.just(D(1)), CENTS, PERCENTS, RATES), max_size=4), PERCENTS)
def test_order_of_lines_does_not_matter(lines: list[Line], discount: Decimal) -> None:
    assert len({totals(order, discount) for order in itertools.permutations(lines)}) == 1


@pytest.mark.parametrize("percent", [D("-0.01"), D("100.01"), D("NaN")])
def test_percentages_stay_between_nothing_and_all(percent: Decimal) -> None:
    with pytest.raises(BadValue):
        line_net(D(1), D(1), percent)


def test_tier_is_the_highest_reached() -> None:
    tiers = [Tier(D(100), D(7)), Tier(D(10), D(9)), Tier(D(50), D(8))]
    assert [price_for(D(q), tiers) for q in (9, 10, 49, 50, 1000)] == [None, D(9), D(9), D(8), D(7)]


def test_margin_is_of_the_price() -> None:
    assert margin(D(200), D(150)) == Margin(D(50), D("25.00"))
    assert margin(D(0), D(5)) == Margin(D(-5), None)


@pytest.mark.parametrize(
    ("pattern", "number", "restart", "key"),
    [
        ("PREV-{year}-{seq:05}", "PREV-2026-00042", "year", "2026"),
        ("{seq}/{year}", "42/2026", "year", "2026"),
        ("{yy}{month}-{seq:03}", "2611-042", "month", "2026-11"),
        ("ORD {seq}", "ORD 42", "never", ""),
    ],
)
def test_number_follows_its_pattern(pattern: str, number: str, restart: str, key: str) -> None:
    day = datetime.date(2026, 11, 21)
    assert format_number(validate_pattern(pattern), 42, day) == number
    assert restarts(pattern) == restart
    assert series(pattern, day) == key


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("PREV-{year}", "pattern_sequence"),
        ("{month}/{seq}", "pattern_year"),
        ("{seq}{seq}", "pattern_unreadable"),
        ("{seq.__class__}", "pattern_unreadable"),
        ("{seq!r}", "pattern_unreadable"),
        ("{seq:>9999999999}", "pattern_unreadable"),
        ("{seq:{year}}", "pattern_unreadable"),
        ("{0}{seq}", "pattern_unreadable"),
        ("{seq", "pattern_unreadable"),
        ("{{seq}}", "pattern_unreadable"),
        ("<b>{seq}", "pattern_unreadable"),
        ("PREVENTIVO-NUMERO-{seq}", "pattern_long"),
    ],
)
def test_pattern_that_makes_bad_numbers_is_refused(pattern: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        validate_pattern(pattern)
    assert refused.value.key == key


TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set page(paper: "a4")
#set text(font: "Libertinus Serif", hyphenate: false)
#for line in data.lines [ #line \\ ]
#pagebreak()
Totale: #data.total
"""
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def test_pdf_shows_hostile_text_as_text() -> None:
    hostile = ["#panic()", "$x$", "[a](b)", "<script>alert(1)</script>", "`raw`", "*b* _i_ @ref", '"quoted" \\ back']
    document = pypdf.PdfReader(io.BytesIO(render(TEMPLATE, {"lines": hostile, "total": D("1.10")}, NOON)))
    first = document.pages[0].extract_text()
    for text in hostile:
        assert text in first
    assert len(document.pages) == 2
    assert "Totale: 1.10" in document.pages[1].extract_text()


def test_pdf_is_the_same_every_time(tmp_path: Path) -> None:
    data = {"lines": [NOON.date()], "total": 1}
    path = tmp_path / "quote.typ"
    (tmp_path / "letterhead.typ").write_text("#let letterhead = [Anello]")
    path.write_text('#import "letterhead.typ": letterhead\n#letterhead\n' + TEMPLATE)
    assert render(TEMPLATE, data, NOON) == render(TEMPLATE, data, NOON)
    assert render(path, data, NOON) == render(path, data, NOON)


def test_wrong_template_and_wrong_data_are_errors() -> None:
    with pytest.raises(typst.TypstError):
        render("#unknown", {}, NOON)
    with pytest.raises(TypeError):
        render(TEMPLATE, {"lines": [object()]}, NOON)
