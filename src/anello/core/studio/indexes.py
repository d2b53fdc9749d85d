"""Indexes of administrators' fields, made and dropped beside everybody's work: CREATE INDEX CONCURRENTLY, in a job.

`reconcile` compares what there is with what there should be: killed anywhere, the next one drops what is half made and
makes it again. So it is when somebody changes the table meanwhile, who does not wait for indexes. A killed worker's
database session may still be at it: it holds the lock until it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import QueryCanceled

from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.studio.ddl import INDEXING
from anello.core.studio.kinds import RESULTS, TEXTS, UNINDEXED, stored_in, unique_index
from anello.core.studio.models import CustomField

EXAMPLES = 5


class Disturbed(Exception):
    """Somebody changes a table in which an index was being made: it is to be made later."""


@dataclass(frozen=True)
class Index:
    """What comes after `CREATE INDEX CONCURRENTLY name ON table`."""

    name: str
    on: str
    unique: bool = False


def indexes_of(row: CustomField) -> list[Index]:
    """The indexes that the field should have."""
    column, found = connection.ops.quote_name(stored_in(row)), []
    living = "WHERE deleted_at IS NULL"
    kind = RESULTS.get(row.result, row.kind)
    if row.indexed:
        if kind in (*TEXTS, "longtext", "autonumber"):
            # Lists compare texts in capitals.
            found.append(Index(f"xi_{row.pk}_words", f"USING gin (upper({column}::text) gin_trgm_ops)"))
        if kind == "multichoice":
            found.append(Index(f"xi_{row.pk}_many", f"USING gin ({column})"))
        elif kind in ("link", "user"):
            # Without a condition: the database asks it whether anything still leads to a record.
            found.append(Index(f"xi_{row.pk}_sort", f"({column}, id)"))
        elif kind not in UNINDEXED:
            found.append(Index(f"xi_{row.pk}_sort", f"({column}, id) {living}"))
        if kind in ("choice", "boolean"):
            # A few values stand for many records each: those of one, the latest first, are a stretch of this one.
            found.append(Index(f"xi_{row.pk}_list", f"({column}, updated_at, id) {living}"))
    if row.unique:
        what = f"(upper({column}::text)) {living} AND {column} <> ''" if row.kind in TEXTS else f"({column}) {living}"
        found.append(Index(unique_index(row), what, unique=True))
    return found


def duplicates(row: CustomField) -> list[tuple[str, int]]:
    """(value, how often) of values that occur more than once among the living, the first few."""
    column = connection.ops.quote_name(stored_in(row))
    table = connection.ops.quote_name(get(row.module).model._meta.db_table)
    text = row.kind in TEXTS
    value, some = (f"upper({column}::text)", f"{column} <> ''") if text else (column, f"{column} IS NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min({column}::text), count(*) FROM {table} WHERE deleted_at IS NULL AND {some} "
            f"GROUP BY {value} HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT {EXAMPLES}"
        )
        return [(text, number) for text, number in cursor.fetchall()]


def reconcile() -> None:
    """Make every index that is missing and drop those that are half made or no longer wanted."""
    with _alone():
        rows = [row for row in CustomField.objects.order_by("id") if row.module in names()]
        wanted = {index.name: (row, index) for row in rows for index in indexes_of(row)}
        there = _there()
        for name in [name for name, valid in there.items() if not valid or name not in wanted]:
            _drop(name)
            del there[name]
        doubled = set()
        try:
            for name, (row, index) in wanted.items():
                if name not in there and not _make(row, index):
                    doubled.add(row.pk)
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):
                raise Disturbed from error
            raise
        for row in rows:
            state = "duplicates" if row.pk in doubled else "ready" if indexes_of(row) else "none"
            if row.index != state:
                CustomField.objects.filter(pk=row.pk).update(index=state)


def _make(row: CustomField, index: Index) -> bool:
    """Make an index; False when it is a unique one and there are duplicates."""
    quote = connection.ops.quote_name
    table = quote(get(row.module).model._meta.db_table)
    try:
        with connection.cursor() as cursor:
            unique = "UNIQUE " if index.unique else ""
            cursor.execute(f"CREATE {unique}INDEX CONCURRENTLY {quote(index.name)} ON {table} {index.on}")
    except IntegrityError:
        _drop(index.name)
        return False
    return True


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {connection.ops.quote_name(name)}")


def _there() -> dict[str, bool]:
    """{index: whether it is whole} of those made here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            r"WHERE c.relname ~ '^xi_\d+_[a-z]+$' AND c.relnamespace = current_schema()::regnamespace"
        )
        return dict(cursor.fetchall())


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [INDEXING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [INDEXING])
