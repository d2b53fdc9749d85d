"""Sweeping up contents that nothing names any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import structlog
from django.db import connection

from anello.core import contents
from anello.core.files.models import Attachment
from anello.core.jobs import periodic
from anello.core.studio.queries import file_columns

log = structlog.get_logger(__name__)
RESTORABLE = dt.timedelta(days=30)
SETTLED = 24 * 3600
"""Seconds after which a content that nothing names is no upload in progress."""
MANY = 10_000
"""Contents that are asked about at once."""


Namer = Callable[[Sequence[str]], Iterable[str]]
_namers: list[Namer] = []


def namer(function: Namer) -> Namer:
    """Register `f(sha256s)`, which says which of these contents something else than an attachment or a field names."""
    _namers.append(function)
    return function


@periodic("20 3 * * *")
def sweep(timestamp: int) -> None:
    """Every night: forget files deleted more than 30 days ago, then contents that nothing names and nobody holds."""
    Attachment.everything.filter(deleted_at__lt=dt.datetime.fromtimestamp(timestamp, dt.UTC) - RESTORABLE).delete()
    old = list(contents.older_than(SETTLED))
    swept = 0
    for start in range(0, len(old), MANY):
        for path in _unnamed(old[start : start + MANY]):
            if contents.is_older(path, SETTLED):  # nobody named it meanwhile
                path.unlink(missing_ok=True)
                swept += 1
    log.info("files_swept", contents=swept)


def _unnamed(paths: list[Path]) -> Iterator[Path]:
    """Those that no attachment names and no field of any record, deleted ones included, nor anything else."""
    names = [path.name for path in paths]
    named = set(Attachment.everything.filter(sha256__in=names).values_list("sha256", flat=True))
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table, column in file_columns():
            value = f"{quote(column)} ->> 'sha256'"
            cursor.execute(f"SELECT DISTINCT {value} FROM {quote(table)} WHERE {value} = ANY(%s)", [names])
            named.update(sha256 for (sha256,) in cursor.fetchall())
    for function in _namers:
        named.update(function(names))
    return (path for path in paths if path.name not in named)
