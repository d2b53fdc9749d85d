"""Phones, e-mail addresses and tax identifiers."""

from __future__ import annotations

import datetime

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.it import codicefiscale

from anello.kit.email import email_key, parse_email
from anello.kit.errors import BadValue
from anello.kit.phone import format_phone, parse_phone
from anello.kit.taxid import Birth, birth_from_tax_code, parse_tax_code, parse_vat


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("333 123 4567", "+393331234567"),
        ("0039 333-1234567", "+393331234567"),
        ("+39 02 1234 5678", "+390212345678"),
        ("(06) 1234567", "+39061234567"),
        ("800 123456", "+39800123456"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_phone_becomes_e164(written: str, e164: str) -> None:
    assert parse_phone(written) == e164
    assert parse_phone(e164) == e164


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("", "phone_unreadable"),
        ("<script>", "phone_unreadable"),
        ("123", "phone_invalid"),
        ("333 123 4567 890 12", "phone_invalid"),
        ("+999 1234567", "phone_unreadable"),
        ("02 1234 5678 int. 12", "phone_extension"),
    ],
)
def test_phone_that_cannot_be_is_refused(written: str, key: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_phone(written)
    assert refused.value.key == key


def test_phone_reads_national_at_home_and_international_abroad() -> None:
    assert format_phone("+393331234567") == "333 123 4567"
    assert format_phone("+393331234567", "FR") == "+39 333 123 4567"
    assert format_phone("+442079460018", "GB") == "020 7946 0018"
    with pytest.raises(BadValue):
        format_phone("333")


@given(st.text())
def test_phone_never_fails_otherwise(text: str) -> None:
    try:
        e164 = parse_phone(text)
    except BadValue:
        return
    assert parse_phone(e164) == e164
    assert phonenumbers.is_valid_number(phonenumbers.parse(format_phone(e164), "IT"))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Mario.Rossi@Example.COM ", "Mario.Rossi@example.com"),
        ("info+crm@azienda.it", "info+crm@azienda.it"),
        ("o'neil@x.ie", "o'neil@x.ie"),
        ("ufficio@MÜNCHEN.de", "ufficio@münchen.de"),
    ],
)
def test_email_keeps_the_name_and_lowers_the_domain(written: str, normal: str) -> None:
    assert parse_email(written) == normal


@pytest.mark.parametrize(
    "written",
    ["", "mario", "@x.it", "a@b", "a..b@x.it", ".a@x.it", "Mario <a@x.it>", "a@x.it,b@x.it", "a b@x.it",
     "a@x.it\nBcc: b@y.it", "a@[127.0.0.1]", "a@azienda.local",
     "x" * 65 + "@x.it", "a" * 60 + "@" + ("d" * 60 + ".") * 3 + "dddddddddd.it"],
)  # fmt: skip
def test_email_that_cannot_be_is_refused(written: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_email(written)
    assert refused.value.key == "email_invalid"


def test_email_key_ignores_case() -> None:
    assert email_key("Mario.ROSSI@Example.com") == email_key("mario.rossi@example.com")


@given(st.emails())
def test_email_normal_form_is_stable(address: str) -> None:
    try:
        normal = parse_email(address)
    except BadValue:
        return
    assert parse_email(normal) == normal


def test_tax_code_is_normalised_and_tells_the_birth() -> None:
    assert parse_tax_code(" rss mra 85t10 a562s ") == "RSSMRA85T10A562S"
    assert birth_from_tax_code("RSSMRA85T10A562S") == Birth(datetime.date(1985, 12, 10), "M", "A562")
    woman = birth_from_tax_code("CNTCHR83T41D969D")
    assert woman == Birth(datetime.date(1983, 12, 1), "F", "D969")


@given(st.sets(st.sampled_from([6, 7, 9, 10, 12, 13, 14])))
def test_omocodia_says_the_same_birth(places: set[int]) -> None:
    code = list("RSSMRA85T50A562")
    for place in places:
        code[place] = "LMNPQRSTUV"[int(code[place])]
    body = "".join(code)
    assert birth_from_tax_code(body + codicefiscale.calc_check_digit(body)) == Birth(
        datetime.date(1985, 12, 10), "F", "A562"
    )


def _coded(body: str) -> str:
    return body + codicefiscale.calc_check_digit(body)


def test_birth_year_is_never_in_the_future() -> None:
    code = _coded("RSSMRA26T10A562")
    assert birth_from_tax_code(code, today=datetime.date(2026, 11, 21)).date.year == 1926
    assert birth_from_tax_code(code, today=datetime.date(2026, 12, 21)).date.year == 2026
    assert birth_from_tax_code(_coded("RSSMRA00B29A562"), datetime.date(2026, 1, 1)).date == datetime.date(2000, 2, 29)


def test_provisional_tax_code_is_valid_but_tells_no_birth() -> None:
    assert parse_tax_code("00743110157") == "00743110157"
    with pytest.raises(BadValue) as refused:
        birth_from_tax_code("00743110157")
    assert refused.value.key == "tax_code_not_personal"


@pytest.mark.parametrize(
    "written",
    ["", "RSSMRA85T10A562T", "RSSMRA85T10A56", "00743110158", "RSSMRA85T10A562SX", _coded("RSSMRA85T32A562"),
     _coded("RSSMRA85T81A562"), _coded("RSSMRA85B30A562"), _coded("RSSMRA85B29A562"), _coded("RSSMRA85T00A562"),
     "٠٠٧٤٣١١٠١٥٧"],
)  # fmt: skip
def test_tax_code_that_cannot_be_is_refused(written: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_tax_code(written)
    assert refused.value.key == "tax_code_invalid"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("00743110157", "IT00743110157"),
        ("it 00743 110157", "IT00743110157"),
        ("FR 61 954 506 077", "FR61954506077"),
        ("de136695976", "DE136695976"),
        ("EL 094259216", "EL094259216"),
    ],
)
def test_vat_has_its_country(written: str, normal: str) -> None:
    assert parse_vat(written) == normal
    assert parse_vat(normal) == normal


@pytest.mark.parametrize("written", ["", "IT", "00743110158", "XX123", "DE00743110157", "US123456789", "0074311015"])
def test_vat_that_cannot_be_is_refused(written: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_vat(written)
    assert refused.value.key == "vat_invalid"


@given(st.text())
def test_tax_identifiers_never_fail_otherwise(text: str) -> None:
    for parse in (parse_tax_code, parse_vat):
        try:
            normal = parse(text)
        except BadValue:
            continue
        assert parse(normal) == normal
