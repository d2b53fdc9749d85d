"""Scores into the standings of their customers, set by set: one COPY and one statement, no event per row."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from pydantic import BaseModel

from anello.core.actions import Context, NotFound, action, run
from anello.core.modules import by_model, get
from anello.core.modules.models import Record
from anello.warehouse.copying import copy, untold
from anello.warehouse.hooks import FEW

if TYPE_CHECKING:
    import pyarrow as pa


def project(
    table: type[Record], link: str, scores: pa.Table, *, whole: bool = False, among: Collection[int] = ()
) -> int:
    """Write columns of a table of scores; returns how many rows changed.

    `scores` has the `id` of each record that `link` points to (each once) and columns named as those of the table; the
    columns it lacks stay as they are. Records that are no longer there are passed over; rows that stay the same are not
    written. Records that it does not name have no score any more: all of them with `whole`, else those `among` it.
    """
    names = [name for name in scores.column_names if name != "id"]
    quote = connection.ops.quote_name
    target: Any = table._meta.get_field(link).related_model
    standing, customer = quote(table._meta.db_table), quote(target._meta.db_table)
    living = f"scored s JOIN {customer} c ON c.id = s.id AND c.deleted_at IS NULL"
    fresh = untold(table, {*names, "title", "title_key", "scored_at", f"{link}_id"})
    now = timezone.now()
    columns = ", ".join(quote(name) for name in names)
    others = ", ".join(quote(name) for name in fresh)
    taken = [*names, "title", "title_key"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE scored ON COMMIT DROP AS SELECT 0::bigint AS id, {columns} FROM {standing} LIMIT 0"
        )
        copy(cursor, "scored", scores)
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
        changed, ids = cursor.rowcount, [row[0] for row in cursor.fetchmany(FEW + 1)]
        if whole or among:
            which = "IS NOT NULL" if whole else "= ANY(%s::bigint[])"
            cursor.execute(
                f"DELETE FROM {standing} WHERE {link}_id {which} AND NOT EXISTS "
                f"(SELECT 1 FROM {living} WHERE s.id = {standing}.{link}_id) RETURNING id",
                [] if whole else [list(among)],
            )
            changed, ids = changed + cursor.rowcount, [*ids, *(row[0] for row in cursor.fetchmany(FEW + 1))]
        cursor.execute("DROP TABLE scored")
        if changed:
            few = {"ids": ids} if len(ids) <= FEW else {}
            run("scores.told", {"module": by_model(table).name, **few}, Context(via="job"))
    return changed


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
    model = get(data.module).model
    there = model._default_manager.in_bulk(data.ids)
    for pk in data.ids:
        # Also of a row that is gone: who reads it again finds nothing.
        ctx.emit(f"{data.module}.scored", there.get(pk) or model(pk=pk))
