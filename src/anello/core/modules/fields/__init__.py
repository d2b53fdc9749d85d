"""Field kinds: how a value is validated, parsed from human text, shown, stored and filtered.

A field describes a column of its module's model. Values pass through three forms: *text* (what people type or a file
holds), *value* (the Python value in the column) and *json* (what API, events and exports carry).
"""

from anello.core.modules.fields.base import (
    BIGINT,
    CHOICE_OPERATORS,
    DATE_OPERATORS,
    ORDER_OPERATORS,
    TEXT_OPERATORS,
    Field,
    fail,
)
from anello.core.modules.fields.choices import Choice, MultiChoice, Option, Tags
from anello.core.modules.fields.files import File, StoredFile
from anello.core.modules.fields.links import Link, Ref
from anello.core.modules.fields.numbers import Boolean, Decimal, Integer, Money, Percent
from anello.core.modules.fields.structures import Json
from anello.core.modules.fields.texts import Email, LongText, Phone, TaxCode, Text, Url, Vat
from anello.core.modules.fields.times import Date, DateTime

__all__ = [
    "BIGINT",
    "CHOICE_OPERATORS",
    "DATE_OPERATORS",
    "ORDER_OPERATORS",
    "TEXT_OPERATORS",
    "Boolean",
    "Choice",
    "Date",
    "DateTime",
    "Decimal",
    "Email",
    "Field",
    "File",
    "Integer",
    "Json",
    "Link",
    "LongText",
    "Money",
    "MultiChoice",
    "Option",
    "Percent",
    "Phone",
    "Ref",
    "StoredFile",
    "Tags",
    "TaxCode",
    "Text",
    "Url",
    "Vat",
    "fail",
]
