"""What outside sources are and where their columns go: a declared mapping each, in a file of its own."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from anello.kit.text import L
from anello.warehouse import landing
from anello.warehouse.errors import Broken
from anello.warehouse.outside import KEYS

Name = Literal[
    "purchase_id", "at", "amount", "margin", "currency", "quantity", "product", "external_id", "email", "phone",
    "tax_code", "changed",
]  # fmt: skip


class Source(BaseModel):
    """One mapping, as the file says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    file: str = ""
    database: str = ""
    driver: str = "postgresql"
    query: str = ""
    encoding: str = "utf-8"
    separator: str = ","
    decimal: Literal[".", ","] = "."
    date: str = "iso"
    zone: str = ""
    currency: str = ""
    schedule: str = ""
    key: tuple[str, ...] = ()
    columns: dict[Name, str]
    tolerated: float = Field(0.01, ge=0, le=1)
    """The share of rows that may be unreadable before nothing is taken."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except ZoneInfoNotFoundError as error:
            raise ValueError(f"{value} is no time zone; Europe/Rome is one") from error
        return value

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, value: str) -> str:
        try:
            # Also the 31st of February, which is well written and never comes.
            croniter(value or "* * * * *").get_next()
        except CroniterError as error:
            words = f"{value} is no moment that cron knows; every night at half past two: 30 2 * * *"
            raise ValueError(words) from error
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            codecs.lookup(value)
        except LookupError as error:
            raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if bool(self.file) == bool(self.database and self.query):
            raise ValueError("give either file, or database and query")
        if missing := {"purchase_id", "at", "amount"} - set(self.columns):
            raise ValueError(f"columns lacks {', '.join(sorted(missing))}")
        if not set(KEYS) & set(self.columns):
            raise ValueError(f"columns names no customer: one of {', '.join(KEYS)}")
        if not self.currency and "currency" not in self.columns:
            raise ValueError("give currency, once for all or as a column")
        return self

    @property
    def place(self) -> str:
        """Where it lies, without what nobody should read: passwords."""
        if self.file:
            return self.file
        found = urlsplit(self.database)
        return f"{found.scheme}://{found.hostname or ''}{found.path}"

    @property
    def wanted(self) -> list[str]:
        """The columns that must be there, by their names at the source."""
        return list(dict.fromkeys([*self.columns.values(), *self.key]))


def folder() -> Path:
    return landing.home() / "sources"


def read(path: Path) -> Source:
    """One mapping."""
    try:
        return Source(name=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError) as error:
        reasons = (
            "; ".join(f"{'.'.join(map(str, e['loc'])) or path.stem}: {e['msg']}" for e in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        raise Broken(L(f"{path.name}: {reasons}", f"{path.name}: {reasons}")) from error
