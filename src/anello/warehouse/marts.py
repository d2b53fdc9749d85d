"""The marts: what figures are asked of. Ibis expressions, so that the same run on DuckDB, PostgreSQL and Spark.

`mart.purchase` (one row per purchase), `mart.purchase_line`, `mart.purchase_day`, `mart.interaction`, `mart.customer`,
`mart.load`.
Amounts are in the installation's base currency, moments in UTC without an offset, days those of its time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
from django.conf import settings
from ibis import _

from anello.warehouse.outside import COLUMN_OF, KEYS

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]
READ = frozenset(
    {
        "sales_order", "sales_orderline", "sales_product", "customers_person", "customers_organisation",
        "customers_contactpoint", "customers_interaction", "warehouse_exchangerate", "outside_purchase",
    }
)  # fmt: skip
"""The tables of `main` that marts are made of."""
BOUGHT = ("confirmed", "fulfilled")
"""States of an order that is a purchase."""
ABSURD = 1e11
"""No line of an order costs that much: more is a mistake, and would not fit into the numbers used."""
LATE = 2
"""An order entered so many days after its date is history: confirming it says nothing of when it was bought."""
HEIRS = 8
"""So many merges, each of whom the one before was merged into, are followed: not all engines can follow any number."""


def tables(backend: Any) -> dict[str, ir.Table]:
    """What marts are made of, unbound, with the columns that PostgreSQL has too: expressions over them run anywhere."""
    found = {}
    for name in sorted(READ):
        schema = backend.table(name, database="main").schema()
        found[name] = ibis.table({c: kind for c, kind in schema.items() if not c.startswith("_")}, name=name)
    return found


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
    return value.cast("decimal(19, 8)")


def _cost(each: Any, quantity: Any) -> Any:
    """What some pieces cost. Narrow numbers multiply a hundred times faster; what is absurdly large is not known."""
    sound = (each.cast("float64") * quantity.cast("float64")).abs() < ABSURD
    product = each.cast("decimal(15, 3)") * quantity.cast("decimal(15, 3)")
    return ibis.ifelse(sound, product, ibis.null("decimal(18, 6)")).cast("decimal(18, 4)")


def _moment(value: Any) -> Any:
    return value.cast("timestamp")


def rates(t: Tables) -> ir.Table:
    """What one unit of a currency is worth, from a day to the next rate's."""
    rate = t["warehouse_exchangerate"]
    rate = rate.filter(rate.deleted_at.isnull())
    following = rate.day.lead().over(group_by=rate.currency, order_by=rate.day)
    return rate.select(
        money=rate.currency,
        since=rate.day,
        until=following.coalesce(ibis.date("2999-12-31")),
        rate=_exact(rate.rate),
    )


def rated(t: Tables, rows: ir.Table) -> ir.Table:
    """Rows with a `currency` and a `day`, with the `rate` of that day if they are `foreign`, and if that is `known`."""
    rate = rates(t)
    same = [rows.currency == rate.money, rows.day >= rate.since, rows.day < rate.until]
    joined = rows.left_join(rate, same)
    foreign = joined.currency != settings.BASE_CURRENCY
    return joined.mutate(foreign=foreign, known=~foreign | joined.rate.notnull()).drop("money", "since", "until")


def _in_base(value: Any, rows: Any) -> Any:
    """An amount in the base currency; multiplying exactly costs, and most need none."""
    return ibis.ifelse(rows.foreign, _money(_exact(value) * rows.rate), _money(value))


def bought(t: Tables) -> ir.Table:
    """Orders that are purchases, with their customer and the rate of their currency."""
    order = t["sales_order"]
    order = order.filter(order.deleted_at.isnull(), order.status.isin(BOUGHT))
    own = order.select(
        "currency", "discount_amount", "taxable", "created_at",
        moment=order.confirmed_at.coalesce(order.fulfilled_at),
        order_id=order.id,
        order_net=order.net,
        pieces=order["items"],
        day=order.date,
        kind=ibis.ifelse(order.organisation_id.notnull(), "organisation", "person"),
        customer=order.organisation_id.coalesce(order.person_id),
    )  # fmt: skip
    return rated(t, own)


def _costs(t: Tables) -> ir.Table:
    """What the goods of an order cost; null where a line's cost is not known."""
    line = t["sales_orderline"]
    line = line.filter(line.deleted_at.isnull())
    cost = line.group_by(line.order_id.name("cost_of")).aggregate(
        cost=_cost(_.cost, _.quantity).sum(), lines=_.count(), known=_.cost.count()
    )
    return cost.filter(cost.known == cost.lines).select("cost_of", cost=cost.cost.cast("decimal(18, 4)"))


def _bought_at(rows: Any) -> Any:
    """When it was confirmed, also long after its date; of history that is confirmed late, when its day began."""
    midnight, moment = rows.day.cast("timestamp"), _moment(rows.moment)
    late = midnight + ibis.interval(days=LATE)
    said = (moment < late) | (_moment(rows.created_at) < late)
    # As far as clocks there are ahead of UTC, so much earlier does a day begin.
    ahead = local(settings.TIME_ZONE, midnight.cast("timestamp('UTC')")) - midnight
    return ibis.cases((moment.isnull(), midnight), (said, moment), else_=midnight - ahead)


def purchase_of_orders(t: Tables) -> ir.Table:
    """One row per order that was confirmed."""
    order, cost = bought(t), _costs(t)
    joined = order.left_join(cost, order.order_id == cost.cost_of)
    joined = joined.filter(joined.known)
    return joined.select(
        kind=joined.kind,
        id=joined.customer,
        purchase_id=joined.order_id.cast("string"),
        source=ibis.literal("crm"),
        at=_bought_at(joined),
        day=joined.day,
        amount=_in_base(joined.taxable, joined),
        margin=_in_base(joined.taxable.cast("decimal(18, 4)") - joined.cost, joined),
        currency=joined.currency,
        quantity=joined.pieces.cast("decimal(18, 3)"),
        order_id=joined.order_id,
    )


def line_of_orders(t: Tables) -> ir.Table:
    """One row per line of a purchase; the order's own discount is shared out by amount."""
    order, line, product = bought(t), t["sales_orderline"], t["sales_product"]
    order = order.filter(order.known).select(
        "kind", "customer", "day", "discount_amount", "order_net", "rate", "foreign", order_key="order_id"
    )
    line = line.filter(line.deleted_at.isnull())
    joined = line.join(order, line.order_id == order.order_key)
    named = product.select(product_key="id", product_title="title")
    joined = joined.left_join(named, joined.product_id == named.product_key)
    whole = ibis.ifelse(joined.order_net == 0, ibis.null("float64"), joined.order_net.cast("float64"))
    share = (joined.net.cast("float64") / whole * joined.discount_amount.cast("float64")).fill_null(0.0)
    shared = _money((joined.net.cast("float64") - share).round(6))
    own = ibis.ifelse(joined.discount_amount == 0, _money(joined.net), shared)
    return joined.select(
        purchase_id=joined.order_id.cast("string"),
        source=ibis.literal("crm"),
        kind=joined.kind,
        id=joined.customer,
        day=joined.day,
        line_id=joined.id.cast("string"),
        product_id=joined.product_id,
        product=joined.product_title.coalesce(joined.description),
        quantity=joined.quantity.cast("decimal(18, 3)"),
        amount=_in_base(own, joined),
        margin=_in_base(own.cast("decimal(18, 4)") - _cost(joined.cost, joined.quantity), joined),
        order_id=joined.order_id,
    )


def heirs(t: Tables, kind: str) -> ir.Table:
    """Who was merged (`loser`), and as whom they are found now (`heir`): whoever was merged last in their chain."""
    own = t[f"customers_{kind}"]
    own = own.filter(own.merged_into_id.notnull())
    chain = own.select(loser="id", into_0="merged_into_id")
    for n in range(HEIRS):
        further = own.select(**{f"then_{n}": "id", f"into_{n + 1}": "merged_into_id"})
        chain = chain.left_join(further, chain[f"into_{n}"] == further[f"then_{n}"])
    return chain.select("loser", heir=ibis.coalesce(*(chain[f"into_{n}"] for n in range(HEIRS, -1, -1))))


def keys(t: Tables) -> ir.Table:
    """By what outside sources know a customer: (type, key) → (kind, id), where it means one customer only.

    Who was merged is found as whom they were merged into; when the merge is taken back, as themselves again.
    """
    found = []
    for kind in ("person", "organisation"):
        own, heir = t[f"customers_{kind}"], heirs(t, kind)
        own = own.left_join(heir, own.id == heir.loser)
        own = own.filter(own.deleted_at.isnull() | own.merged_into_id.notnull())
        who = own.heir.coalesce(own.id)
        for column, type_ in COLUMN_OF.items():
            if column not in own.columns:
                continue
            rows = own.select(type=ibis.literal(type_), key=own[column].lower(), kind=ibis.literal(kind), id=who)
            found.append(rows.filter(rows.key != ""))
        point = t["customers_contactpoint"]
        point = point.filter(point.deleted_at.isnull(), point[f"{kind}_id"].notnull())
        means = ibis.ifelse(point.kind == "email", "email", "phone")
        found.append(point.select(type=means, key=point.value.lower(), kind=ibis.literal(kind), id=point[f"{kind}_id"]))
    every = ibis.union(*found, distinct=True)
    one = every.group_by(["type", "key"]).aggregate(meant=_.count(), kind=_.kind.min(), id=_.id.min())
    return one.filter(one.meant == 1).select("type", "key", "kind", "id")


def outside(t: Tables) -> ir.Table:
    """Rows of outside sources, with the customer and the rate of their currency (null: unknown)."""
    rows, key = t["outside_purchase"], keys(t)
    kind, who = ibis.null("string"), ibis.null("int64")
    for type_ in KEYS:
        of = key.filter(key.type == type_).select(
            **{f"{type_}_key": "key", f"{type_}_kind": "kind", f"{type_}_who": "id"}
        )
        rows = rows.left_join(of, rows[type_] == of[f"{type_}_key"])
        rows = rows.drop(f"{type_}_key")
    for type_ in reversed(KEYS):
        kind = rows[f"{type_}_kind"].coalesce(kind)
        who = rows[f"{type_}_who"].coalesce(who)
    gone = rows.forgotten
    rows = rows.mutate(kind=ibis.ifelse(gone.notnull(), "person", kind), customer=gone.coalesce(who))
    return rated(t, rows)


RESOLVED = "outside_resolved"
"""What `outside` gives, where it was worked out once for all."""


def _resolved(t: Tables) -> ir.Table:
    return t[RESOLVED] if RESOLVED in t else outside(t)


def purchase_outside(t: Tables) -> ir.Table:
    """One row per purchase of an outside source whose customer and rate are known."""
    rows = _resolved(t)
    rows = rows.filter(rows.customer.notnull(), rows.known)
    rows = rows.mutate(own=_in_base(rows.amount, rows), won=_in_base(rows.margin, rows))
    sums = rows.group_by(["kind", "customer", "purchase_id", "source", "currency"]).aggregate(
        at=_["at"].min(), day=_.day.min(), own=_.own.sum(), pieces=_.quantity.sum(),
        # What is not known of a part is not known of the whole.
        won=ibis.ifelse(_.won.count() == _.count(), _.won.sum(), None),
    )  # fmt: skip
    return sums.select(
        kind=sums.kind,
        id=sums.customer,
        purchase_id=sums.purchase_id,
        source=sums.source,
        at=_moment(sums["at"]),
        day=sums.day,
        amount=_money(sums.own),
        margin=_money(sums.won),
        currency=sums.currency,
        quantity=sums.pieces.cast("decimal(18, 3)"),
        order_id=ibis.null("int64"),
    )


def line_outside(t: Tables) -> ir.Table:
    """One row per row of an outside source that names a product."""
    rows = _resolved(t)
    rows = rows.filter(rows.customer.notnull(), rows.known, rows.product != "")
    return rows.select(
        purchase_id=rows.purchase_id,
        source=rows.source,
        kind=rows.kind,
        id=rows.customer,
        day=rows.day,
        line_id=rows.key,
        product_id=ibis.null("int64"),
        product=rows.product,
        quantity=rows.quantity.cast("decimal(18, 3)"),
        amount=_in_base(rows.amount, rows),
        margin=_in_base(rows.margin, rows),
        order_id=ibis.null("int64"),
    )


def purchase(t: Tables) -> ir.Table:
    """One row per purchase, in the base currency; an amount of zero or less is a gift or a return."""
    return ibis.union(purchase_of_orders(t), purchase_outside(t), distinct=False)


def purchase_line(t: Tables) -> ir.Table:
    """One row per product of a purchase."""
    return ibis.union(line_of_orders(t), line_outside(t), distinct=False)


def purchase_day(t: Tables) -> ir.Table:
    """One row per customer and day with purchases: how many since then, and for how much.

    `purchases` and `revenue` are of this day and all later ones, `…_later` of those later ones alone: the day on which
    a customer, looking back, comes to two purchases is that where the first is at least two and the second is not.
    `newest` is the day of the customer's last purchase.
    """
    counted = t["purchase"].filter(_.amount > 0, _.id.notnull())
    days = counted.group_by(["kind", "id", "day"]).aggregate(own=_.count().cast("int32"), spent=_money(_.amount.sum()))
    since = ibis.window(group_by=["kind", "id"], order_by=ibis.desc("day"), preceding=None, following=0)
    summed = days.mutate(
        purchases=_.own.sum().over(since).cast("int32"),
        revenue=_money(_.spent.sum().over(since)),
        newest=_.day.max().over(since),
    )
    return summed.select(
        "kind", "id", "day", "purchases", purchases_later=_.purchases - _.own, revenue=_.revenue,
        revenue_later=_money(_.revenue - _.spent), newest=_.newest,
    )  # fmt: skip


def left_out(t: Tables) -> ir.Table:
    """How many purchases are in no mart, and why: `rate` (of which currency) or `customer` (of which source)."""
    order, rows = bought(t), _resolved(t)
    order = order.filter(~order.known).select(why=ibis.literal("rate"), what=order.currency)
    unrated = rows.filter(~rows.known).select(why=ibis.literal("rate"), what=rows.currency)
    unknown = rows.filter(rows.customer.isnull()).select(why=ibis.literal("customer"), what=rows.source)
    return ibis.union(order, unrated, unknown, distinct=False).group_by(["why", "what"]).aggregate(rows=_.count())


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
    said = t["interaction"].filter(_.channel != "system")
    heard = said.group_by(["kind", "id"]).aggregate(last_interaction_at=_.at.max())
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
