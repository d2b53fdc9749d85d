"""Giving documents their numbers: without gaps or doubles, whoever issues at the same moment."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.actions.checks import Errors
from anello.kit.errors import BadValue
from anello.kit.numbering import format_number, series, validate_pattern
from anello.kit.text import L
from anello.operations.sales.models import NumberCounter, NumberSequence

# One statement: the row stays locked until the transaction ends, and a rollback gives the numbers back.
_TAKE = """
INSERT INTO sales_numbercounter AS counter (sequence_id, series, last, last_date) VALUES (%s, %s, %s, %s)
ON CONFLICT (sequence_id, series) DO UPDATE
SET last = counter.last + excluded.last, last_date = greatest(counter.last_date, excluded.last_date)
RETURNING last, last_date
"""


def sequence_of(document: str, code: str = "main") -> NumberSequence:
    """How documents of that kind are numbered; Invalid when nobody said."""
    found = NumberSequence.objects.filter(document=document, code=code).first()
    if found is None:
        raise Invalid(
            L(f"Manca la numerazione «{document}/{code}».", f"There is no number series “{document}/{code}”.")
        )
    return found


def take(sequence: NumberSequence, date: dt.date, count: int = 1, *, in_order: bool = False) -> list[str]:
    """The next `count` numbers for documents dated `date`, in the current transaction.

    With `in_order`, Invalid when the series already has a document of a later date: numbers and dates grow together.
    """
    key = series(sequence.pattern, date)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [sequence.pk, key, count, date])
        last, last_date = cursor.fetchone()
    if in_order and last_date > date:
        raise Invalid(
            {
                "date": [
                    L(
                        f"L'ultimo documento di questa numerazione è del {last_date:%d/%m/%Y}.",
                        f"The last document of this series is of {last_date:%d/%m/%Y}.",
                    )
                ]
            }
        )
    return [format_number(sequence.pattern, n, date) for n in range(last - count + 1, last + 1)]


@rule("number_sequence")
def patterns_make_good_numbers(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            if change.touches("pattern"):
                try:
                    validate_pattern(change.record.pattern)
                except BadValue as error:
                    errors.add(index, "pattern", error.message)
            moved = not change.new and change.touches("document", "code")
            if moved and NumberCounter.objects.filter(sequence=change.record).exists():
                errors.add(index, "", L("Questa numerazione è già in uso.", "This number series is already in use."))
