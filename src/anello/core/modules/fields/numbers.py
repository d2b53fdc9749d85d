"""Numbers: whole, decimal, amounts, shares; and yes or no."""

from __future__ import annotations

import decimal
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, ClassVar

from django.db import models
from pydantic import Field as Constraint

from anello.core.modules.fields.base import BIGINT, ORDER_OPERATORS, Field
from anello.kit import numbers
from anello.kit.text import L


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
