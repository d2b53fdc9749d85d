"""The warehouse's file: made beside the present one and put in its place."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from django.conf import settings

from anello.warehouse import history, landing, marts, outside, reading, upkeep
from anello.warehouse.engine import open_database, quote
from anello.warehouse.landing import File, Manifest

if TYPE_CHECKING:
    import duckdb

Touched = Mapping[str, frozenset[int]]


def form() -> str:
    """What the marts are made by: a warehouse of another form is made anew."""
    digest = hashlib.sha256()
    for source in (history, marts, outside, upkeep):
        digest.update(Path(str(source.__file__)).read_bytes())
    digest.update(f"{settings.BASE_CURRENCY} {settings.TIME_ZONE}".encode())
    return digest.hexdigest()[:16]


def build(folder: Path, known: Sequence[Manifest], *, anew: bool, alone: bool = False) -> tuple[bool, Touched]:
    """Bring the warehouse to the last manifest; returns whether it was made from nothing, and who was touched.

    The file that was in place before stays for those who are just opening it, unless the new one shall be `alone`.
    """
    state, present, last = reading.state(), reading.built(), known[-1].load if known else 0
    applied = 0 if anew or state.get("form") != form() or present is None else int(state["load"])
    if _shapes_differ(known, applied):
        applied = 0
    started = dt.datetime.now(dt.UTC)
    path = folder / "warehouse.duckdb"
    if applied and present:
        copyfile(present, path)
    duck = open_database(path, scratch=folder)
    try:
        touched = _fill(duck, known, applied)
        tables = _counts(duck)
        missing = duck.execute("SELECT why, what, rows FROM mart.left_out ORDER BY ALL").fetchall()
        duck.execute("CHECKPOINT")
    finally:
        duck.close()
    now = dt.datetime.now(dt.UTC)
    seconds = round((now - started).total_seconds(), 3)
    described = {"form": form(), "load": last, "at": now.isoformat(), "seconds": seconds, "anew": not applied}
    _put_in_place(path, {**described, "tables": tables, "left_out": missing}, alone=alone)
    return not applied, touched


def _own(manifest: Manifest) -> Sequence[File]:
    return manifest.files if manifest.source == "crm" else ()


def _shapes_differ(known: Sequence[Manifest], applied: int) -> bool:
    """Whether a dataset is new or has other columns since."""
    before = {one.dataset: one.columns for m in known if m.load <= applied for one in _own(m)}
    after = {one.dataset: one.columns for m in known if m.load > applied for one in _own(m)}
    return any(before.get(name) != columns for name, columns in after.items())


def _fill(duck: duckdb.DuckDBPyConnection, known: Sequence[Manifest], applied: int) -> Touched:
    every, new = history.sources(known), history.sources(known, applied)
    work = upkeep.Upkeep(duck, whole=not applied)
    for schema in ("past", "history", "mart"):
        duck.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, source in every.items():
        if not applied:
            history.create(duck, source)
        if name in new:
            history.apply(duck, source if not applied else new[name])
            work.note(name)
    if outside.apply(duck, known, applied):
        work.note(outside.TABLE)
    return work.build(known)


def _counts(duck: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = duck.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL"
    ).fetchall()
    counts = {
        f"{schema}.{name}": duck.execute(f"SELECT count(*) FROM {schema}.{quote(name)}").fetchall()[0][0]
        for schema, name in tables
    }
    own = duck.execute(f"SELECT source, count(*) FROM main.{outside.TABLE} GROUP BY source").fetchall()
    return counts | {f"{outside.TABLE}.{source}": rows for source, rows in own}


def _put_in_place(path: Path, state: Mapping[str, object], *, alone: bool) -> None:
    folder = landing.home() / "built"
    folder.mkdir(exist_ok=True)
    name = f"{state['load']:08d}-{uuid.uuid4().hex[:8]}"
    before = reading.built()
    landing.write_whole(folder / f"{name}.json", json.dumps(state))
    path.replace(folder / f"{name}.duckdb")
    link = landing.home() / "warehouse.link"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("built") / f"{name}.duckdb")
    os.replace(link, reading.pointer())
    kept = {name, before.stem if before and not alone else name}
    for other in folder.iterdir():
        if other.stem not in kept:
            other.unlink()
