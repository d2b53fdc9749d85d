"""Auto-numbers: no number twice, whoever creates records at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from anello.core.studio.models import CustomField
from anello.kit.numbering import format_number, series

# One statement: the row stays locked until the transaction ends.
_TAKE = """
INSERT INTO studio_numbercounter AS counter (field_id, series, last) VALUES (%s, %s, %s)
ON CONFLICT (field_id, series) DO UPDATE SET last = counter.last + excluded.last RETURNING last
"""


def give_numbers(row: CustomField, records: Sequence[Any]) -> None:
    """Give each record the next number of the series of the day on which it was made."""
    by_series: dict[str, list[tuple[Any, Any]]] = {}
    for record in records:
        day = timezone.localtime(record.created_at).date()
        by_series.setdefault(series(row.numbering, day), []).append((record, day))
    for key, some in sorted(by_series.items()):
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [row.pk, key, len(some)])
            (last,) = cursor.fetchone()
        for number, (record, day) in enumerate(some, last - len(some) + 1):
            setattr(record, row.name, format_number(row.numbering, number, day))
