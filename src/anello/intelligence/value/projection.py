"""Scores into the standings of their customers, set by set: one COPY and one statement, no event per row."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.utils import timezone
from pydantic import BaseModel

from anello.core.actions import Context, NotFound, action, run
from anello.core.modules import by_model, get
from anello.core.modules.models import Record

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 200
"""So many changed rows or fewer have an event each, so that nobody reads the whole table for them."""


def project(table: type[Record], link: str, scores: pa.Table, *, whole: bool = False) -> int:
    """Write columns of a table of scores; returns how many rows changed.

    `scores` has the `id` of each record that `link` points to (each once) and columns named as those of the table; the
    columns it lacks stay as they are. Records that are no longer there are passed over; rows that stay the same are not
    written. With `whole`, records it does not name have no score any more.
    """
    names = [name for name in scores.column_names if name != "id"]
    quote = connection.ops.quote_name
    target: Any = table._meta.get_field(link).related_model
    standing, customer = quote(table._meta.db_table), quote(target._meta.db_table)
    living = f"scored s JOIN {customer} c ON c.id = s.id AND c.deleted_at IS NULL"
    fresh = _fresh(table, {*names, "title", "title_key", "scored_at", f"{link}_id"})
    now = timezone.now()
    columns = ", ".join(quote(name) for name in names)
    others = ", ".join(quote(name) for name in fresh)
    taken = [*names, "title", "title_key"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE scored ON COMMIT DROP AS SELECT 0::bigint AS id, {columns} FROM {standing} LIMIT 0"
        )
        _copy(cursor, scores)
        cursor.execute(
            f"INSERT INTO {standing} AS old ({link}_id, {columns}, title, title_key, {others}, scored_at) "
            f"SELECT s.id, {', '.join(f's.{quote(name)}' for name in names)}, c.title, c.title_key, "
            f"{', '.join('%s' for _ in fresh)}, %s FROM {living} "
            f"ON CONFLICT ({link}_id) DO UPDATE SET {', '.join(f'{quote(n)} = EXCLUDED.{quote(n)}' for n in taken)}, "
            "version = old.version + 1, updated_at = EXCLUDED.updated_at, scored_at = EXCLUDED.scored_at, "
            "deleted_at = NULL "
            f"WHERE old.deleted_at IS NOT NULL OR ({', '.join(f'old.{quote(n)}' for n in taken)}) IS DISTINCT FROM "
            f"({', '.join(f'EXCLUDED.{quote(n)}' for n in taken)}) RETURNING id",
            [*fresh.values(), now],
        )
        changed = cursor.rowcount
        few = [row[0] for row in cursor.fetchmany(FEW)] if changed <= FEW else []
        if whole:
            cursor.execute(
                f"DELETE FROM {standing} WHERE {link}_id IS NOT NULL AND NOT EXISTS "
                f"(SELECT 1 FROM {living} "
                f"WHERE s.id = {standing}.{link}_id)"
            )
            changed += cursor.rowcount
            few = few if not cursor.rowcount else []
        cursor.execute("DROP TABLE scored")
        if changed:
            run("scores.told", {"module": by_model(table).name, "ids": few}, Context(via="job"))
    return changed


def _fresh(table: type[Record], given: set[str]) -> dict[str, Any]:
    """What a new row has in the columns that must not be empty and that nobody gave."""
    made = {}
    for f in table._meta.concrete_fields:
        if f.column and not f.null and not f.primary_key and f.column not in given:
            default = f.get_default()
            made[f.column] = json.dumps(default) if isinstance(f, models.JSONField) else default
    return made


def _copy(cursor: Any, scores: pa.Table) -> None:
    from pyarrow import csv

    names = ", ".join(connection.ops.quote_name(name) for name in scores.column_names)
    options = csv.WriteOptions(include_header=False)
    with cursor.copy(f"COPY scored ({names}) FROM STDIN (FORMAT csv)") as copy:
        for batch in scores.to_batches(max_chunksize=50_000):
            buffer = io.BytesIO()
            csv.write_csv(batch, buffer, options)
            copy.write(buffer.getvalue())


class Told(BaseModel):
    module: str
    ids: list[int] = []


@action("scores.told", input=Told)
def told(ctx: Context, data: Told) -> None:
    """The product's own: one event for all rows of a scoring, or one for each of a few, so that those who follow read
    them again."""
    if not ctx.actor.system:
        raise NotFound("scores.told")
    if not data.ids:
        ctx.emit(f"{data.module}.scored")
    for record in get(data.module).model._default_manager.filter(pk__in=data.ids):
        ctx.emit(f"{data.module}.scored", record)
