"""Making the marts, and keeping them: after a load only what the touched rows have to do with is made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ibis
import ibis.backends.sql.datatypes
from django.conf import settings

from anello.warehouse import marts
from anello.warehouse.engine import literal, quote
from anello.warehouse.landing import Manifest

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir

ORDERS, CUSTOMERS, SAID = "scope_order", "scope_customer", "scope_interaction"
"""Temporary tables with the keys of what has to be made again."""
OUTSIDE = "outside_purchase"
KNOWN_BY = frozenset({"customers_person", "customers_organisation", "customers_contactpoint", "warehouse_exchangerate"})
"""On these depends to whom an outside purchase belongs and what it is worth."""

Mart = Callable[[marts.Tables], "ir.Table"]
MADE: dict[str, list[tuple[Mart, str, str]]] = {
    "purchase": [(marts.purchase_of_orders, "order_id", ORDERS)],
    "purchase_line": [(marts.line_of_orders, "order_id", ORDERS)],
    "interaction": [(marts.interaction, "interaction_id", SAID)],
}
OF_CUSTOMERS: dict[str, Mart] = {"purchase_day": marts.purchase_day, "customer": marts.customer}
FROM_OUTSIDE: dict[str, Mart] = {"purchase": marts.purchase_outside, "purchase_line": marts.line_outside}


class Upkeep:
    """Makes the marts, all of them (`whole`) or what the noted rows have to do with."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, *, whole: bool) -> None:
        self.duck, self.whole = duck, whole
        self.noted: set[str] = set()
        duck.execute(f"CREATE TEMP TABLE {ORDERS} (id BIGINT)")
        duck.execute(f"CREATE TEMP TABLE {SAID} (id BIGINT)")
        duck.execute(f"CREATE TEMP TABLE {CUSTOMERS} (kind VARCHAR, id BIGINT)")

    def note(self, table: str) -> None:
        """Remember what `touched` (ids of the table whose history was just applied) has to do with."""
        self.noted.add(table)
        if self.whole or table in ("event", OUTSIDE):
            return
        names = {row[0] for row in self.duck.execute(f"DESCRIBE main.{quote(table)}").fetchall()}
        versions = f"(SELECT * FROM main.{quote(table)} UNION ALL BY NAME SELECT * FROM past.{quote(table)})"
        found = {
            "sales_order": f"INSERT INTO {ORDERS} SELECT id FROM touched",
            "sales_orderline": f"INSERT INTO {ORDERS} SELECT DISTINCT order_id FROM {versions} "
            "SEMI JOIN touched USING (id)",
            "sales_product": f"INSERT INTO {ORDERS} SELECT DISTINCT order_id FROM main.sales_orderline "
            "SEMI JOIN touched ON product_id = touched.id",
            "warehouse_exchangerate": f"INSERT INTO {ORDERS} SELECT id FROM main.sales_order "
            f"WHERE currency <> {literal(settings.BASE_CURRENCY)}",
            "customers_interaction": f"INSERT INTO {SAID} SELECT id FROM touched",
            "customers_person": f"INSERT INTO {CUSTOMERS} SELECT 'person', id FROM touched",
            "customers_organisation": f"INSERT INTO {CUSTOMERS} SELECT 'organisation', id FROM touched",
        }
        if table in found:
            self.duck.execute(found[table])
        for kind in ("person", "organisation"):
            if f"{kind}_id" in names:
                self.duck.execute(
                    f"INSERT INTO {CUSTOMERS} SELECT DISTINCT '{kind}', {kind}_id FROM {versions} "
                    f"SEMI JOIN touched USING (id) WHERE {kind}_id IS NOT NULL"
                )

    def build(self, known: Sequence[Manifest]) -> dict[str, frozenset[int]]:
        """Make the marts; returns the touched customers of each kind."""
        tables = marts.tables(ibis.duckdb.from_connection(self.duck))
        self._resolve(tables)
        if self.whole:
            for name, mart in (
                ("purchase", marts.purchase), ("purchase_line", marts.purchase_line),
                ("interaction", marts.interaction),
            ):  # fmt: skip
                self.duck.execute(f"CREATE TABLE mart.{name} AS {_sql(mart(tables))}")
                tables[name] = _table(self.duck, name)
            add_up_days(self.duck)
            self.duck.execute(f"CREATE TABLE mart.customer AS {_sql(marts.customer(tables))}")
        else:
            self._refresh(tables)
        self.duck.execute(f"CREATE OR REPLACE TABLE mart.left_out AS {_sql(marts.left_out(tables))}")
        self._loads(known)
        whom = "mart.customer" if self.whole else f"(SELECT DISTINCT * FROM {CUSTOMERS})"
        found: dict[str, set[int]] = {"person": set(), "organisation": set()}
        for kind, pk in self.duck.execute(f"SELECT kind, id FROM {whom}").fetchall():
            found[kind].add(pk)
        return {kind: frozenset(ids) for kind, ids in found.items()}

    def _resolve(self, tables: dict[str, ir.Table]) -> None:
        """Work out once whose the outside purchases are; where there are none, it costs nothing."""
        made = marts.outside(tables)
        if self._any(f"main.{OUTSIDE}"):
            self.duck.execute(f"CREATE TEMP TABLE {marts.RESOLVED} AS {_sql(made)}")
        else:
            columns = ", ".join(f"{quote(c)} {_type(kind)}" for c, kind in made.schema().items())
            self.duck.execute(f"CREATE TEMP TABLE {marts.RESOLVED} ({columns})")
        tables[marts.RESOLVED] = ibis.table(made.schema(), name=marts.RESOLVED)

    def _refresh(self, tables: dict[str, ir.Table]) -> None:
        only = dict(tables)
        for name, key, scope in (
            ("sales_order", "id", ORDERS), ("sales_orderline", "order_id", ORDERS),
            ("customers_interaction", "id", SAID),
        ):  # fmt: skip
            ids = ibis.table({"id": "int64"}, name=scope)
            only[name] = tables[name].semi_join(ids, tables[name][key] == ids.id)
        for name, parts in MADE.items():
            for mart, key, scope in parts:
                if self._any(scope):
                    self._replace(name, f"{key} IN (SELECT id FROM {scope})", mart(only))
        if OUTSIDE in self.noted or (self.noted & KNOWN_BY and self._any(f"main.{OUTSIDE}")):
            for name, mart in FROM_OUTSIDE.items():
                self._replace(name, "order_id IS NULL", mart(tables))
        whom = ibis.table({"kind": "string", "id": "int64"}, name=CUSTOMERS)
        for name in ("purchase", "interaction"):
            made = _table(self.duck, name)
            only[name] = made.semi_join(whom, ["kind", "id"])
        for kind in ("person", "organisation"):
            table = tables[f"customers_{kind}"]
            only[f"customers_{kind}"] = table.semi_join(whom.filter(whom.kind == kind), "id")
        for name, mart in OF_CUSTOMERS.items():
            self.duck.execute(
                f"DELETE FROM mart.{name} c WHERE EXISTS (FROM {CUSTOMERS} s WHERE s.kind = c.kind AND s.id = c.id)"
            )
            self.duck.execute(f"INSERT INTO mart.{name} BY NAME {_sql(mart(only))}")

    def _any(self, table: str) -> bool:
        return bool(self.duck.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall())

    def _replace(self, name: str, where: str, made: ir.Table) -> None:
        """Exchange some rows of a mart for newly made ones; customers whose rows differ are touched."""
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE before AS SELECT * FROM mart.{name} WHERE {where}")
        self.duck.execute(f"DELETE FROM mart.{name} WHERE {where}")
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE made AS {_sql(made)}")
        self.duck.execute(f"INSERT INTO mart.{name} BY NAME SELECT * FROM made")
        self.duck.execute(
            f"INSERT INTO {CUSTOMERS} SELECT DISTINCT kind, id FROM ((FROM before EXCEPT ALL FROM made) "
            "UNION ALL (FROM made EXCEPT ALL FROM before))"
        )

    def _loads(self, known: Sequence[Manifest]) -> None:
        """`mart.load`: what each load (of folded ones, those from `first` on) brought of each dataset."""
        self.duck.execute(
            "CREATE OR REPLACE TABLE mart.load (load INTEGER, first INTEGER, source VARCHAR, dataset VARCHAR, "
            '"at" TIMESTAMPTZ, rows BIGINT, seconds DOUBLE, sha256 VARCHAR, whole BOOLEAN)'
        )
        rows: list[Any] = [
            [m.load, m.first or m.load, m.source, f.dataset, m.at, f.rows, m.seconds, f.sha256, f.whole]
            for m in known
            for f in m.files
        ]
        if rows:
            # All at once: one by one, the thousands of an installation's years would take longer than the load.
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.duck.execute(f"INSERT INTO mart.load SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)


def add_up_days(duck: duckdb.DuckDBPyConnection) -> None:
    """Make `mart.purchase_day` of `mart.purchase`."""
    days = _sql(marts.purchase_day({"purchase": _table(duck, "purchase")}))
    # So the days on which customers came to their n-th purchase lie together.
    duck.execute(f"CREATE TABLE mart.purchase_day AS {days} ORDER BY purchases_later, day")


def _table(duck: duckdb.DuckDBPyConnection, name: str) -> ir.Table:
    known = ibis.duckdb.from_connection(duck).table(name, database="mart").schema()
    return ibis.table(known, name=name, database="mart")


def _type(kind: Any) -> str:
    return str(ibis.backends.sql.datatypes.DuckDBType.to_string(kind))


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))
