"""What a field of an administrator's can be: its column in the database and its place in the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import structlog
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

from anello.core.actions.errors import explain
from anello.core.modules import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Decimal,
    Email,
    Field,
    File,
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
log = structlog.get_logger(__name__)


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
        get(row.to).model,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
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
    "user": Kind(L("Persona dell'azienda", "User"), Link, _link),
    "file": Kind(L("File", "File"), File, lambda row: models.JSONField(null=True, blank=True)),
    "autonumber": Kind(L("Numero progressivo", "Auto-number"), Text, _text(40)),
}
COMPUTED: Mapping[str, L] = {
    "formula": L("Formula", "Formula"),
    "rollup": L("Totale dei collegati", "Roll-up"),
}
"""Kinds that are worked out: they are of the kind of their result."""
RESULTS = {
    "text": "text",
    "number": "decimal",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "boolean": "boolean",
    "count": "integer",
}
LABELS: Mapping[str, L] = {**{name: kind.label for name, kind in KINDS.items()}, **COMPUTED}
FUNCTIONS = {
    "count": L("Quanti", "Count"),
    "sum": L("Somma", "Sum"),
    "min": L("Minimo", "Least"),
    "max": L("Massimo", "Most"),
    "average": L("Media", "Average"),
}
ZERO = ("count", "sum")
"""Of nothing, these are 0; the others are empty."""
NUMBERS = frozenset({"integer", "decimal", "money", "percent"})
CHOICES = frozenset({"choice", "multichoice"})
TEXTS = frozenset({"text", "email", "phone", "url"})
UNINDEXED = frozenset({"longtext", "file"})
"""Kinds that lists are not ordered by."""
UNIQUE = TEXTS | {"integer", "decimal", "date", "link", "user"}
"""Kinds whose values can be kept apart."""
TODAY = ("today", "oggi")
"""The default of a date that is the moment at which the record is made."""


def _option(given: dict[str, Any]) -> Option:
    return Option(given["value"], L(given["it"], given["en"]), given["color"], given["retired"])


def field_of(row: CustomField) -> Field:
    """The field in the spec."""
    more: dict[str, Any] = {}
    if row.help_it or row.help_en:
        more["help"] = L(row.help_it or row.help_en, row.help_en or row.help_it)
    label = L(row.label_it, row.label_en)
    if row.kind in COMPUTED:
        uses = [use.split(".") for use in row.uses]
        more |= {"readonly": True, "uses": [(module, name) for module, name in uses]}
        more |= {"minimum": None, "maximum": None} if row.result == "percent" else {}
        return KINDS[RESULTS[row.result]].spec(row.name, label, required=False, **more)
    if row.kind in NUMBERS:
        places = int if row.kind == "integer" else (lambda number: number)
        more |= {
            name: places(value) for name, value in (("minimum", row.least), ("maximum", row.most)) if value is not None
        }
    if row.kind in CHOICES:
        more["options"] = [_option(o) for o in row.options]
    if row.kind in ("link", "user"):
        more["to"] = row.to
    if row.kind == "autonumber":
        more["readonly"] = True
    if row.pattern:
        more["pattern"] = row.pattern
    if row.unique:
        more["unique_index"] = unique_index(row)
    # What is asked for only where it is shown is required by its guard.
    return KINDS[row.kind].spec(row.name, label, required=row.required and not row.show_if, **more)


def field_apart(row: CustomField) -> Field:
    """The field in the spec, with a column of its own that is in no model."""
    plain, column = field_of(row), column_of(row)
    column.set_attributes_from_name(row.name)
    apart = type(plain.__class__.__name__, (type(plain),), {"column": column})
    return apart(**{part.name: getattr(plain, part.name) for part in fields(plain) if part.init})


def column_of(row: CustomField) -> Column:
    """The column in the database."""
    if row.kind not in COMPUTED:
        return KINDS[row.kind].column(row)
    column = KINDS[RESULTS[row.result]].column(row)
    if row.function in ZERO:
        column.default, column.db_default = 0, models.Value(0)
    return column


def stored_in(row: CustomField) -> str:
    """The name of its column."""
    return f"{row.name}_id" if row.kind in ("link", "user") else row.name


def unique_index(row: CustomField) -> str:
    """The name of the index that keeps the field's values apart."""
    return f"xi_{row.pk}_unique"


def initial(row: CustomField) -> Any:
    """The value with which new records begin, a callable where it is that of the moment; ValueError in words."""
    column = column_of(row)
    if not row.initial.strip():
        return column.default
    if row.kind in ("date", "datetime") and row.initial.strip().casefold() in TODAY:
        return timezone.localdate if row.kind == "date" else timezone.now
    f = field_apart(row)
    try:
        value = TypeAdapter(f.annotation()).validate_python(f.parse(row.initial))
    except ValidationError as error:
        raise ValueError(" ".join(explain(error).get("", ()))) from error
    return (lambda: [*value]) if isinstance(value, list) else value


def begin(f: Field, row: CustomField) -> None:
    """Let new records of the module begin with the field's default."""
    try:
        f.column.default = initial(row)
    except ValueError as error:
        # It was good when it was given; a newer version of the product takes it no more.
        log.warning("default_broken", module=row.module, field=row.name, error=str(error))
    vars(f.column).pop("_get_default", None)
