"""What a field of an administrator's can be: its column in the database and its place in the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from anello.core.modules import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Decimal,
    Email,
    Field,
    Integer,
    L,
    Link,
    LongText,
    Money,
    MultiChoice,
    Option,
    Percent,
    Phone,
    Text,
    Url,
    get,
)
from anello.core.studio.models import CustomField

Column = models.Field[Any, Any]


@dataclass(frozen=True)
class Kind:
    """`spec` is the class in the spec; `column` makes the column, which every row has at once without being written."""

    label: L
    spec: type[Field]
    column: Callable[[CustomField], Column]


def _text(length: int) -> Callable[[CustomField], Column]:
    return lambda row: models.CharField(max_length=length, blank=True, default="", db_default="")


def _number(digits: int, places: int) -> Callable[[CustomField], Column]:
    return lambda row: models.DecimalField(max_digits=digits, decimal_places=places, null=True, blank=True)


def _link(row: CustomField) -> Column:
    # Its index is made afterwards, without keeping anybody from writing.
    return models.ForeignKey(
        get(row.to).model, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


KINDS: Mapping[str, Kind] = {
    "text": Kind(L("Testo", "Text"), Text, _text(300)),
    "longtext": Kind(
        L("Testo lungo", "Long text"), LongText, lambda row: models.TextField(blank=True, default="", db_default="")
    ),
    "integer": Kind(
        L("Numero intero", "Whole number"), Integer, lambda row: models.BigIntegerField(null=True, blank=True)
    ),
    "decimal": Kind(L("Numero", "Number"), Decimal, _number(18, 4)),
    "money": Kind(L("Importo", "Amount"), Money, _number(18, 2)),
    "percent": Kind(L("Percentuale", "Percentage"), Percent, _number(9, 4)),
    "date": Kind(L("Data", "Date"), Date, lambda row: models.DateField(null=True, blank=True)),
    "datetime": Kind(
        L("Data e ora", "Date and time"), DateTime, lambda row: models.DateTimeField(null=True, blank=True)
    ),
    "boolean": Kind(
        L("Sì o no", "Yes or no"), Boolean, lambda row: models.BooleanField(default=False, db_default=False)
    ),
    "choice": Kind(L("Scelta", "Choice"), Choice, _text(60)),
    "multichoice": Kind(
        L("Scelta multipla", "Several choices"),
        MultiChoice,
        lambda row: ArrayField(models.CharField(max_length=60), default=list, blank=True, db_default=[]),
    ),
    "email": Kind(L("E-mail", "E-mail"), Email, _text(254)),
    "phone": Kind(L("Telefono", "Phone"), Phone, _text(32)),
    "url": Kind(L("Indirizzo web", "Web address"), Url, _text(500)),
    "link": Kind(L("Collegamento", "Link"), Link, _link),
}
NUMBERS = frozenset({"integer", "decimal", "money", "percent"})
CHOICES = frozenset({"choice", "multichoice"})


def field_of(row: CustomField) -> Field:
    """The field in the spec."""
    more: dict[str, Any] = {}
    if row.help_it or row.help_en:
        more["help"] = L(row.help_it or row.help_en, row.help_en or row.help_it)
    if row.kind in NUMBERS:
        places = int if row.kind == "integer" else (lambda number: number)
        more |= {
            name: places(value) for name, value in (("minimum", row.least), ("maximum", row.most)) if value is not None
        }
    if row.kind in CHOICES:
        more["options"] = [Option(o["value"], L(o["it"], o["en"]), o.get("color", "gray")) for o in row.options]
    if row.kind == "link":
        more["to"] = row.to
    return KINDS[row.kind].spec(row.name, L(row.label_it, row.label_en), required=row.required, **more)


def column_of(row: CustomField) -> Column:
    """The column in the database."""
    return KINDS[row.kind].column(row)
