"""How two people are compared: on what, by which levels of likeness, and which pairs are looked at.

Levels go from the most alike to "different"; the first whose condition holds counts, and what one of the two lacks says
nothing. Likeness of names and addresses is Jaro-Winkler's, of dates and codes Damerau-Levenshtein's (edits and swaps).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anello.kit.text import L

DIFFERENT = "different"


@dataclass(frozen=True)
class Level:
    """`sql` is a condition on `<column>_l` and `<column>_r`; `words` what it says of the two."""

    name: str
    sql: str
    words: L


@dataclass(frozen=True)
class Comparison:
    """`column` must be filled on both sides; `rare` when agreeing on a rare value says more than on a common one."""

    name: str
    label: L
    levels: tuple[Level, ...]
    different: L
    column: str = ""
    rare: bool = False

    @property
    def needs(self) -> str:
        return self.column or self.name

    def settings(self) -> dict[str, Any]:
        """As splink takes it."""
        missing = f"{self.needs}_l IS NULL OR {self.needs}_r IS NULL"
        levels: list[dict[str, Any]] = [
            {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
            *({"sql_condition": level.sql, "label_for_charts": level.name} for level in self.levels),
            {"sql_condition": "ELSE", "label_for_charts": DIFFERENT},
        ]
        if self.rare:
            levels[1] |= {"tf_adjustment_column": self.needs, "tf_adjustment_weight": 1.0}
        return {"output_column_name": self.name, "comparison_levels": levels}

    def level(self, gamma: int) -> str:
        """The name of the level that splink numbers `gamma`: 0 is “different”, -1 is missing."""
        if gamma <= 0:
            return DIFFERENT if gamma == 0 else ""
        return self.levels[len(self.levels) - gamma].name


def _near(column: str, least: float, other: str = "") -> str:
    return f"jaro_winkler_similarity({column}_l, {other or column}_r) >= {least}"


def _edits(column: str, most: int) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


def _name(name: str, other: str, label: L, same: L, alike: L, part: L) -> Comparison:
    crossed = L("Nome e cognome scambiati", "First and last name swapped")
    return Comparison(
        name,
        label,
        (
            Level("same", f"{name}_l = {name}_r", same),
            Level("swapped", f"{name}_l = {other}_r", crossed),
            Level("alike", _near(name, 0.92), alike),
            Level("part", f"{_near(name, 0.85)} OR {_near(name, 0.9, other)}", part),
        ),
        L(f"{label.it} diverso", f"Different {label.en.lower()}"),
        rare=True,
    )


COMPARISONS: dict[str, Comparison] = {
    one.name: one
    for one in (
        _name(
            "first_name", "last_name", L("Nome", "First name"), L("Stesso nome", "Same first name"),
            L("Nome quasi uguale", "Almost the same first name"), L("Nome simile", "Similar first name"),
        ),
        _name(
            "last_name", "first_name", L("Cognome", "Last name"), L("Stesso cognome", "Same last name"),
            L("Cognome quasi uguale", "Almost the same last name"), L("Cognome simile", "Similar last name"),
        ),
        Comparison(
            "birth_date",
            L("Data di nascita", "Birth date"),
            (
                Level("same", "birth_date_l = birth_date_r", L("Stessa data di nascita", "Same birth date")),
                Level("digit", _edits("birth_date", 1), L("Data di nascita: una cifra", "Birth date: one digit")),
                Level("digits", _edits("birth_date", 2), L("Data di nascita: due cifre", "Birth date: two digits")),
                Level("year", "birth_date_l[1:4] = birth_date_r[1:4]", L("Stesso anno di nascita", "Same birth year")),
            ),
            L("Data di nascita diversa", "Different birth date"),
        ),
        Comparison(
            "email",
            L("E-mail", "E-mail"),
            (
                Level("same", "email_l = email_r OR len(list_intersect(emails_l, emails_r)) > 0",
                      L("Stessa e-mail", "Same e-mail")),
                Level("alike", _near("email", 0.92), L("E-mail quasi uguale", "Almost the same e-mail")),
                Level("part", f"split_part(email_l, '@', 1) = split_part(email_r, '@', 1) OR {_near('email', 0.85)}",
                      L("E-mail simile", "Similar e-mail")),
            ),
            L("E-mail diversa", "Different e-mail"),
        ),
        Comparison(
            "phone",
            L("Telefono", "Phone"),
            (
                Level("same", "phone_l = phone_r OR len(list_intersect(phones_l, phones_r)) > 0",
                      L("Stesso telefono", "Same phone")),
                Level("digit", _edits("phone", 1), L("Telefono: una cifra", "Phone: one digit")),
            ),
            L("Telefono diverso", "Different phone"),
        ),
        Comparison(
            "tax_code",
            L("Codice fiscale", "Tax code"),
            (
                Level("same", "tax_code_l = tax_code_r", L("Stesso codice fiscale", "Same tax code")),
                Level("digit", _edits("tax_code", 2), L("Codice fiscale quasi uguale", "Almost the same tax code")),
            ),
            L("Codice fiscale diverso", "Different tax code"),
        ),
        Comparison(
            "external_id",
            L("Codice esterno", "External id"),
            (Level("same", "external_id_l = external_id_r", L("Stesso codice esterno", "Same external id")),),
            L("Codice esterno diverso", "Different external id"),
        ),
        Comparison(
            "city",
            L("Città", "City"),
            (
                Level("same", "city_l = city_r", L("Stessa città", "Same city")),
                Level("alike", _near("city", 0.85), L("Città simile", "Similar city")),
            ),
            L("Città diversa", "Different city"),
            rare=True,
        ),
        Comparison(
            "street",
            L("Via", "Street"),
            (
                Level("same", "street_l = street_r", L("Stessa via e numero", "Same street and number")),
                Level("alike", _near("street", 0.92), L("Via simile", "Similar street")),
            ),
            L("Via diversa", "Different street"),
        ),
        Comparison(
            "organisation",
            L("Organizzazione", "Organisation"),
            (Level("same", "organisation_l = organisation_r", L("Stessa organizzazione", "Same organisation")),),
            L("Organizzazione diversa", "Different organisation"),
            rare=True,
        ),
    )
}  # fmt: skip

KEYS: dict[str, str] = {
    "names": "least(first_name, last_name) || ' ' || greatest(first_name, last_name)",
    "birth_date": "birth_date",
    "user": "split_part(email, '@', 1)",
    "tax_code": "tax_code",
    "external_id": "external_id",
    "first_year": "first_name || ' ' || birth_date[1:4]",
    "last_year": "last_name || ' ' || birth_date[1:4]",
    "first_day": "first_name || ' ' || birth_date[6:10]",
    "last_day": "last_name || ' ' || birth_date[6:10]",
    "first_city": "first_name || ' ' || city",
    "last_city": "last_name || ' ' || city",
    "street": "street",
    "last_name": "last_name",
    "first_name": "first_name",
    "city": "city",
}
"""What two people must share for their pair to be looked at (one of these, or an e-mail, or a phone)."""

SURE = (
    "l.first_name = r.first_name AND l.last_name = r.last_name AND l.birth_date = r.birth_date",
    "l.email = r.email AND l.last_name = r.last_name",
    "l.email = r.email AND l.first_name = r.first_name",
    "l.phone = r.phone AND l.first_name = r.first_name AND l.last_name = r.last_name",
    "l.tax_code = r.tax_code",
)
"""Pairs that are one person with hardly an exception; how many they are says how common duplicates are."""
RECALL = 0.5
"""The share of all duplicates that the sure pairs are taken to be (a guess; a higher one proposes less)."""

LESSONS: tuple[tuple[str, ...], ...] = (
    ("birth_date",), ("email",), ("phone",), ("tax_code",), ("first_name", "last_name"), ("last_name", "city"),
)  # fmt: skip
"""Among pairs that agree on these columns, expectation-maximisation learns about all others."""


def words(comparison: str, level: str) -> tuple[str, str]:
    """The label of a comparison and what a level says, in the reader's language."""
    one = COMPARISONS[comparison]
    told = {level.name: level.words for level in one.levels} | {DIFFERENT: one.different}
    return str(one.label), str(told[level])
