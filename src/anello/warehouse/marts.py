"""The marts: what figures are asked of. Ibis expressions, so that the same run on DuckDB, PostgreSQL and Spark.

`mart.purchase` (one row per purchase), `mart.purchase_line`, `mart.interaction`, `mart.customer`, `mart.load`.
Amounts are in the installation's base currency, moments in UTC without an offset, days those of its time zone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis
from django.conf import settings
from ibis import _

from anello.warehouse.landing import Manifest

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]
BOUGHT = ("confirmed", "fulfilled")
"""States of an order that is a purchase."""
NEAR = 2
"""An order confirmed within so many days of its date was bought when it was confirmed; else (history that came in
later) at the beginning of its day."""


@ibis.udf.scalar.builtin(name="timezone")
def local(zone: str, at: "ibis.dtype('timestamp')") -> "ibis.dtype('timestamp')":  # type: ignore[valid-type,name-defined,empty-body] # noqa: UP037
    """The clock of a zone at a moment, as PostgreSQL and DuckDB tell it."""


def day_of(moment: Any) -> Any:
    """The day of a moment where the installation is."""
    return local(settings.TIME_ZONE, moment).date()


def _money(value: Any) -> Any:
    return value.cast("decimal(18, 2)")


def _exact(value: Any) -> Any:
    """A number as all engines multiply it alike."""
    return value.cast("decimal(18, 4)")


def _moment(value: Any) -> Any:
    return value.cast("timestamp")


def bought(t: Tables) -> ir.Table:
    """Orders that are purchases, with their customer."""
    order = t["sales_order"]
    order = order.filter(order.deleted_at.isnull(), order.status.isin(BOUGHT))
    return order.mutate(
        kind=ibis.ifelse(order.organisation_id.notnull(), "organisation", "person"),
        customer=order.organisation_id.coalesce(order.person_id),
    )


def _costs(t: Tables) -> ir.Table:
    """What the goods of an order cost; null where a line's cost is not known."""
    line = t["sales_orderline"]
    line = line.filter(line.deleted_at.isnull())
    cost = line.group_by("order_id").aggregate(
        cost=(_exact(_.cost) * _exact(_.quantity)).sum(), lines=_.count(), known=_.cost.count()
    )
    return cost.mutate(cost=ibis.ifelse(cost.known == cost.lines, cost.cost, ibis.null("decimal(18, 4)")))


def purchase(t: Tables) -> ir.Table:
    """One row per order that was confirmed, in the base currency."""
    order, cost = bought(t), _costs(t)
    order = order.filter(order.currency == settings.BASE_CURRENCY)
    joined = order.left_join(cost.select("order_id", "cost"), order.id == cost.order_id)
    midnight = joined.date.cast("timestamp")
    confirmed = _moment(joined.confirmed_at)
    near = (confirmed >= midnight - ibis.interval(days=1)) & (confirmed < midnight + ibis.interval(days=NEAR))
    return joined.select(
        kind=joined.kind,
        id=joined.customer,
        purchase_id=joined.id.cast("string"),
        source=ibis.literal("crm"),
        at=ibis.ifelse(near, confirmed, midnight),
        day=joined.date,
        amount=_money(joined.taxable),
        margin=_money(_exact(joined.taxable) - _exact(joined.cost)),
        currency=joined.currency,
        quantity=joined["items"].cast("decimal(18, 3)"),
        order_id=joined.id,
    )


def purchase_line(t: Tables) -> ir.Table:
    """One row per line of a purchase; the order's own discount is shared out by amount."""
    order, line, product = bought(t), t["sales_orderline"], t["sales_product"]
    order = order.filter(order.currency == settings.BASE_CURRENCY).select(
        "kind", "customer", "date", "discount_amount", order_key="id", order_net="net"
    )
    line = line.filter(line.deleted_at.isnull())
    joined = line.join(order, line.order_id == order.order_key)
    named = product.select(product_key="id", product_title="title")
    joined = joined.left_join(named, joined.product_id == named.product_key)
    whole = ibis.ifelse(joined.order_net == 0, ibis.null("float64"), joined.order_net.cast("float64"))
    share = joined.net.cast("float64") / whole * joined.discount_amount.cast("float64")
    amount = (joined.net.cast("float64") - share.fill_null(0.0)).round(2).cast("decimal(18, 2)")
    return joined.select(
        purchase_id=joined.order_id.cast("string"),
        source=ibis.literal("crm"),
        kind=joined.kind,
        id=joined.customer,
        day=joined.date,
        line_id=joined.id,
        product_id=joined.product_id,
        product=joined.product_title.coalesce(joined.description),
        quantity=joined.quantity.cast("decimal(18, 3)"),
        amount=amount,
        margin=_money(_exact(amount) - _exact(joined.cost) * _exact(joined.quantity)),
        order_id=joined.order_id,
    )


def interaction(t: Tables) -> ir.Table:
    """One row per moment with a customer: what was said, and what areas put on the timeline."""
    said = t["customers_interaction"]
    said = said.filter(said.deleted_at.isnull())
    told = said.channel == "system"
    moment = _moment(said.at)
    rows = said.mutate(
        moment=moment,
        day=day_of(moment.cast("timestamp('UTC')")),
        type=ibis.ifelse(told, said.event_kind, said.channel),
        module=ibis.ifelse(told, said.about_module, "interaction"),
        record_id=ibis.ifelse(told, said.about_id, said.id),
    )
    both = [
        rows.filter(rows[link].notnull()).select(
            kind=ibis.literal(kind), id=rows[link], at=rows.moment, day=rows.day, type=rows.type,
            channel=rows.channel, direction=rows.direction, owner_id=rows.owner_id, module=rows.module,
            record_id=rows.record_id, interaction_id=rows.id,
        )
        for kind, link in (("person", "person_id"), ("organisation", "organisation_id"))
    ]  # fmt: skip
    return ibis.union(*both, distinct=False)


def customer(t: Tables) -> ir.Table:
    """One row per living person and organisation, with what they bought and when they were last heard of."""
    bought_ = t["purchase"]
    counted = bought_.filter(bought_.amount > 0)
    sums = counted.group_by(["kind", "id"]).aggregate(
        first_purchase_day=_.day.min(), last_purchase_day=_.day.max(), purchases=_.count(),
        revenue=_.amount.sum(), margin=_.margin.sum(),
    )  # fmt: skip
    heard = t["interaction"].group_by(["kind", "id"]).aggregate(last_interaction_at=_.at.max())
    both = []
    for kind in ("person", "organisation"):
        own = t[f"customers_{kind}"]
        since = own.phase_since if "phase_since" in own.columns else ibis.null("timestamp")
        both.append(
            own.filter(own.deleted_at.isnull()).select(
                kind=ibis.literal(kind),
                id=own.id,
                title=own.title,
                owner_id=own.owner_id,
                team_id=own.team_id,
                source=own.source,
                created_at=_moment(own.created_at),
                phase=own.phase,
                phase_since=_moment(since),
            )
        )
    everybody = ibis.union(*both, distinct=False)
    joined = everybody.left_join(sums, ["kind", "id"], rname="sum_{name}")
    joined = joined.left_join(heard, [joined.kind == heard.kind, joined.id == heard.id], rname="heard_{name}")
    return joined.select(
        "kind", "id", "title", "owner_id", "team_id", "source", "created_at", "first_purchase_day",
        "last_purchase_day", joined.purchases.fill_null(0).cast("int64").name("purchases"),
        _money(joined.revenue.fill_null(0)).name("revenue"), _money(joined.margin).name("margin"),
        "last_interaction_at", "phase", "phase_since",
    )  # fmt: skip


# Making and keeping them

ORDERS, CUSTOMERS, SAID = "scope_order", "scope_customer", "scope_interaction"
"""Temporary tables with the keys of what has to be made again."""


class Work:
    """Makes the marts, all of them or what the touched rows have to do with."""

    def __init__(self, duck: duckdb.DuckDBPyConnection, *, whole: bool) -> None:
        self.duck, self.whole = duck, whole
        self.noted: set[str] = set()
        duck.execute(f"CREATE TEMP TABLE {ORDERS} (id BIGINT)")
        duck.execute(f"CREATE TEMP TABLE {SAID} (id BIGINT)")
        duck.execute(f"CREATE TEMP TABLE {CUSTOMERS} (kind VARCHAR, id BIGINT)")

    def note(self, table: str) -> None:
        """Remember what `touched` (ids of the table whose history was just applied) has to do with."""
        self.noted.add(table)
        if self.whole:
            return
        names = {row[0] for row in self.duck.execute(f'DESCRIBE main."{table}"').fetchall()}
        versions = f'(SELECT * FROM main."{table}" UNION ALL BY NAME SELECT * FROM past."{table}")'
        if table == "sales_order":
            self.duck.execute(f"INSERT INTO {ORDERS} SELECT id FROM touched")
        if table == "sales_orderline":
            self.duck.execute(
                f"INSERT INTO {ORDERS} SELECT DISTINCT order_id FROM {versions} SEMI JOIN touched USING (id)"
            )
        if table == "sales_product":
            self.duck.execute(
                f"INSERT INTO {ORDERS} SELECT DISTINCT order_id FROM main.sales_orderline "
                "SEMI JOIN touched ON product_id = touched.id"
            )
        if table == "customers_interaction":
            self.duck.execute(f"INSERT INTO {SAID} SELECT id FROM touched")
        for kind in ("person", "organisation"):
            if table == f"customers_{kind}":
                self.duck.execute(f"INSERT INTO {CUSTOMERS} SELECT '{kind}', id FROM touched")
            if f"{kind}_id" in names:
                self.duck.execute(
                    f"INSERT INTO {CUSTOMERS} SELECT DISTINCT '{kind}', {kind}_id FROM {versions} "
                    f"SEMI JOIN touched USING (id) WHERE {kind}_id IS NOT NULL"
                )

    def build(self, known: Sequence[Manifest]) -> dict[str, frozenset[int]]:
        """Make the marts; returns the touched customers of each kind."""
        tables = self._tables()
        if self.whole:
            for name, mart in MARTS.items():
                self.duck.execute(f"CREATE TABLE mart.{name} AS {_sql(mart(tables))}")
                tables[name] = self._mart(name)
        else:
            self._refresh(tables)
        self._loads(known)
        whom = "mart.customer" if self.whole else f"(SELECT DISTINCT * FROM {CUSTOMERS})"
        found: dict[str, set[int]] = {"person": set(), "organisation": set()}
        for kind, pk in self.duck.execute(f"SELECT kind, id FROM {whom}").fetchall():
            found[kind].add(pk)
        return {kind: frozenset(ids) for kind, ids in found.items()}

    def _refresh(self, tables: dict[str, ir.Table]) -> None:
        only = dict(tables)
        for name, key, scope in (("sales_order", "id", ORDERS), ("sales_orderline", "order_id", ORDERS),
                                 ("customers_interaction", "id", SAID)):  # fmt: skip
            ids = ibis.table({"id": "int64"}, name=scope)
            only[name] = tables[name].semi_join(ids, tables[name][key] == ids.id)
        for name, key, scope in (("purchase", "order_id", ORDERS), ("purchase_line", "order_id", ORDERS),
                                 ("interaction", "interaction_id", SAID)):  # fmt: skip
            gone = f"mart.{name} WHERE {key} IN (SELECT id FROM {scope})"
            self.duck.execute(f"INSERT INTO {CUSTOMERS} SELECT DISTINCT kind, id FROM {gone}")
            self.duck.execute(f"DELETE FROM {gone}")
            self.duck.execute(f"INSERT INTO mart.{name} BY NAME {_sql(MARTS[name](only))}")
            self.duck.execute(f"INSERT INTO {CUSTOMERS} SELECT DISTINCT kind, id FROM {gone}")
        whom = ibis.table({"kind": "string", "id": "int64"}, name=CUSTOMERS)
        for name in ("purchase", "interaction"):
            made = self._mart(name)
            only[name] = made.semi_join(whom, ["kind", "id"])
        for kind in ("person", "organisation"):
            table = tables[f"customers_{kind}"]
            only[f"customers_{kind}"] = table.semi_join(whom.filter(whom.kind == kind), "id")
        self.duck.execute(
            f"DELETE FROM mart.customer c WHERE EXISTS (FROM {CUSTOMERS} s WHERE s.kind = c.kind AND s.id = c.id)"
        )
        self.duck.execute(f"INSERT INTO mart.customer BY NAME {_sql(customer(only))}")

    def _tables(self) -> dict[str, ir.Table]:
        """The tables of `main`, unbound, so that expressions over them run anywhere."""
        backend = ibis.duckdb.from_connection(self.duck)
        return {name: ibis.table(backend.table(name, database="main").schema(), name=name)
                for name in backend.list_tables(database="main")}  # fmt: skip

    def _mart(self, name: str) -> ir.Table:
        schema = ibis.duckdb.from_connection(self.duck).table(name, database="mart").schema()
        return ibis.table(schema, name=name, database="mart")

    def _loads(self, known: Sequence[Manifest]) -> None:
        """`mart.load`: what each load brought of each dataset."""
        self.duck.execute(
            'CREATE OR REPLACE TABLE mart.load (load INTEGER, source VARCHAR, dataset VARCHAR, "at" TIMESTAMPTZ, '
            "rows BIGINT, seconds DOUBLE, sha256 VARCHAR, whole BOOLEAN)"
        )
        rows = [
            [m.load, m.source, f.dataset, m.at, f.rows, m.seconds, f.sha256, f.whole] for m in known for f in m.files
        ]
        if rows:
            self.duck.executemany("INSERT INTO mart.load VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))


MARTS: dict[str, Callable[[Tables], ir.Table]] = {
    "purchase": purchase,
    "purchase_line": purchase_line,
    "interaction": interaction,
    "customer": customer,
}
