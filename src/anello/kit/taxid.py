"""Tax identifiers: Italian tax code (codice fiscale), Italian VAT number (partita IVA) and EU VAT numbers.

Sources: D.M. 23 December 1976 (structure, check character, omocodia), D.P.R. 605/1973, D.P.R. 633/1972 art. 35,
Directive 2006/112/EC art. 215 (country prefix; Greece is EL, Northern Ireland XI). Check digits by python-stdnum.
"""

from __future__ import annotations

import datetime
from typing import Literal, NamedTuple

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from anello.kit.errors import BadValue

_OMOCODIA = str.maketrans("LMNPQRSTUV", "0123456789")
_FEMALE_OFFSET = 40


class Birth(NamedTuple):
    """What a personal tax code says: `place` is the cadastral code (H501 is Rome, Z… a foreign country)."""

    date: datetime.date
    sex: Literal["M", "F"]
    place: str


def parse_tax_code(text: str) -> str:
    """Italian tax code in normal form (upper case, no spaces): 16 characters, or 11 digits (bodies, provisional codes).

    Raises BadValue `tax_code_invalid`.
    """
    try:
        code = codicefiscale.validate(text)
        if len(code) == 16:
            _birth(code, _today())
    except (ValidationError, ValueError):
        raise BadValue(
            "tax_code_invalid",
            "Questo codice fiscale non è giusto: sono 16 caratteri (o 11 cifre), controlla lettere e numeri.",
            "This Italian tax code is wrong: it has 16 characters (or 11 digits), check letters and numbers.",
        ) from None
    return code


def parse_vat(text: str) -> str:
    """VAT number of any EU state in normal form with its country prefix; without a prefix it is Italian.

    `"0123 4567 897"` → `"IT01234567897"`. Raises BadValue `vat_invalid`.
    """
    text = "".join(text.split()).upper()
    try:
        return eu_vat.validate(text) if text[:2].isalpha() else f"IT{iva.validate(text)}"
    except ValidationError:
        raise BadValue(
            "vat_invalid",
            "Questa partita IVA non è giusta: 11 cifre se italiana, altrimenti con la sigla del paese (DE, FR…).",
            "This VAT number is wrong: 11 digits if Italian, otherwise start with the country prefix (DE, FR…).",
        ) from None


def birth_from_tax_code(text: str, today: datetime.date | None = None) -> Birth:
    """Birth date, sex and place of birth written in a personal tax code, omocodia included.

    The code holds two digits of the year: the latest year that is not after `today` is taken, so a
    centenarian reads as a child. Raises BadValue `tax_code_invalid`, or `tax_code_not_personal` for the 11-digit ones.
    """
    code = parse_tax_code(text)
    if len(code) != 16:
        raise BadValue(
            "tax_code_not_personal",
            "Questo codice fiscale non è di una persona: non contiene la data di nascita.",
            "This tax code is not a person's: it holds no date of birth.",
        )
    return _birth(code, today or _today())


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _birth(code: str, today: datetime.date) -> Birth:
    year, day = int(code[6:8].translate(_OMOCODIA)), int(code[9:11].translate(_OMOCODIA))
    month = "ABCDEHLMPRST".index(code[8]) + 1
    sex: Literal["M", "F"] = "F" if day > _FEMALE_OFFSET else "M"
    day -= _FEMALE_OFFSET if sex == "F" else 0
    century = today.year // 100 * 100
    years = [century + year, century - 100 + year, century - 200 + year]
    # 29 February exists in 2000 but not in 1900: the century must also have the day.
    for candidate in years:
        try:
            date = datetime.date(candidate, month, day)
        except ValueError:
            continue
        if date <= today:
            return Birth(date, sex, code[11] + code[12:15].translate(_OMOCODIA))
    raise ValueError(code)
