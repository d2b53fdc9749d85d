"""Folding: the loads of a day that is over become one, so that years of them stay quick to read.

Nothing is lost: the images of all of them stand in one file per dataset, each with the number of its load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from anello.warehouse import landing
from anello.warehouse.engine import literal, open_database
from anello.warehouse.landing import File, Manifest

if TYPE_CHECKING:
    import duckdb

LARGE = 1_000_000
"""A load of more rows is left as it is: writing it again would take longer than it spares."""


def fold(folder: Path, applied: int) -> int:
    """Fold the CRM's loads up to `applied`, which the present warehouse holds; returns how many manifests went.

    For the one writer (`landing.writer`); `folder` is for DuckDB to work in.
    """
    known = landing.manifests()
    today = timezone.localdate()
    over = [one for one in known if one.source == "crm" and one.load <= applied and _day(one) < today]
    duck = open_database(":memory:", scratch=folder)
    try:
        for group in _groups(over):
            landing.commit(_one(duck, group))
    finally:
        duck.close()
    left = landing.manifests()
    landing.tidy(left)
    return len(known) - len(left)


def _groups(over: Sequence[Manifest]) -> Iterator[list[Manifest]]:
    """Loads without a gap, of one day and database and of the same columns; none of them a large one."""
    group: list[Manifest] = []
    columns: dict[str, dict[str, str]] = {}
    for one in over:
        same = not group or (_day(one), one.database) == (_day(group[0]), group[0].database)
        same = same and all(columns.get(file.dataset, file.columns) == file.columns for file in one.files)
        if not same or one.rows > LARGE:
            if len(group) > 1:
                yield group
            group, columns = [], {}
        if one.rows <= LARGE:
            group.append(one)
            columns |= {file.dataset: file.columns for file in one.files}
    if len(group) > 1:
        yield group


def _day(manifest: Manifest) -> dt.date:
    return timezone.localdate(manifest.moment)


def _one(duck: duckdb.DuckDBPyConnection, group: Sequence[Manifest]) -> Manifest:
    """What the manifests say, in one; its files are written."""
    files: dict[str, list[File]] = {}
    for manifest in group:
        for file in manifest.files:
            files.setdefault(file.dataset, []).append(file)
    last = group[-1]
    return Manifest(
        load=last.load,
        first=group[0].first or group[0].load,
        source=last.source,
        at=last.at,
        seconds=round(sum(one.seconds for one in group), 3),
        cursor=last.cursor,
        database=last.database,
        files=tuple(_joined(duck, last.load, some) for some in files.values()),
    )


def _joined(duck: duckdb.DuckDBPyConnection, load: int, some: Sequence[File]) -> File:
    """The rows of these files of one dataset, in the order of their loads."""
    landed = [file for file in some if file.path]
    last, whole = some[-1], any(file.whole for file in some)
    if not landed:
        return last
    target = landing.place(last.dataset, load)
    while target.exists():
        target = landing.following(target)
    paths = ", ".join(literal(landing.landing() / file.path) for file in landed)
    duck.execute(
        f"COPY (FROM read_parquet([{paths}], union_by_name = true)) TO {literal(target)} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    rows = sum(file.rows for file in landed)
    path = str(target.relative_to(landing.landing()))
    return File(last.dataset, path, rows, landing.digest(target), last.columns, whole)
