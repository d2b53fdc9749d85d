"""What came from outside sources: the newest row of each natural key counts, whenever it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    "_load": "INTEGER",
}
"""`changed` orders the versions of a row where the source knows when it changed; else the last load counts."""


def apply(duck: duckdb.DuckDBPyConnection, known: Sequence[Manifest], applied: int) -> bool:
    """Bring `main.outside_purchase` up to date; False if nothing came since the load `applied`."""
    declared = ", ".join(f"{quote(name)} {kind}" for name, kind in COLUMNS.items())
    if not applied:
        duck.execute(f"CREATE TABLE main.{TABLE} ({declared})")
    files = [
        literal(landing.landing() / one.path)
        for manifest in known
        for one in manifest.files
        if one.dataset.startswith(f"{TABLE}.") and one.path
    ]
    newest = max((m.load for m in known for f in m.files if f.dataset.startswith(f"{TABLE}.")), default=0)
    if not files or newest <= applied:
        return False
    columns = ", ".join(map(quote, COLUMNS))
    duck.execute(f"DELETE FROM main.{TABLE}")
    duck.execute(
        f"INSERT INTO main.{TABLE} SELECT {columns} FROM read_parquet([{', '.join(files)}], union_by_name = true) "
        "QUALIFY row_number() OVER (PARTITION BY source, key ORDER BY changed DESC NULLS LAST, _load DESC) = 1"
    )
    return True
