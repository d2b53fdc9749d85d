"""Who was forgotten, as keyed hashes of what outside sources knew them by: no file that is read again brings them back.

What was bought until then stays, of a person without a name; what somebody buys afterwards is new.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from anello.warehouse import landing
from anello.warehouse.datasets import datasets
from anello.warehouse.engine import literal
from anello.warehouse.outside import COLUMN_OF, KEYS

if TYPE_CHECKING:
    import duckdb

Key = tuple[str, str]
"""(type, value): ("email", "ada@example.com")"""


POINTS = (("email", "="), ("phone", "<>"))
"""What contact points are: e-mail addresses, or something to call."""


def path() -> Path:
    """The key of the hashes, and {hash: [person, forgotten at]}."""
    return landing.home() / "forgotten.json"


def add(found: Mapping[int, Iterable[Key]]) -> None:
    """Remember what these people were known by, unless somebody else is: {person: keys}."""
    every: dict[str, set[str]] = {}
    for keys in found.values():
        for type_, value in keys:
            every.setdefault(type_, set()).add(value)
    others = living(every)
    known = _read()
    now = timezone.now().isoformat()
    for person, keys in found.items():
        for type_, value in set(keys) - others:
            known["people"].setdefault(_digest(known["key"], type_, value), [person, now])
    landing.write_whole(path(), json.dumps(known))


def living(values: Mapping[str, Iterable[str]]) -> set[Key]:
    """Which of these keys ({type: values}) a customer in the CRM has now."""
    known = datasets()
    places = [
        (table, column, type_, "true")
        for table in ("customers_person", "customers_organisation")
        for column, type_ in COLUMN_OF.items()
        if column in known[table].types
    ]
    places += [("customers_contactpoint", "value", type_, f"kind {sign} 'email'") for type_, sign in POINTS]
    found: set[Key] = set()
    with connection.cursor() as cursor:
        for table, column, type_, where in places:
            if wanted := list(values.get(type_, ())):
                cursor.execute(
                    f"SELECT DISTINCT lower({column}) FROM {table} "
                    f"WHERE deleted_at IS NULL AND {where} AND lower({column}) = ANY(%s)",
                    [wanted],
                )
                found |= {(type_, value) for (value,) in cursor.fetchall()}
    return found


def lay(duck: duckdb.DuckDBPyConnection, table: str, landed: Sequence[Path] = ()) -> None:
    """Take out of rows of one outside source who was forgotten; `landed` are the files that came of it before.

    A row is theirs if the first of its keys that means anybody means them, or if it came before and was theirs then.
    Nothing of its keys stays, and its number becomes a hash, the same whenever it comes: it counts once. A row of
    somebody else loses only the keys that are theirs.
    """
    known = _read()
    if not known["people"]:
        return
    secret = literal(known["key"])
    stones = [(digest, person, until) for digest, (person, until) in known["people"].items()]
    _fill(duck, "stone (digest VARCHAR, person BIGINT, until TIMESTAMPTZ)", stones)
    said = " UNION ALL ".join(
        f"SELECT rowid AS row, {rank} AS rank, '{type_}' AS type, {type_} AS value, \"at\" FROM {table} "
        f"WHERE {type_} <> ''"
        for rank, type_ in enumerate(KEYS)
    )
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE said AS WITH said AS ({said}) SELECT said.*, stone.person "
        f"FROM said LEFT JOIN stone ON stone.digest = sha256({secret} || ':' || type || ':' || value) "
        "AND said.\"at\" <= stone.until AT TIME ZONE 'UTC' "
        "QUALIFY count(stone.person) OVER (PARTITION BY row) > 0"
    )
    others: dict[str, list[str]] = {}
    for type_, value in duck.execute("SELECT DISTINCT type, value FROM said WHERE person IS NULL").fetchall():
        others.setdefault(type_, []).append(value)
    _fill(duck, "held (type VARCHAR, value VARCHAR)", sorted(living(others)))
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE own AS SELECT row, person FROM said LEFT JOIN held USING (type, value) "
        "WHERE person IS NOT NULL OR held.type IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY row ORDER BY rank) = 1"
    )
    before = ""
    if landed:
        paths = ", ".join(map(literal, landed))
        before = f" UNION SELECT key, forgotten FROM read_parquet([{paths}]) WHERE forgotten IS NOT NULL"
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE theirs AS WITH numbered AS ("
        f"SELECT rowid AS row, {_hidden(secret, 'key')} AS number FROM {table} WHERE forgotten IS NULL), "
        "known AS (SELECT number, person FROM own JOIN numbered USING (row) WHERE person IS NOT NULL" + before + ") "
        "SELECT row, number, min(person) AS person FROM numbered JOIN known USING (number) GROUP BY ALL"
    )
    for type_ in KEYS:
        duck.execute(
            f"UPDATE {table} SET {type_} = '' WHERE rowid IN (SELECT row FROM theirs UNION ALL "
            f"SELECT row FROM said WHERE type = '{type_}' AND person IS NOT NULL)"
        )
    duck.execute(
        f"UPDATE {table} SET forgotten = person, key = number, purchase_id = {_hidden(secret, 'purchase_id')} "
        f"FROM theirs WHERE {table}.rowid = theirs.row"
    )


def _hidden(secret: str, column: str) -> str:
    return f"sha256({secret} || ':' || source || ':' || {column})"


def _fill(duck: duckdb.DuckDBPyConnection, declared: str, rows: Sequence[Sequence[Any]]) -> None:
    """A temporary table of these rows."""
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {declared}")
    if rows:
        values = ", ".join(f"unnest(${n})" for n in range(1, len(rows[0]) + 1))
        duck.execute(f"INSERT INTO {declared.split()[0]} SELECT {values}", [list(c) for c in zip(*rows, strict=True)])


def _digest(key: str, type_: str, value: str) -> str:
    return hashlib.sha256(f"{key}:{type_}:{value}".encode()).hexdigest()


def _read() -> dict[str, Any]:
    if not path().exists():
        return {"key": secrets.token_hex(32), "people": {}}
    return dict(json.loads(path().read_text()))
