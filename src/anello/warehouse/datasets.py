"""What of the CRM enters the warehouse: the table of every Module, column by column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db import connection, models

from anello.core.events.models import Event
from anello.core.modules import Link, Module, Ref, all_modules

LEFT_OUT_AREAS = frozenset({"administration", "integrations"})
"""Who may do what, and secrets: nothing to analyse."""
COLLEAGUES = ("user", "team")
"""Yet figures are asked by owner and team."""
SECRET = frozenset({"password", "last_login", "preferences"})
UNUSED = frozenset({"search_text"})
"""Only helps an index of PostgreSQL; `translation.py` knows that it is not there."""

_TYPES = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "smallint": "SMALLINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp with time zone": "TIMESTAMPTZ",
    "double precision": "DOUBLE",
    "real": "DOUBLE",
    "jsonb": "JSON",
    "uuid": "UUID",
    "xid8": "BIGINT",
}


@dataclass(frozen=True)
class Column:
    """A column: its name in both engines, and its type in DuckDB."""

    name: str
    type: str

    @property
    def read(self) -> str:
        """The expression that gives PostgreSQL's value in a form that `typed` reads."""
        quoted = f'"{self.name}"'
        return f"to_json({quoted})" if self.type.endswith("[]") else f"{quoted}::text"

    @property
    def typed(self) -> str:
        """The expression that makes DuckDB's value of what `read` gave."""
        quoted = f'"{self.name}"'
        if self.type.endswith("[]"):
            return f"CAST(CAST({quoted} AS JSON) AS {self.type}) AS {quoted}"
        return quoted if self.type == "VARCHAR" else f"CAST({quoted} AS {self.type}) AS {quoted}"


@dataclass(frozen=True)
class Change:
    """How a column's value before an event is read from its `changes`: {field: [old, new]} in JSON forms."""

    field: str
    old: str


@dataclass(frozen=True)
class Dataset:
    """A table of the CRM in the warehouse. `table` is its name in PostgreSQL, `main` and `history`."""

    name: str
    model: type[models.Model]
    left_out: frozenset[str]
    module: Module | None = None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Worked out for those who ask: reports only ask which tables there are, and do so all the time."""
        found = []
        for f in self.model._meta.concrete_fields:
            declared = f.db_type(connection)
            if declared and f.column and declared != "bytea" and f.column not in self.left_out:
                found.append(Column(f.column, _type(declared)))
        return tuple(found)

    @cached_property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """{column: how its old value is read} for every column that events tell of."""
        found: dict[str, Change] = {}
        for f in self.module.fields if self.module else ():
            if isinstance(f, Ref):
                names = {
                    f"{f.name}_module": "split_part({}, ':', 1)",
                    f"{f.name}_id": "nullif(split_part({}, ':', 2), '')",
                }
                empty = {f"{f.name}_module": "''", f"{f.name}_id": "NULL"}
                for name, part in names.items():
                    found[name] = Change(f.name, f"coalesce({part}, {empty[name]})")
                continue
            name = f.attribute if isinstance(f, Link) else str(f.column.column)
            found[name] = Change(f.name, "{}")
        return {name: change for name, change in found.items() if name in self.types and name != "id"}

    @cached_property
    def blanks(self) -> Mapping[str, str]:
        """{column: what stands for “nothing”} where the column cannot be null: events tell of no empty values."""
        found = {}
        for f in self.model._meta.concrete_fields:
            if not f.null and f.column in self.types:
                kind = self.types[f.column]
                if kind == "VARCHAR":
                    found[f.column] = "''"
                elif kind.endswith("[]"):
                    found[f.column] = f"CAST([] AS {kind})"
        return found


def _type(declared: str) -> str:
    if declared.endswith("[]"):
        return f"{_type(declared[:-2])}[]"
    plain = re.sub(r"\(.*\)", "", declared).strip()
    if plain == "numeric":
        size = re.search(r"\((\d+),\s*(\d+)\)", declared)
        return f"DECIMAL({size[1]},{size[2]})" if size else "DOUBLE"
    return _TYPES.get(plain, "VARCHAR")


def events() -> Dataset:
    """The log itself, without the values it tells of: those are in the history."""
    return Dataset("event", Event, frozenset({"changes", "elevated"}))


def datasets() -> dict[str, Dataset]:
    """{table: dataset} of every Module that enters the warehouse."""
    found = {}
    for module in all_modules():
        if module.area in LEFT_OUT_AREAS and module.name not in COLLEAGUES:
            continue
        dataset = Dataset(module.name, module.model, SECRET | UNUSED, module)
        found[dataset.table] = dataset
    return found
