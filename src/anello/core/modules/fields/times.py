"""Days and moments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator
from pydantic import Field as Constraint

from anello.core.modules.fields.base import DATE_OPERATORS, Field
from anello.kit import time as time_kit


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
