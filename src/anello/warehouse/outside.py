"""What came from outside sources: the newest row of each natural key counts, whenever it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from anello.warehouse import landing
from anello.warehouse.engine import literal, quote
from anello.warehouse.landing import Manifest

if TYPE_CHECKING:
    import duckdb

TABLE = "outside_purchase"
COLUMNS = {
    "source": "VARCHAR",
    "key": "VARCHAR",
    "purchase_id": "VARCHAR",
    "at": "TIMESTAMP",
    "day": "DATE",
    "amount": "DECIMAL(18,4)",
    "margin": "DECIMAL(18,4)",
    "currency": "VARCHAR",
    "quantity": "DECIMAL(18,3)",
    "product": "VARCHAR",
    "external_id": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "tax_code": "VARCHAR",
    "changed": "TIMESTAMP",
    "forgotten": "BIGINT",
    "_load": "INTEGER",
}
"""`changed` orders the versions of a row where the source knows when it changed; else the last load counts. `forgotten`
is the person who bought, where nothing may say any more who that was."""
KEYS: tuple[Literal["external_id", "email", "phone", "tax_code"], ...] = ("external_id", "email", "phone", "tax_code")
"""By what a source may know a customer; the first one that means somebody counts."""
COLUMN_OF = {
    "external_id": "external_id",
    "email": "email",
    "phone": "phone",
    "mobile": "phone",
    "tax_code": "tax_code",
}
"""The columns of people and organisations that hold such a key, and which."""


def apply(duck: duckdb.DuckDBPyConnection, known: Sequence[Manifest], applied: int) -> bool:
    """Bring `main.outside_purchase` up to date; False if nothing came since the load `applied`."""
    declared = ", ".join(f"{quote(name)} {kind}" for name, kind in COLUMNS.items())
    if not applied:
        duck.execute(f"CREATE TABLE main.{TABLE} ({declared})")
    files = [
        landing.landing() / one.path
        for manifest in known
        for one in manifest.files
        if one.dataset.startswith(f"{TABLE}.") and one.path
    ]
    newest = max((m.load for m in known for f in m.files if f.dataset.startswith(f"{TABLE}.")), default=0)
    if not files or newest <= applied:
        return False
    duck.execute(f"DELETE FROM main.{TABLE}")
    duck.execute(f"INSERT INTO main.{TABLE} BY NAME {newest_of(files)}")
    return True


def newest_of(files: Iterable[Path]) -> str:
    """SQL of the rows of landed files that count. A load holds no two of one key that differ and are as new."""
    return (
        f"SELECT * FROM read_parquet([{', '.join(map(literal, files))}], union_by_name = true) "
        "QUALIFY row_number() OVER (PARTITION BY source, key ORDER BY changed DESC NULLS LAST, _load DESC) = 1"
    )
