"""Changing tables while others work on them: within the action's transaction, and never long in anybody's way.

PostgreSQL adds a column with a constant default to the catalogue only (§ ALTER TABLE, notes), but must for that moment
be alone at the table: waiting for a long reader, it would keep all writers waiting behind it. So it waits for `WAIT` at
most, lets the others pass, and tries again. Upkeep that takes long makes way: an index in the making begins anew
later, and autovacuum gives up by itself once somebody has waited for `deadlock_timeout` (§ Routine Vacuuming).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connection, models, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from anello.core.actions import Invalid
from anello.kit.text import L

WAIT = "100ms"
TRIES, PAUSE = 40, 0.1
MAKE_WAY = "60ms"
"""For how long autovacuum may keep us waiting: less than `WAIT`, or it would never hear of it."""
STUDIO = 7305
"""The advisory lock of whoever changes the shape: one at a time."""
INDEXING = 7307
"""The advisory lock of whoever makes indexes, in the background."""
Step = Callable[[Any], None]
"""What is asked of a schema editor."""
_waiting: ContextVar[list[Step] | None] = ContextVar("waiting", default=None)
BUSY = L(
    "Questi dati sono in uso da troppo tempo: riprova tra poco. Nulla è cambiato.",
    "These data have been in use for too long: try again soon. Nothing has changed.",
)


def alone() -> None:
    """Until the transaction ends, nobody else changes the shape."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STUDIO])


def add_column(model: type[models.Model], name: str, column: models.Field[Any, Any]) -> None:
    """Add the column to the model's table; the model itself is left as it is. Invalid when the table is in use."""
    column.set_attributes_from_name(name)
    column.model = model
    column.opts = model._meta  # type: ignore[attr-defined]
    _change(lambda editor: editor.add_field(model, column))


def create_table(model: type[models.Model]) -> None:
    """Make the model's table and its indexes. Invalid when a table to which it leads is in use for too long."""
    _change(lambda editor: editor.create_model(model))


def drop_column(table: str, column: str) -> None:
    """Take the column from the table, with its indexes. Invalid when the table is in use for too long."""
    quote = connection.ops.quote_name
    _change(lambda editor: editor.execute(f"ALTER TABLE {quote(table)} DROP COLUMN IF EXISTS {quote(column)}"))


def drop_table(table: str) -> None:
    """Take the table away. Invalid when one to which it leads is in use for too long."""
    _change(lambda editor: editor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}"))


def tell() -> None:
    """Processes are to read the shape anew, once this transaction has committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO studio_shape (id, version) VALUES (1, 1) "
            "ON CONFLICT (id) DO UPDATE SET version = studio_shape.version + 1"
        )


@contextmanager
def together() -> Iterator[None]:
    """What changes within, changes at its end in one go; not at all if it fails. Invalid when a table is in use.

    Within another one, it is that one's end.
    """
    waiting = _waiting.get()
    if waiting is not None:
        before = len(waiting)
        try:
            yield
        except BaseException:
            del waiting[before:]
            raise
        return
    waiting = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        _patiently(waiting)


def _change(step: Step) -> None:
    waiting = _waiting.get()
    if waiting is None:
        _patiently([step])
    else:
        waiting.append(step)


def _patiently(steps: list[Step]) -> None:
    """All of them, or none: whoever waits for one table keeps no other."""
    for _ in range(TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
                cursor.execute(
                    "SELECT set_config('deadlock_timeout', %s, true)"
                    " WHERE has_parameter_privilege('deadlock_timeout', 'SET')",
                    [MAKE_WAY],
                )
                with connection.schema_editor(atomic=False) as editor:
                    for step in steps:
                        step(editor)
                cursor.execute("SET LOCAL lock_timeout = 0")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
            _disturb()
            time.sleep(PAUSE)
        else:
            return
    raise Invalid(BUSY)


def _disturb() -> None:
    """Whoever makes indexes does it later (`indexes.reconcile`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [INDEXING],
        )
