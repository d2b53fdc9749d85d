"""Appending to the event log, and telling those who listen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from anello.core.events.models import Event

CHANNEL = "anello"
_MOST_IDS = 50

_COLUMNS = ("at", "kind", "module", "record_id", "version", "actor_id", "via", "batch", "changes", "data", "elevated")
_CHANGES, _DATA = _COLUMNS.index("changes"), _COLUMNS.index("data")
_encode = json.JSONEncoder(default=str).encode
_COPY = f"COPY event ({', '.join(_COLUMNS)}) FROM STDIN"
_INSERT = f"INSERT INTO event ({', '.join(_COLUMNS)}) VALUES "
_ROW = f"({', '.join(['%s'] * len(_COLUMNS))})"
_NOTIFY = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"
_FEW = 50
"""So many events are inserted and told in one round trip to the database; more are copied."""


def append(events: Sequence[Event]) -> None:
    """Write the events in the current transaction and notify listeners when it commits.

    A fixed number of statements; a notification names at most 50 records per (module, kind).
    """
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("events belong to the transaction of what they tell")
    now = timezone.now()
    for event in events:
        if not isinstance(event.at, datetime):
            event.at = now
    groups: dict[tuple[str, str], list[int]] = {}
    for event in events:
        groups.setdefault((event.module, event.kind), []).append(event.record_id or 0)
    payloads = [
        json.dumps({"module": module, "kind": kind, "ids": ids[:_MOST_IDS], "count": len(ids)})
        for (module, kind), ids in groups.items()
    ]
    rows = [_row(event) for event in events]
    with connection.cursor() as cursor:
        if len(rows) <= _FEW:
            values = [value for row in rows for value in row]
            cursor.execute(f"{_INSERT}{', '.join([_ROW] * len(rows))}; {_NOTIFY}", [*values, CHANNEL, payloads])
            return
        with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_NOTIFY, [CHANNEL, payloads])


def _row(event: Event) -> list[Any]:
    row = [getattr(event, name) for name in _COLUMNS]
    row[_CHANGES], row[_DATA] = _json(row[_CHANGES]), _json(row[_DATA])
    return row


def _json(value: dict[str, Any]) -> str:
    return _encode(value) if value else "{}"


_NEXT = """
SELECT * FROM event
WHERE (tx, id) > (%s::text::xid8, %s) AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx, id LIMIT %s
"""


def read(tx: int, event_id: int, most: int) -> list[Event]:
    """The next events after (tx, id), in an order to which nothing can be added before what was read.

    A serial id is not commit order: a transaction that started earlier may commit later. So only events are read whose
    transaction is below `pg_snapshot_xmin`: every transaction that could still come before them is over.
    """
    return list(Event.objects.raw(_NEXT, [str(tx), event_id, most]))


def ensure_partitions(start: date | None = None, end: date | None = None) -> None:
    """Make the monthly partitions from `start` to `end` (default: this month and the next three)."""
    today = datetime.now(UTC).date()
    month = (start or today).replace(day=1)
    last = end or today + timedelta(days=100)
    with connection.cursor() as cursor:
        while month <= last:
            following = (month + timedelta(days=32)).replace(day=1)
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS event_{month:%Y_%m} PARTITION OF event "
                f"FOR VALUES FROM ('{month}T00:00:00Z') TO ('{following}T00:00:00Z')"
            )
            month = following
