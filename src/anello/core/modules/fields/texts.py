"""Texts, and texts that mean something: addresses, numbers to call, tax identifiers."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import regex

from anello.core.modules.fields.base import Field, fail
from anello.kit import email as email_kit
from anello.kit import phone as phone_kit
from anello.kit import taxid
from anello.kit.text import L


@dataclass(eq=False)
class Text(Field):
    """`pattern` is a regular expression that the whole of a value follows."""

    kind = "text"
    _: KW_ONLY
    pattern: str = ""

    def clean(self, value: str) -> str:
        if value and self.pattern and not follows(self.pattern, value):
            raise fail(L(f"Non ha la forma richiesta: {self.pattern}", f"Not of the required form: {self.pattern}"))
        return value


PATIENCE = 0.1
"""Seconds after which a value counts as not of the form: some expressions take for ever to say no."""


def follows(pattern: str, value: str) -> bool:
    try:
        return regex.fullmatch(pattern, value, timeout=PATIENCE) is not None
    except TimeoutError:
        return False


@dataclass(eq=False)
class LongText(Field):
    kind = "longtext"


@dataclass(eq=False)
class Email(Field):
    kind = "email"

    def clean(self, value: str) -> str:
        return (
            _kit(email_kit.parse_email, value, L("Indirizzo e-mail non valido.", "Not a valid e-mail address."))
            if value
            else ""
        )


@dataclass(eq=False)
class Phone(Field):
    """Stored as E.164; numbers without a prefix are read as Italian."""

    kind = "phone"

    def clean(self, value: str) -> str:
        message = L(
            "Numero di telefono non valido: scrivilo con il prefisso, per esempio +39 02 1234567.",
            "Not a valid phone number: write it with its prefix, for example +39 02 1234567.",
        )
        return _kit(phone_kit.parse_phone, value, message) if value else ""

    def display(self, value: Any, locale: str = "it") -> str:
        return phone_kit.format_phone(value) if value else ""


@dataclass(eq=False)
class TaxCode(Field):
    """Italian tax code (codice fiscale, D.M. 23/12/1976), omocodia and provisional ones included."""

    kind = "taxcode"

    def clean(self, value: str) -> str:
        message = L(
            "Codice fiscale non valido: controlla i 16 caratteri.",
            "Not a valid Italian tax code: check its 16 characters.",
        )
        return _kit(taxid.parse_tax_code, value, message) if value else ""


@dataclass(eq=False)
class Vat(Field):
    """VAT number: Italian, or of another EU country with its prefix."""

    kind = "vat"

    def clean(self, value: str) -> str:
        message = L("Partita IVA non valida: controlla le cifre.", "Not a valid VAT number: check its digits.")
        return _kit(taxid.parse_vat, value, message) if value else ""


@dataclass(eq=False)
class Url(Field):
    kind = "url"

    def clean(self, value: str) -> str:
        if not value:
            return ""
        if "://" not in value and "." in value and " " not in value:
            value = "https://" + value
        from django.core.exceptions import ValidationError
        from django.core.validators import URLValidator

        try:
            URLValidator(schemes=["http", "https"])(value)
        except ValidationError as error:
            raise fail(L("Indirizzo web non valido.", "Not a valid web address.")) from error
        return value


def _kit(function: Any, value: str, message: L) -> str:
    try:
        return str(function(value))
    except ValueError as error:
        raise fail(message) from error
