"""Telephone numbers: anything a person writes becomes E.164 (ITU-T E.164), through Google's numbering plans."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat

from anello.kit.errors import BadValue

HOME = "IT"


def parse_phone(text: str, region: str = HOME) -> str:
    """E.164 form of a number written by a person: `"333 123 4567"` → `"+393331234567"`.

    `region` (ISO 3166-1 alpha-2) is where a number without country prefix belongs.
    Raises BadValue: `phone_unreadable`, `phone_extension` (E.164 cannot hold one), `phone_invalid` (no such number
    in the country's numbering plan).
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise BadValue(
            "phone_unreadable",
            "Scrivi un numero di telefono, per esempio 333 123 4567 o +39 02 1234 5678.",
            "Write a phone number, for example 333 123 4567 or +39 02 1234 5678.",
        ) from None
    if number.extension:
        raise BadValue(
            "phone_extension",
            "Scrivi il numero senza l'interno.",
            "Write the number without the extension.",
        )
    if not phonenumbers.is_valid_number(number):
        raise BadValue(
            "phone_invalid",
            "Questo numero di telefono non esiste: controlla le cifre e il prefisso.",
            "This phone number does not exist: check its digits and prefix.",
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def format_phone(e164: str, region: str = HOME) -> str:
    """How a reader in `region` writes the number: national at home, international abroad.

    `e164` must be what `parse_phone` returned; anything else raises BadValue `phone_unreadable`.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise BadValue(
            "phone_unreadable", "Questo non è un numero in formato E.164.", "This is not a number in E.164 format."
        ) from None
    at_home = number.country_code == phonenumbers.country_code_for_region(region)
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
