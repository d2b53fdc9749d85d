"""What customers did in time, as conditions: "bought at least twice in the last 365 days", "silent for 90 days".

A condition is `{"behaviour": what, …}` where `what` is `purchase`, `interaction` (something said, on any channel) or
`event:<kind>` (something that happened to them: `event:opportunity.won`), with one of

- `times`: {"gte" | "lte" | "is": n}
- `spent`: {"gte" | "lte": amount}, of purchases, in the base currency
- `none_for_days`: n (also who never did it)
- `cadence`: {"gt": x}, of purchases: silent for more than x times one's own mean interval

and, where one counts, `within_days` or `between` [day, day]; `where` narrows what counts: {"product": id} of purchases
(orders with it, and what was paid for it), {"channel": …, "direction": …} of interactions. Days are those of the
installation; a purchase is of more than nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from anello.core.actions import Invalid
from anello.core.actions.errors import explain
from anello.kit.text import L

Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
_SQL = {"gte": ">=", "lte": "<=", "is": "=", "gt": ">"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Times(_Strict):
    gte: Count | None = None
    lte: Count | None = None
    is_: Count | None = Field(None, alias="is")

    def admits(self, number: int) -> bool:
        return (
            (self.gte is None or number >= self.gte)
            and (self.lte is None or number <= self.lte)
            and self.is_ in (None, number)
        )


class Spent(_Strict):
    gte: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)] | None = None
    lte: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)] | None = None

    def admits(self, amount: int) -> bool:
        return (self.gte is None or amount >= self.gte) and (self.lte is None or amount <= self.lte)


class Cadence(_Strict):
    gt: Annotated[Decimal, Field(gt=0, le=1000)]


class Where(_Strict):
    product: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    channel: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")] | None = None
    direction: Literal["in", "out"] | None = None


class Behaviour(_Strict):
    behaviour: Annotated[str, Field(pattern=r"^(purchase|interaction|event:[a-z_]+\.[a-z_]+)$")]
    times: Times | None = None
    spent: Spent | None = None
    none_for_days: Days | None = None
    cadence: Cadence | None = None
    within_days: Days | None = None
    between: tuple[dt.date, dt.date] | None = None
    where: Where = Where()

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        measures = [m for m in (self.times, self.spent, self.none_for_days, self.cadence) if m is not None]
        if len(measures) > 1:
            raise ValueError(L("Una sola misura per condizione.", "One measure for each condition."))
        if not measures:
            self.times = Times(gte=1)
        if isinstance(measures and measures[0], Times | Spent) and not measures[0].model_dump(exclude_none=True):  # type: ignore[union-attr]
            raise ValueError(L("Quante volte?", "How many times?"))
        if self.behaviour != "purchase" and (self.spent or self.cadence or self.where.product):
            raise ValueError(L("Vale solo per gli acquisti.", "This is for purchases only."))
        if self.behaviour == "purchase" and (self.where.channel or self.where.direction):
            raise ValueError(L("Gli acquisti non hanno un canale.", "Purchases have no channel."))
        if (self.none_for_days or self.cadence) and (self.within_days or self.between):
            raise ValueError(L("Il silenzio non ha un periodo.", "Silence has no period."))
        if self.within_days and self.between:
            raise ValueError(L("Un solo periodo per condizione.", "One period for each condition."))
        if self.between and self.between[0] > self.between[1]:
            raise ValueError(L("Il periodo finisce prima di cominciare.", "The period ends before it begins."))
        return self

    @property
    def told_by(self) -> str:
        """The module that one must see to ask this."""
        if self.behaviour == "purchase":
            return "order"
        return self.behaviour.removeprefix("event:").partition(".")[0]


def understood(leaf: Any) -> Behaviour:
    """The condition, typed; Invalid({"filter": …}) says what is wrong."""
    try:
        return Behaviour.model_validate(leaf)
    except ValidationError as error:
        raise Invalid({"filter": [word for words in explain(error).values() for word in words]}) from error


def sql(one: Behaviour, kind: str, today: dt.date) -> str:
    """The condition on a row `c` of `mart.customer`, in DuckDB's SQL. Every value in it is typed."""
    plain = one.where == Where() and not one.within_days and not one.between
    if one.cadence is not None:
        interval = "greatest(date_diff('day', c.first_purchase_day, c.last_purchase_day), 1) / (c.purchases - 1)"
        silence = f"date_diff('day', c.last_purchase_day, {_day(today)})"
        return f"(c.purchases >= 2 AND {silence} > {one.cadence.gt:f} * {interval})"
    if one.none_for_days is not None:
        last = today - dt.timedelta(days=one.none_for_days)
        if plain and one.behaviour == "purchase":
            return f"(c.last_purchase_day IS NULL OR c.last_purchase_day <= {_day(last)})"
        return f"c.id NOT IN (SELECT s.id FROM {_source(one, kind)} AND s.day > {_day(last)})"
    # Of a product there may be several lines in one order.
    count = "count(*)" if one.where.product is None else "count(DISTINCT s.order_id)"
    measure, column, aggregate = (
        (one.times, "purchases", count) if one.times is not None else (one.spent, "revenue", "sum(s.amount)")
    )
    assert measure is not None
    given = {name: Decimal(n) for name, n in measure.model_dump(exclude_none=True, by_alias=True).items()}
    compared = " AND ".join(f"{{0}} {_SQL[name]} {n:f}" for name, n in given.items())
    if plain and one.behaviour == "purchase":
        return f"({compared.format('c.' + column)})"
    period = _period(one, today)
    if period and one.behaviour == "purchase" and one.where == Where():
        return _looking_back(column, given, kind, *period)
    source = _source(one, kind) + (f" AND s.day BETWEEN {_day(period[0])} AND {_day(period[1])}" if period else "")
    inner = f"SELECT s.id FROM {source} GROUP BY s.id HAVING "
    if measure.admits(0):
        # Who never did it is in no row: leave out those who did it otherwise.
        return f"c.id NOT IN ({inner}NOT ({compared.format(aggregate)}))"
    if one.times == Times(gte=1):
        return f"c.id IN (SELECT s.id FROM {source})"
    return f"c.id IN ({inner}{compared.format(aggregate)})"


def _looking_back(column: str, given: Mapping[str, Decimal], kind: str, first: dt.date, last: dt.date) -> str:
    """So many purchases (or so much revenue) in a period: nothing is added up, the sums are in `mart.purchase_day`."""

    def reached(op: str, n: Decimal) -> str:
        days = f"FROM mart.purchase_day s WHERE s.kind = '{kind}' AND s.day >= {_day(first)}"
        # Of who bought nothing after the period, the day on which the sum got there tells all.
        found = (
            f"SELECT s.id {days} AND s.newest <= {_day(last)} AND s.{column} {op} {n:f} "
            f"AND NOT s.{column}_later {op} {n:f} UNION ALL "
            f"SELECT s.id {days} AND s.newest > {_day(last)} AND s.day <= {_day(last)} GROUP BY s.id "
            f"HAVING max(s.{column}) - min(s.{column}_later) {op} {n:f}"
        )
        # As a list, for DuckDB expects many more of them than there are, and would hash all customers instead.
        return f"(SELECT unnest((SELECT list(id) FROM ({found}))))"

    conditions = []
    for name, n in given.items():
        if name != "lte" and n > 0:
            # Who bought nothing since then need not be looked for.
            conditions.append(f"c.last_purchase_day >= {_day(first)} AND c.id IN {reached('>=', n)}")
        if name != "gte":
            conditions.append(f"c.id NOT IN {reached('>', n)}")
    return f"({' AND '.join(conditions) or 'true'})"


def _source(one: Behaviour, kind: str) -> str:
    if one.behaviour == "purchase":
        if one.where.product is None:
            return f"mart.purchase s WHERE s.kind = '{kind}' AND s.amount > 0"
        return f"mart.purchase_line s WHERE s.kind = '{kind}' AND s.amount > 0 AND s.product_id = {one.where.product}"
    said = f"mart.interaction s WHERE s.kind = '{kind}'"
    if one.behaviour == "interaction":
        said += " AND s.channel <> 'system'"
    else:
        module, _, event = one.behaviour.removeprefix("event:").partition(".")
        said += f" AND s.channel = 'system' AND s.module = '{module}' AND s.type IN ('{event}', '{module}.{event}')"
    for name in ("channel", "direction"):
        if (value := getattr(one.where, name)) is not None:
            said += f" AND s.{name} = '{value}'"
    return said


def _period(one: Behaviour, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that count; None when all do."""
    if one.within_days:
        return today - dt.timedelta(days=one.within_days - 1), today
    return one.between


def _day(day: dt.date) -> str:
    return f"DATE '{day.isoformat()}'"


def today() -> dt.date:
    return timezone.localdate()
