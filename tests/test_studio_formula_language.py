"""What a formula may say, what it is worth, and how it is told that it makes no sense."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from anello.core.modules import get
from anello.core.studio.formula_kinds import FormulaError
from anello.core.studio.formulas import read

ROW = {
    "name": "Rossi & C.",
    "city": "Forlì",
    "notes": "",
    "employees": Decimal(12),
    "revenue": Decimal("1500.50"),
    "key_account": True,
    "tags": ["vip", "estero"],
    "first_contact_at": dt.date(2026, 1, 31),
    "phase_since": None,
    "parent": None,
    "parent.city": "Cesena",
    "parent.employees": None,
    "opportunity": None,
}


def value(text):
    formula = read(get("organisation"), text)
    return formula.kind, formula.value(ROW)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("employees * 2 + 1", "number", Decimal(25)),
        ("revenue / employees", "money", Decimal("125.04")),
        ("revenue * 0.22", "money", Decimal("330.11")),
        ("percent(employees / 48)", "percent", Decimal(25)),
        ("revenue * percent(0.1)", "money", Decimal("150.05")),
        ("-employees // 5", "number", Decimal(-2)),
        ("2 ** 10", "number", Decimal(1024)),
        ("employees / 0", "number", None),
        ("or_else(employees / 0, -1)", "number", Decimal(-1)),
        ("parent.employees + 1", "number", None),
        ("10 ** 40", "number", None),
        ("name + ' (' + city + ')'", "text", "Rossi & C. (Forlì)"),
        ("concat(city, ': ', employees, ', ', revenue)", "text", "Forlì: 12, 1500.50"),
        ("upper(city) + lower('AB') + trim('  x ')", "text", "FORLÌabx"),
        ("len(name) + len(tags)", "number", Decimal(12)),
        ("if(employees > 10, 'grande', 'piccola')", "text", "grande"),
        ("if (key_account and not is_empty(city), revenue, 0)", "money", Decimal("1500.50")),
        ("if(employees > 100, 5, empty)", "number", None),
        ("'if (' + city", "text", "if (Forlì"),
        ("1 < employees <= 12", "boolean", True),
        ("city in ('Roma', 'Forlì')", "boolean", True),
        ("city not in ('Roma', 'Forlì')", "boolean", False),
        ("contains(city, 'forli')", "boolean", True),
        ("contains(tags, 'vip')", "boolean", True),
        ("starts_with(name, 'rossi')", "boolean", True),
        ("parent.employees > 3", "boolean", False),
        ("parent.employees == empty", "boolean", True),
        ("notes == empty", "boolean", True),
        ("or_else(notes, parent.city)", "text", "Cesena"),
        ("first_contact_at + 30", "date", dt.date(2026, 3, 2)),
        ("add_months(first_contact_at, 1)", "date", dt.date(2026, 2, 28)),
        ("add_months(first_contact_at, 99999)", "date", None),
        ("first_contact_at - 10 ** 9", "date", None),
        ("days(first_contact_at, add_months(first_contact_at, 12))", "number", Decimal(365)),
        ("year(first_contact_at) * 100 + month(first_contact_at)", "number", Decimal(202601)),
        ("first_contact_at - phase_since", "number", None),
        ("min(employees, parent.employees, 50)", "number", Decimal(12)),
        ("max(revenue, 2000)", "money", Decimal(2000)),
        ("round(revenue / 7, 1)", "money", Decimal("214.40")),
        ("round(0.5)", "number", Decimal(1)),
        ("abs(3 - employees)", "number", Decimal(9)),
        ("0.1 + 0.2 == 0.3", "boolean", True),
        ("\n  employees\n  + 1", "number", Decimal(13)),
    ],
)
def test_formulas_are_worth_what_they_say(text, kind, expected):
    assert value(text) == (kind, expected)


def test_today_is_the_day_of_the_installation():
    assert value("today()") == ("date", timezone.localdate())
    assert read(get("organisation"), "today()").daily
    assert not read(get("organisation"), "employees").daily


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Serve una formula (carattere 1)."),
        ("employees + totale", "Il campo «totale» non esiste (carattere 13)."),
        ("employes + 1", "Il campo «employes» non esiste: forse «employees» (carattere 1)."),
        ("1 + parent.citta", "Il campo «citta» non esiste: forse «city» (carattere 12)."),
        ("'è' + citi", "Il campo «citi» non esiste: forse «city» (carattere 7)."),
        ("parent.parent.city", "Si segue un collegamento solo (carattere 1)."),
        ("city.name", "«city» non è un collegamento (carattere 1)."),
        ("employees = 3", "Per confrontare si scrive == (carattere 11)."),
        ("(employees + 3", "Qui la formula non si capisce (carattere 1)."),
        ("employees employees", "Qui la formula non si capisce (carattere 11)."),
        ("employees + city > 3", "«>» non mette insieme testo e numero (carattere 20)."),
        ("revenue * revenue", "«*» non mette insieme importo e importo (carattere 11)."),
        ("city - 1", "«-» non mette insieme testo e numero (carattere 8)."),
        ("if(employees, 1, 2)", "Serve sì o no, questo è numero (carattere 4)."),
        ("if(key_account, 1, 'a')", "Serve testo, questo è numero (carattere 17)."),
        ("roud(3)", "La funzione «roud» non esiste: forse «round» (carattere 1)."),
        ("round(1, 2, 3)", "«round» vuole 1–2 argomenti (carattere 1)."),
        ("upper(employees)", "Serve testo, questo è numero (carattere 7)."),
        ("title", "Il campo «title» si sa solo dopo aver salvato (carattere 1)."),
        ("tags", "Il risultato non può essere: elenco (carattere 1)."),
        ("city.upper()", "Questo non si usa nelle formule (carattere 1)."),
        ("().__class__", "Si segue un collegamento solo (carattere 1)."),
        ("[x for x in city]", "Questo non si usa nelle formule (carattere 1)."),
        ("lambda: 1", "Questo non si usa nelle formule (carattere 1)."),
        ("f'{city}'", "Questo non si usa nelle formule (carattere 1)."),
        ("__import__('os')", "La funzione «__import__» non esiste (carattere 1)."),
        ("1 if key_account else 2", "Questo non si usa nelle formule (carattere 1)."),
        ("employees & 1", "Questo non si usa nelle formule (carattere 1)."),
        ("1e400", "Il numero è troppo grande (carattere 1)."),
        ("x" * 2001, "Al massimo 2000 caratteri (carattere 2001)."),
    ],
)
def test_what_makes_no_sense_is_told_at_the_character(text, words):
    with pytest.raises(FormulaError) as refused:
        read(get("organisation"), text)
    assert refused.value.words.it == words
    assert refused.value.words.en != words


@pytest.mark.parametrize("text", ["(" * 300, "-" * 1900 + "1", "1" + "+1" * 900, "\x00", "9" * 1999])
def test_what_would_exhaust_the_reader_is_refused(text):
    with pytest.raises(FormulaError):
        read(get("organisation"), text)


@pytest.mark.parametrize("text", ["9 ** 9 ** 9 ** 9", "1.0000001 ** 10 ** 17", "0 ** -1", "(0-8) ** 0.5", "0 % 0"])
def test_numbers_that_are_none_are_empty(text):
    assert value(text) == ("number", None)


@given(st.text(alphabet="employs()+-*/'\" ,.<>=and19%if", max_size=60))
@settings(max_examples=300)
def test_whatever_is_typed_is_a_formula_or_an_error_at_a_character(text):
    try:
        formula = read(get("organisation"), text)
    except FormulaError as error:
        at = error.at
    else:
        formula.value({**ROW, **dict.fromkeys(formula.paths)})
        at = 1
    assert 1 <= at <= len(text) + 1
