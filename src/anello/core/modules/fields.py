"""Field kinds: how a value is validated, parsed from human text, shown, stored and filtered.

A field describes a column of its module's model. Values pass through three forms: *text* (what people type or a file
holds), *value* (the Python value in the column) and *json* (what API, events and exports carry).
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Constraint
from pydantic_core import PydanticCustomError

from anello.kit import email as email_kit
from anello.kit import numbers, taxid
from anello.kit import phone as phone_kit
from anello.kit import time as time_kit
from anello.kit.text import L

if TYPE_CHECKING:
    from anello.core.modules.spec import Module

TEXT_OPERATORS = ("contains", "not_contains", "is", "is_not", "starts", "in", "not_in", "empty", "not_empty")
ORDER_OPERATORS = ("is", "is_not", "lt", "lte", "gt", "gte", "between", "empty", "not_empty")
DATE_OPERATORS = ("period", *ORDER_OPERATORS)
CHOICE_OPERATORS = ("in", "not_in", "empty", "not_empty")

BIGINT = 2**63 - 1


def fail(text: L | str) -> PydanticCustomError:
    """An error whose words are ours, in the reader's language."""
    return PydanticCustomError("anello", "{text}", {"text": str(text)})  # type: ignore[arg-type]


def _printable(value: str) -> str:
    # PostgreSQL cannot store NUL; lone surrogates cannot be encoded.
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise fail(L("Contiene caratteri che non si possono salvare.", "Contains characters that cannot be stored."))
    return value


def _blank(value: Any) -> Any:
    return "" if value is None else value.strip() if isinstance(value, str) else value


@dataclass(eq=False)
class Field:
    """One fact of a record. `name` is the attribute and column; `label` what people call it."""

    name: str
    label: L
    _: KW_ONLY
    help: L | None = None
    readonly: bool = False
    """Derived by the product: shown, filtered and exported, never taken from input."""
    required: bool | None = None
    """None takes it from the column: not null, not blank and without a default."""
    warn_unique: bool = False
    """Another record with the same value is a warning at entry and a key of the duplicates rule."""
    listed: bool = True
    """May be a column of a list."""
    module: Module = field(init=False, repr=False)

    kind: ClassVar[str] = "text"
    operators: ClassVar[tuple[str, ...]] = TEXT_OPERATORS
    align: ClassVar[str] = "start"

    def bind(self, module: Module) -> None:
        self.module = module
        if self.required is None:
            column = self.column
            default = (
                column.has_default() or getattr(column, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
            )
            self.required = not (column.null or column.blank or default or self.readonly)

    @property
    def column(self) -> models.Field[Any, Any]:
        return self.module.model._meta.get_field(self.name)  # type: ignore[return-value]

    @property
    def attribute(self) -> str:
        """The attribute that holds the stored value (`organisation_id` for a link)."""
        return self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """Names for `update_fields`."""
        return (self.name,)

    @property
    def lookup(self) -> str:
        """The ORM path of the value."""
        return self.attribute

    def get(self, record: Any) -> Any:
        return getattr(record, self.attribute)

    def set(self, record: Any, value: Any) -> None:
        setattr(record, self.attribute, value)

    def annotation(self) -> Any:
        """The pydantic type of a valid value."""
        limit = getattr(self.column, "max_length", None) or 100_000
        return Annotated[
            str,
            BeforeValidator(_blank),
            Constraint(max_length=limit, min_length=1 if self.required else 0),
            AfterValidator(_printable),
            AfterValidator(self.clean),
        ]

    def output(self) -> Any:
        """The pydantic type of what the API returns."""
        return str

    def clean(self, value: Any) -> Any:
        """The canonical form of a value of the right type, or a ValueError/PydanticCustomError."""
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        """From what a person types or a file holds; ValueError says what is wrong."""
        return text

    def json(self, value: Any) -> Any:
        return value

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else str(value)

    def edit_text(self, value: Any, locale: str = "it") -> str:
        """The text `parse` reads back."""
        return self.display(value, locale)


@dataclass(eq=False)
class Text(Field):
    kind = "text"


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


@dataclass(eq=False)
class Integer(Field):
    kind = "integer"
    operators = ORDER_OPERATORS
    align = "end"
    _: KW_ONLY
    minimum: int | None = None
    maximum: int | None = None

    def annotation(self) -> Any:
        span: dict[type[Any], int] = {
            models.BigIntegerField: BIGINT,
            models.BigAutoField: BIGINT,
            models.PositiveSmallIntegerField: 32767,
        }
        top = span.get(type(self.column), 2**31 - 1)
        low = 0 if "Positive" in type(self.column).__name__ else -top
        kind: Any = Annotated[
            int,
            Constraint(
                ge=low if self.minimum is None else self.minimum, le=top if self.maximum is None else self.maximum
            ),
        ]
        return kind if self.required or not self.column.null else kind | None

    def output(self) -> Any:
        return int | None

    def parse(self, text: str, locale: str = "it") -> Any:
        if not text.strip():
            return None
        number = numbers.parse_number(text, locale)
        if number != number.to_integral_value():
            raise ValueError(L("Serve un numero intero.", "A whole number is needed."))
        return int(number)

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else numbers.format_number(value, locale)


@dataclass(eq=False)
class Decimal(Field):
    kind = "decimal"
    operators = ORDER_OPERATORS
    align = "end"
    _: KW_ONLY
    minimum: decimal.Decimal | int | None = None
    maximum: decimal.Decimal | int | None = None

    def annotation(self) -> Any:
        column = self.column
        kind: Any = Annotated[
            decimal.Decimal,
            Constraint(
                max_digits=column.max_digits,  # type: ignore[attr-defined]
                decimal_places=column.decimal_places,  # type: ignore[attr-defined]
                ge=self.minimum,
                le=self.maximum,
                allow_inf_nan=False,
            ),
        ]
        return kind if self.required or not column.null else kind | None

    def output(self) -> Any:
        return decimal.Decimal | None

    def parse(self, text: str, locale: str = "it") -> Any:
        return numbers.parse_number(text, locale) if text.strip() else None

    def json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else numbers.format_number(value, locale)


@dataclass(eq=False)
class Money(Decimal):
    """An amount; its currency is in the record's `currency` field when the model has one, else EUR."""

    kind = "money"

    def currency(self, record: Any) -> str:
        return getattr(record, "currency", None) or "EUR"


@dataclass(eq=False)
class Percent(Decimal):
    kind = "percent"
    minimum: decimal.Decimal | int | None = 0
    maximum: decimal.Decimal | int | None = 100

    def parse(self, text: str, locale: str = "it") -> Any:
        return super().parse(text.strip().removesuffix("%"), locale)

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else f"{numbers.format_number(value, locale)}%"


@dataclass(eq=False)
class Boolean(Field):
    kind = "boolean"
    operators = ("is",)

    TRUE: ClassVar[frozenset[str]] = frozenset({"1", "true", "t", "yes", "y", "sì", "si", "s", "on", "vero", "x"})
    FALSE: ClassVar[frozenset[str]] = frozenset({"", "0", "false", "f", "no", "n", "off", "falso"})

    def annotation(self) -> Any:
        return bool

    def output(self) -> Any:
        return bool

    def parse(self, text: str, locale: str = "it") -> Any:
        word = text.strip().casefold()
        if word in self.TRUE:
            return True
        if word in self.FALSE:
            return False
        raise ValueError(L("Scrivi sì o no.", "Write yes or no."))

    def display(self, value: Any, locale: str = "it") -> str:
        return str(L("Sì", "Yes") if value else L("No", "No"))


@dataclass(eq=False)
class Date(Field):
    kind = "date"
    operators = DATE_OPERATORS

    def annotation(self) -> Any:
        kind: Any = Annotated[dt.date, Constraint(ge=dt.date(1800, 1, 1), le=dt.date(2999, 12, 31))]
        return kind if self.required or not self.column.null else kind | None

    def output(self) -> Any:
        return dt.date | None

    def parse(self, text: str, locale: str = "it") -> Any:
        return time_kit.parse_date(text) if text.strip() else None

    def json(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def display(self, value: Any, locale: str = "it") -> str:
        return value.strftime("%d/%m/%Y") if value else ""


def _zone() -> ZoneInfo:
    from django.utils import timezone

    return ZoneInfo(timezone.get_current_timezone_name())


def _aware(value: dt.datetime) -> dt.datetime:
    from django.utils import timezone

    return timezone.make_aware(value) if timezone.is_naive(value) else value


@dataclass(eq=False)
class DateTime(Field):
    """An instant; text without an offset is read in the current time zone."""

    kind = "datetime"
    operators = DATE_OPERATORS

    def annotation(self) -> Any:
        low, high = dt.datetime(1800, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 12, 31, tzinfo=dt.UTC)
        kind: Any = Annotated[dt.datetime, AfterValidator(_aware), Constraint(ge=low, le=high)]
        return kind if self.required or not self.column.null else kind | None

    def output(self) -> Any:
        return dt.datetime | None

    def parse(self, text: str, locale: str = "it") -> Any:
        return time_kit.parse_datetime(text, _zone()) if text.strip() else None

    def json(self, value: Any) -> Any:
        # One form for one instant: events are compared with what the database gives back.
        return value.astimezone(dt.UTC).isoformat() if value else None

    def display(self, value: Any, locale: str = "it") -> str:
        from django.utils import timezone

        return timezone.localtime(value).strftime("%d/%m/%Y %H:%M") if value else ""


@dataclass(frozen=True)
class Option:
    """One value of a choice; `color` is a name of the palette (slate, violet, amber, green, teal, red, gray, blue…)."""

    value: str
    label: L
    color: str = "gray"


@dataclass(eq=False)
class Choice(Field):
    kind = "choice"
    operators = CHOICE_OPERATORS
    _: KW_ONLY
    options: Sequence[Option] = ()

    def option(self, value: Any) -> Option | None:
        return next((o for o in self.options if o.value == value), None)

    def clean(self, value: str) -> str:
        if value and self.option(value) is None:
            allowed = ", ".join(o.value for o in self.options)
            raise fail(L(f"Valore non previsto; i valori sono: {allowed}.", f"Not one of the values: {allowed}."))
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        word = text.strip().casefold()
        for o in self.options:
            if word in (o.value.casefold(), o.label.it.casefold(), o.label.en.casefold()):
                return o.value
        return text.strip()

    def display(self, value: Any, locale: str = "it") -> str:
        option = self.option(value)
        return str(option.label) if option else str(value or "")

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return value or ""


def _list(value: Any) -> Any:
    return [] if value is None else value


@dataclass(eq=False)
class MultiChoice(Choice):
    """Several values of a list, in an array column."""

    kind = "multichoice"

    def annotation(self) -> Any:
        item = Annotated[
            str, Constraint(min_length=1, max_length=60), AfterValidator(_printable), AfterValidator(self._item)
        ]
        return Annotated[
            list[item],
            BeforeValidator(_list),
            Constraint(max_length=100),
            AfterValidator(lambda v: list(dict.fromkeys(v))),
        ]

    def _item(self, value: str) -> str:
        return Choice.clean(self, value)

    def output(self) -> Any:
        return list[str]

    def clean(self, value: Any) -> Any:
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        return [Choice.parse(self, part, locale) for part in text.replace(";", ",").split(",") if part.strip()]

    def display(self, value: Any, locale: str = "it") -> str:
        return ", ".join(Choice.display(self, v) for v in value or [])

    def edit_text(self, value: Any, locale: str = "it") -> str:
        return ", ".join(value or [])


@dataclass(eq=False)
class Tags(MultiChoice):
    """Free words in an array column."""

    kind = "tags"

    def _item(self, value: str) -> str:
        return value.strip()

    def parse(self, text: str, locale: str = "it") -> Any:
        return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]

    def display(self, value: Any, locale: str = "it") -> str:
        return ", ".join(value or [])


@dataclass(eq=False)
class Link(Field):
    """A record of module `to`. Text is its id or, in imports and forms, its exact title."""

    kind = "link"
    operators = CHOICE_OPERATORS
    to: str = ""

    @property
    def attribute(self) -> str:
        return f"{self.name}_id"

    def annotation(self) -> Any:
        kind: Any = Annotated[int, Constraint(ge=1, le=BIGINT)]
        return kind if self.required else kind | None

    def output(self) -> Any:
        return int | None

    def parse(self, text: str, locale: str = "it") -> Any:
        text = text.strip()
        if not text:
            return None
        return int(text) if text.isdecimal() else text

    def display(self, value: Any, locale: str = "it") -> str:
        return "" if value is None else str(value)


@dataclass(eq=False)
class Ref(Field):
    """A record of any of `modules`, in columns `<name>_module` and `<name>_id`; as text and JSON `module:id`."""

    kind = "ref"
    operators = ("is", "empty", "not_empty")
    _: KW_ONLY
    modules: Sequence[str] = ()
    """Allowed modules; empty allows all."""

    def bind(self, module: Module) -> None:
        self.module = module
        self.required = bool(self.required)

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.name}_module", f"{self.name}_id")

    @property
    def lookup(self) -> str:
        return f"{self.name}_id"

    def get(self, record: Any) -> Any:
        module, pk = getattr(record, f"{self.name}_module"), getattr(record, f"{self.name}_id")
        return f"{module}:{pk}" if module and pk else None

    def set(self, record: Any, value: Any) -> None:
        module, _, pk = (value or "").partition(":")
        setattr(record, f"{self.name}_module", module)
        setattr(record, f"{self.name}_id", int(pk) if pk else None)

    def annotation(self) -> Any:
        kind: Any = Annotated[str, Constraint(max_length=80), AfterValidator(self.clean)]
        return kind if self.required else kind | None

    def output(self) -> Any:
        return str | None

    def clean(self, value: Any) -> Any:
        if not value:
            return None
        module, _, pk = value.partition(":")
        from anello.core.modules.registry import names

        if module not in (self.modules or names()) or not pk.isdecimal() or int(pk) > BIGINT:
            raise fail(L("Indica un record come modulo:numero.", "Give a record as module:number."))
        return value

    def parse(self, text: str, locale: str = "it") -> Any:
        return text.strip() or None
