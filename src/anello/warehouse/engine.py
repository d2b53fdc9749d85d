"""DuckDB as the warehouse uses it: no extensions from the network, UTC, bounded memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import duckdb


def quote(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A text."""
    return "'" + str(text).replace("'", "''") + "'"


def open_database(
    path: Path | str, *, scratch: Path | None = None, read_only: bool = False, portable: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection to a database file (`:memory:`: none); `scratch` is a folder for what does not fit into memory.

    A new file that is `portable` can be read by DuckDB 1.0 and later; else it is written faster, for ourselves.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.WAREHOUSE_MEMORY_MB}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
        "storage_compatibility_version": "v1.0.0" if portable else "latest",
    }
    if scratch is not None:
        config["temp_directory"] = str(scratch)
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    connection.execute("SET TimeZone = 'UTC'")
    return connection
