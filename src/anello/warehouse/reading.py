"""Asking the warehouse: read-only, always the newest one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anello.warehouse import landing
from anello.warehouse.engine import open_database
from anello.warehouse.errors import Empty, Missing

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

_lock = threading.Lock()
_opened: tuple[Path, Any] | None = None


def pointer() -> Path:
    """The link that names the present warehouse: each build is a file of its own, since DuckDB keeps files by name."""
    return landing.home() / "warehouse.duckdb"


def built() -> Path | None:
    """The present warehouse, None before the first load."""
    link = pointer()
    return link.resolve() if link.is_symlink() else None


def state() -> dict[str, Any]:
    """What was built: {load, at, seconds, tables: {schema.table: rows}}; empty before the first load.

    A small file beside the warehouse, so that those who only want to know how it is need not open it.
    """
    path = built()
    return json.loads(path.with_suffix(".json").read_text()) if path else {}


def cursor() -> duckdb.DuckDBPyConnection:
    """A connection of one's own to the present warehouse; Empty before the first load."""
    global _opened
    with _lock:
        path = built()
        if path is None:
            raise Empty
        if _opened is None or _opened[0] != path:
            # Who still reads the old one keeps it alive; the file is gone when the last of them ends.
            _opened = (path, open_database(path, read_only=True))
        own = _opened[1].cursor()
    own.execute("SET TimeZone = 'UTC'")
    return own


@contextmanager
def asked() -> Iterator[None]:
    """A question that names what the present warehouse does not have is Missing."""
    import duckdb

    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise Missing from error


def sql(query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
    """The answer to a query in DuckDB's SQL, as an Arrow table. Parameters are `?` or `$name`. Empty, Missing."""
    with asked():
        return cursor().execute(query, parameters or None).to_arrow_table()


def connect() -> ibis.BaseBackend:
    """The present warehouse as an Ibis backend: `connect().table("purchase", database="mart")`. Empty as `sql`."""
    import ibis

    return ibis.duckdb.from_connection(cursor())
