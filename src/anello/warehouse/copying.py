"""What was worked out here, back into PostgreSQL: rows by COPY, set by set."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    import pyarrow as pa

PORTION = 100_000
"""So many rows are in memory as text at a time."""


def copy(cursor: Any, table: str, rows: pa.Table) -> None:
    """Write an Arrow table into a table of PostgreSQL that has its columns."""
    from pyarrow import csv

    names = ", ".join(connection.ops.quote_name(name) for name in rows.column_names)
    options = csv.WriteOptions(include_header=False)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as written:
        for batch in rows.to_batches(max_chunksize=PORTION):
            buffer = io.BytesIO()
            csv.write_csv(batch, buffer, options)
            written.write(buffer.getvalue())


def untold(model: type[models.Model], given: Collection[str]) -> dict[str, Any]:
    """{column: value} of what a new row has to have and nobody gave."""
    made = {}
    for f in model._meta.concrete_fields:
        if f.column and not f.null and not f.primary_key and f.column not in given:
            default = f.get_default()
            made[f.column] = json.dumps(default) if isinstance(f, models.JSONField) else default
    return made
