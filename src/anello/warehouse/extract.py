"""From PostgreSQL to the landing: images of rows, as they are and as they were.

In one snapshot the current rows are read, and walked back through the `[old, new]` of the events that the snapshot
sees: that gives every version between, and the one before. Nothing accumulates: a row that something changed silently
is right again with the next image of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from anello.warehouse import landing, progress
from anello.warehouse.datasets import Dataset, datasets, events
from anello.warehouse.engine import literal, open_database, quote
from anello.warehouse.landing import File, Manifest

if TYPE_CHECKING:
    import duckdb

EVER = "TIMESTAMPTZ '1900-01-01 00:00:00+00'"
"""Since when a row is as it is of which nobody knows since when."""
TAIL = 2000
"""Rows without an event (projections of others) are found by their ids: those above the highest known one, and so many
below it, for transactions that took their ids before others and ended later."""
MANY = 200_000
"""From so many touched rows on, the whole table is read."""
MARKS = {"_load": "INTEGER", "_event": "BIGINT", "_at": "TIMESTAMPTZ", "_op": "VARCHAR"}
"""Which load brought the image, after which event (0: none), since when it holds, and what happened."""
_LINE = 256 * 2**20


@dataclass
class Extract:
    """What a load found in the CRM."""

    cursor: tuple[int, int]
    database: str
    files: list[File] = field(default_factory=list)


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read inside is of one moment."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def identity() -> str:
    """Which database this is: a restored one is another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "FROM pg_control_system()"
        )
        return str(cursor.fetchone()[0])


def extract(load: int, folder: Path, known: Sequence[Manifest], built: Path | None, *, whole: bool) -> Extract:
    """Land what changed since the last load; with `whole`, whatever is different from what the warehouse knows.

    `built` is the present warehouse; without one, everything is new.
    """
    with snapshot():
        last = next((m for m in reversed(known) if m.source == "crm"), None)
        here = identity()
        cursor = last.cursor if last and last.database == here else (0, 0)
        whole = whole or last is None or last.database != here or built is None
        duck = open_database(":memory:", scratch=folder)
        try:
            if built is not None:
                duck.execute(f"ATTACH {literal(built)} AS old (READ_ONLY)")
            return _Extraction(duck, load, folder, known, built is not None).run(cursor, here, whole=whole)
        finally:
            duck.close()


class _Extraction:
    def __init__(
        self, duck: duckdb.DuckDBPyConnection, load: int, folder: Path, known: Sequence[Manifest], has_old: bool
    ) -> None:
        self.duck, self.load, self.folder, self.has_old = duck, load, folder, has_old
        self.landed = {one.dataset: one.columns for manifest in known for one in manifest.files}
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            self.now = f"TIMESTAMPTZ {literal(cursor.fetchone()[0].isoformat())}"

    def run(self, cursor: tuple[int, int], here: str, *, whole: bool) -> Extract:
        found = Extract(self._events(cursor), here)
        found.files += self._save("event", "events", events().types)
        named, tables = self._named(), datasets()
        for step, (table, dataset) in enumerate(tables.items()):
            progress.note("working", table, step, len(tables))
            ids = named.get(dataset.name, set())
            all_rows = whole or None in ids or self.landed.get(table) != dataset.types or len(ids) > MANY
            if not all_rows:
                ids |= self._tail(dataset)
                if not ids:
                    continue
            there = self._rows(dataset, None if all_rows else [pk for pk in ids if pk is not None])
            if there or table in self.landed:
                self._images(dataset, all_rows=all_rows)
                found.files += self._save(table, "images", dataset.types | MARKS, whole=all_rows)
            else:
                found.files.append(File(table, "", 0, "", dict(dataset.types), True))
        return found

    # Reading

    def _copy(self, name: str, statement: str, parameters: Sequence[Any] = ()) -> Path:
        path = self.folder / f"{name}.csv"
        with (
            path.open("wb") as file,
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)", parameters) as copy,
        ):
            for block in copy:
                file.write(block)
        return path

    def _table(self, name: str, path: Path, columns: Mapping[str, str], select: str) -> None:
        """A DuckDB table of a file that `_copy` wrote."""
        declared = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
        line = min(_LINE, 2**21 + path.stat().st_size)
        self.duck.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {select} FROM read_csv({literal(path)}, "
            f"columns = {{{declared}}}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
            f"nullstr = '', allow_quoted_nulls = false, max_line_size = {line}, buffer_size = {line})"
            if path.stat().st_size
            else f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {select} FROM (SELECT "
            + ", ".join(f"NULL::VARCHAR AS {quote(column)}" for column in columns)
            + ") WHERE false"
        )
        path.unlink()

    def _events(self, cursor: tuple[int, int]) -> tuple[int, int]:
        """What the snapshot sees of the log after the cursor; returns how far nothing can be added any more."""
        columns = [*events().columns]
        path = self._copy(
            "events",
            f"SELECT {', '.join(c.read for c in columns)}, changes::text FROM event "
            "WHERE (tx, id) > (%s::text::xid8, %s)",
            [str(cursor[0]), cursor[1]],
        )
        select = ", ".join(c.typed for c in columns) + ", CAST(changes AS JSON) AS changes"
        self._table("events", path, {**events().types, "changes": "JSON"}, select)
        with connection.cursor() as asked:
            asked.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            settled = asked.fetchone()[0]
        last = self.duck.execute(
            "SELECT tx, id FROM events WHERE tx < ? ORDER BY tx DESC, id DESC LIMIT 1", [settled]
        ).fetchone()
        return last or cursor

    def _named(self) -> dict[str, set[int | None]]:
        """{module: ids its events name}; None for an event about many records at once."""
        found: dict[str, set[int | None]] = {}
        for module, pk in self.duck.execute("SELECT DISTINCT module, record_id FROM events").fetchall():
            found.setdefault(module, set()).add(pk)
        return found

    def _tail(self, dataset: Dataset) -> set[int | None]:
        """Rows that came without an event."""
        table = f"old.main.{quote(dataset.table)}"
        row = self.duck.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        least = max(0, (row[0] if row else 0) - TAIL)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {quote(dataset.table)} WHERE id > %s", [least])
            there = {pk for (pk,) in cursor.fetchall()}
        if not there:
            return set()
        past = f"old.past.{quote(dataset.table)}"
        had = self.duck.execute(
            f"SELECT id FROM {table} WHERE id > {least} UNION SELECT id FROM {past} WHERE id > {least}"
        )
        return there - {pk for (pk,) in had.fetchall()}

    def _rows(self, dataset: Dataset, ids: Sequence[int] | None) -> bool:
        """Table `rows`: the current ones, all or those of the ids; `wanted`: which were asked for. False: none is."""
        where, parameters = ("", []) if ids is None else (" WHERE id = ANY(%s::bigint[])", [list(ids)])
        selected = ", ".join(column.read for column in dataset.columns)
        path = self._copy("rows", f"SELECT {selected} FROM {quote(dataset.table)}{where}", parameters)
        there = path.stat().st_size > 0
        self._table("rows", path, dataset.types, ", ".join(column.typed for column in dataset.columns))
        self.duck.execute("CREATE OR REPLACE TEMP TABLE wanted (id BIGINT)")
        if ids:
            self.duck.execute("INSERT INTO wanted SELECT unnest(?)", [list(ids)])
        return there

    # Walking back

    def _images(self, dataset: Dataset, *, all_rows: bool) -> None:
        """Table `images`: what is landed of a dataset."""
        self._known(dataset)
        columns = ", ".join(f"r.{quote(name)}" for name in dataset.types)
        marked = f"{self.load}::INTEGER AS _load"
        since = "r.created_at" if "created_at" in dataset.types else EVER
        self._versions(dataset)
        versions = self._walked(dataset)
        # What no event tells of: new to the warehouse since ever, or changed silently until now.
        self.duck.execute(
            f"CREATE OR REPLACE TEMP TABLE images AS {versions} "
            f"UNION ALL SELECT {columns}, {marked}, 0::BIGINT AS _event, coalesce({since}, {EVER}) AS _at, "
            "'snapshot' AS _op FROM rows r ANTI JOIN versions v ON v.record_id = r.id ANTI JOIN known k ON k.id = r.id"
        )
        if all_rows:
            same = ", ".join(quote(name) for name in dataset.types)
            if self._comparable(dataset):
                self.duck.execute(
                    f"INSERT INTO images SELECT {columns}, {marked}, 0, {self.now}, 'snapshot' FROM "
                    f"(SELECT {same} FROM rows EXCEPT SELECT {same} FROM old.main.{quote(dataset.table)}) r "
                    "ANTI JOIN versions v ON v.record_id = r.id SEMI JOIN known k ON k.id = r.id"
                )
            elif self.has_old:
                self.duck.execute(
                    f"INSERT INTO images SELECT {columns}, {marked}, 0, {self.now}, 'snapshot' FROM rows r "
                    "ANTI JOIN versions v ON v.record_id = r.id SEMI JOIN known k ON k.id = r.id"
                )
        gone = (
            "SELECT id FROM known ANTI JOIN rows USING (id)"
            if all_rows
            else ("SELECT id FROM wanted SEMI JOIN known USING (id) ANTI JOIN rows USING (id)")
        )
        nothing = ", ".join("g.id" if name == "id" else f"NULL::{kind}" for name, kind in dataset.types.items())
        self.duck.execute(f"INSERT INTO images SELECT {nothing}, {self.load}, 0, {self.now}, 'delete' FROM ({gone}) g")

    def _comparable(self, dataset: Dataset) -> bool:
        return self.has_old and self.landed.get(dataset.table) == dataset.types

    def _known(self, dataset: Dataset) -> None:
        """Table `known`: ids that the warehouse holds."""
        source = f"SELECT id FROM old.main.{quote(dataset.table)}"
        if not self.has_old or dataset.table not in self.landed:
            source = "SELECT NULL::BIGINT AS id WHERE false"
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE known AS {source}")

    def _versions(self, dataset: Dataset) -> None:
        """Table `versions`: the events of the rows that left a version, with the values they replaced.

        Only what a later event changed has to be worked out; all else is as the row is now.
        """
        self.duck.execute(
            "CREATE OR REPLACE TEMP TABLE told AS SELECT e.id AS event, e.record_id, e.kind, e.at, e.version, "
            "e.actor_id, e.changes FROM events e SEMI JOIN rows r ON r.id = e.record_id "
            "WHERE e.module = ? QUALIFY e.changes <> '{}' OR e.kind IN (?, ?, ?) "
            "OR row_number() OVER (PARTITION BY e.record_id ORDER BY e.id DESC) = 1",
            [dataset.name, *(f"{dataset.name}.{verb}" for verb in ("created", "deleted", "restored"))],
        )
        keys = self.duck.execute(
            "SELECT DISTINCT unnest(json_keys(changes)) FROM told WHERE NOT ends_with(kind, '.created')"
        ).fetchall()
        changed = {key for (key,) in keys}
        windows: list[str] = []
        self.walked = {}
        for name, change in dataset.changes.items():
            if change.field not in changed:
                continue
            path = literal(f'$."{change.field}"[0]')
            old = change.old.format(f"json_extract_string(changes, {path})")
            kind = dataset.types[name]
            if kind.endswith("[]"):
                old = f"json_extract(changes, {path})"
            elif kind == "JSON":
                old = f"nullif(CAST(json_extract(changes, {path}) AS VARCHAR), 'null')"
            value = f"CAST({old} AS {kind})"
            if name in dataset.blanks:
                value = f"coalesce({value}, {dataset.blanks[name]})"
            there = f"json_exists(changes, {literal(chr(36) + '.' + chr(34) + change.field + chr(34))})"
            self.walked[name] = f"was_{len(windows)}"
            windows.append(self._next(f"CASE WHEN {there} THEN struct_pack(v := {value}) END", self.walked[name]))
        if "deleted_at" in dataset.types:
            lately = "last_value(CASE WHEN ends_with(kind, '.deleted') THEN \"at\" END IGNORE NULLS) OVER before"
            old = (
                "CASE WHEN ends_with(kind, '.deleted') THEN struct_pack(v := NULL::TIMESTAMPTZ) "
                "WHEN ends_with(kind, '.restored') THEN struct_pack(v := coalesce(aside, \"at\")) END"
            )
            self.walked["deleted_at"] = f"was_{len(windows)}"
            windows.append(self._next(old, self.walked["deleted_at"]))
        else:
            lately = "NULL::TIMESTAMPTZ"
        # The version before the first event counts as event 0, unless the record was made by that event.
        self.duck.execute(
            f"CREATE OR REPLACE TEMP TABLE versions AS WITH dated AS (SELECT *, {lately} AS aside FROM ("
            "SELECT * FROM told UNION ALL BY NAME SELECT 0 AS event, record_id, 'before' AS kind FROM told "
            "ANTI JOIN known ON known.id = record_id "
            "QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY event) = 1 "
            "AND NOT ends_with(told.kind, '.created')) WINDOW before AS (PARTITION BY record_id ORDER BY event "
            "ROWS UNBOUNDED PRECEDING)) "
            f"SELECT record_id, event, kind, dated.at, version, actor_id, "
            f"lead(event) OVER (PARTITION BY record_id ORDER BY event) IS NULL AS newest"
            f"{''.join(', ' + window for window in windows)} FROM dated "
            "WINDOW later AS (PARTITION BY record_id ORDER BY event ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
        )

    @staticmethod
    def _next(old: str, name: str) -> str:
        return f"first_value({old} IGNORE NULLS) OVER later AS {name}"

    def _walked(self, dataset: Dataset) -> str:
        """The rows as they were after each event."""
        selected = []
        for name in dataset.types:
            now = f"r.{quote(name)}"
            value = now
            if name in self.walked:
                was = f"v.{self.walked[name]}"
                value = f"CASE WHEN {was} IS NULL THEN {now} ELSE {was}.v END"
            elif name == "version":
                value = f"CASE WHEN v.newest THEN {now} ELSE coalesce(v.version, 0) END"
            elif name == "updated_at":
                value = f"CASE WHEN v.newest THEN {now} ELSE coalesce(v.at, {now}) END"
            elif name == "updated_by_id":
                value = f"CASE WHEN v.newest THEN {now} ELSE v.actor_id END"
            selected.append(f"{value} AS {quote(name)}")
        since = "r.created_at" if "created_at" in dataset.types else EVER
        return (
            f"SELECT {', '.join(selected)}, {self.load}::INTEGER AS _load, v.event AS _event, "
            f"coalesce(v.at, {since}, {EVER}) AS _at, CASE WHEN v.event = 0 THEN 'snapshot' ELSE 'change' END AS _op "
            "FROM versions v JOIN rows r ON r.id = v.record_id"
        )

    # Writing

    def _save(self, dataset: str, table: str, columns: Mapping[str, str], *, whole: bool = False) -> list[File]:
        """Write a table to the landing; nothing if it holds nothing that was not there before."""
        rows = self.duck.execute(f"SELECT count(*) FROM {table}").fetchone()
        kept = {name: kind for name, kind in columns.items() if name not in MARKS}
        if not rows or not rows[0]:
            return [] if self.landed.get(dataset) == kept else [File(dataset, "", 0, "", kept, whole)]
        path = landing.place(dataset, self.load)
        selected = ", ".join(f"CAST({quote(name)} AS {kind}) AS {quote(name)}" for name, kind in columns.items())
        self.duck.execute(
            f"COPY (SELECT {selected} FROM {table}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)"
        )
        name = str(path.relative_to(landing.landing()))
        return [File(dataset, name, rows[0], landing.digest(path), kept, whole)]
