"""From landed images to tables: `main` holds what is, `past` what was, and the view `history` both (SCD2).

One SELECT makes versions of images, whether all that ever landed (a rebuild) or those of the touched rows (a load): so
both come to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anello.warehouse import landing
from anello.warehouse.engine import literal, quote
from anello.warehouse.extract import MARKS
from anello.warehouse.landing import Manifest

if TYPE_CHECKING:
    import duckdb

LOG = "event"


@dataclass(frozen=True)
class Source:
    """A dataset's files, oldest first, and its columns as the newest of them has them."""

    table: str
    columns: Mapping[str, str]
    files: Sequence[str]


def sources(manifests: Sequence[Manifest], after: int = 0) -> dict[str, Source]:
    """{table: source} of the CRM's datasets in the loads after `after`."""
    columns: dict[str, Mapping[str, str]] = {}
    files: dict[str, list[str]] = {}
    for manifest in manifests:
        for one in manifest.files if manifest.source == "crm" and manifest.load > after else ():
            columns[one.dataset] = one.columns
            files.setdefault(one.dataset, []).extend([str(landing.landing() / one.path)] if one.path else [])
    return {name: Source(name, columns[name], files[name]) for name in columns}


def create(duck: duckdb.DuckDBPyConnection, source: Source) -> None:
    """The empty tables of a dataset."""
    name = quote(source.table)
    own = ", ".join(f"{quote(column)} {kind}" for column, kind in source.columns.items())
    if source.table == LOG:
        duck.execute(f"CREATE TABLE main.{name} ({own})")
        return
    marks = ", ".join(f"{column} {kind}" for column, kind in MARKS.items())
    duck.execute(f"CREATE TABLE main.{name} ({own}, {marks}, _valid_from TIMESTAMPTZ)")
    duck.execute(f"CREATE TABLE past.{name} ({own}, {marks}, _valid_from TIMESTAMPTZ, _valid_to TIMESTAMPTZ)")
    columns = ", ".join(quote(column) for column in source.columns)
    duck.execute(
        f"CREATE VIEW history.{name} AS "
        f"SELECT {columns}, _valid_from, NULL::TIMESTAMPTZ AS _valid_to, true AS _is_current FROM main.{name} "
        f"UNION ALL SELECT {columns}, _valid_from, _valid_to, false FROM past.{name} WHERE _op <> 'delete'"
    )


def apply(duck: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Bring the tables of a dataset up to date with the files; the view `touched` holds the ids it changed."""
    if not source.files:
        duck.execute("CREATE OR REPLACE TEMP VIEW touched AS SELECT 0::BIGINT AS id WHERE false")
        return
    name = quote(source.table)
    files = "[" + ", ".join(literal(path) for path in source.files) + "]"
    read = f"read_parquet({files}, union_by_name = true)"
    columns = ", ".join(
        f"CAST({quote(column)} AS {kind}) AS {quote(column)}" for column, kind in source.columns.items()
    )
    absent = _absent(duck, read, source.columns)
    if source.table == LOG:
        duck.execute(f"CREATE OR REPLACE TEMP VIEW touched AS SELECT id FROM {read} WHERE false")
        duck.execute(
            f"INSERT INTO main.{name} SELECT {columns}{absent} FROM {read} ANTI JOIN main.{name} USING (id) "
            "QUALIFY row_number() OVER (PARTITION BY id) = 1"
        )
        return
    empty = duck.execute(
        f"SELECT count(*) = 0 FROM (SELECT 1 FROM main.{name} UNION ALL SELECT 1 FROM past.{name} LIMIT 1)"
    )
    fresh = bool(empty.fetchall()[0][0])
    marked = f"SELECT {columns}, {', '.join(MARKS)} FROM (SELECT *{absent} FROM {read})"
    if fresh:
        # All of them: worked out only for those who ask.
        duck.execute(f"CREATE OR REPLACE TEMP VIEW touched AS SELECT DISTINCT id FROM {read}")
        duck.execute(f"CREATE OR REPLACE TEMP VIEW images AS {marked}")
    else:
        duck.execute(f"CREATE OR REPLACE TEMP TABLE touched_now AS SELECT DISTINCT id FROM {read}")
        duck.execute("CREATE OR REPLACE TEMP VIEW touched AS SELECT * FROM touched_now")
        own = ", ".join([*map(quote, source.columns), *MARKS])
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE images_now AS {marked} "
            f"UNION ALL SELECT {own} FROM main.{name} SEMI JOIN touched USING (id) "
            f"UNION ALL SELECT {own} FROM past.{name} SEMI JOIN touched USING (id)"
        )
        duck.execute("CREATE OR REPLACE TEMP VIEW images AS SELECT * FROM images_now")
        duck.execute(f"DELETE FROM main.{name} WHERE id IN (SELECT id FROM touched)")
        duck.execute(f"DELETE FROM past.{name} WHERE id IN (SELECT id FROM touched)")
    _versions(duck, name, [*map(quote, source.columns), *MARKS])
    if not fresh:
        duck.execute("DROP VIEW images; DROP TABLE images_now")
    else:
        duck.execute("DROP VIEW images")


def _absent(duck: duckdb.DuckDBPyConnection, read: str, columns: Mapping[str, str]) -> str:
    """Columns that no file has: a load whose files are all older than the column."""
    there = {row[0] for row in duck.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    return "".join(f", NULL AS {quote(column)}" for column in columns if column not in there)


def _versions(duck: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> None:
    """Versions of `images`. Most rows have one, for which nothing has to be put in order."""
    names = ", ".join(columns)
    duck.execute("CREATE OR REPLACE TEMP TABLE many AS SELECT id FROM images GROUP BY id HAVING count(*) > 1")
    # An event may land twice (its transaction was not yet settled the first time): the later image counts.
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE twice AS SELECT id, _event, max(_load) AS _load FROM images "
        "WHERE _event > 0 GROUP BY id, _event HAVING count(*) > 1"
    )
    duck.execute(
        f"INSERT INTO main.{name} SELECT {names}, _at FROM images ANTI JOIN many USING (id) WHERE _op <> 'delete'"
    )
    # The order of versions is worked out on what orders them alone: rows are wide.
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE spans AS WITH dated AS (SELECT id, _load, _event, _op = 'delete' AS gone, "
        "max(_at) OVER before AS _valid_from FROM images i SEMI JOIN many USING (id) "
        "WHERE NOT EXISTS (SELECT 1 FROM twice t WHERE t.id = i.id AND t._event = i._event AND t._load <> i._load) "
        "WINDOW before AS (PARTITION BY id ORDER BY _load, _event ROWS UNBOUNDED PRECEDING)) "
        "SELECT id, _load, _event, gone, _valid_from, lead(_valid_from) OVER next AS _valid_to, "
        "lead(_load) OVER next IS NULL AS newest FROM dated WINDOW next AS (PARTITION BY id ORDER BY _load, _event)"
    )
    placed = f"SELECT {names}, {{}} FROM images JOIN (FROM spans WHERE {{}}) USING (id, _load, _event)"
    duck.execute(f"INSERT INTO main.{name} {placed.format('_valid_from', 'newest AND NOT gone')}")
    # What is gone for good stays as a mark of when it went.
    duck.execute(f"INSERT INTO past.{name} {placed.format('_valid_from, _valid_to', 'gone OR NOT newest')}")
    duck.execute("DROP TABLE spans; DROP TABLE many; DROP TABLE twice")
