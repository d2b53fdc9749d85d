"""What the warehouse knows of purchases, as arrays. A purchase here is a day on which a customer bought something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anello import warehouse

if TYPE_CHECKING:
    from anello.intelligence.numerics.arrays import Floats
    from anello.intelligence.numerics.clv import Customers

WEEK = 7.0
DAYS = """
    SELECT id, day, sum(amount)::DOUBLE AS amount, count(*) AS purchases, sum(margin)::DOUBLE AS margin
    FROM mart.purchase WHERE kind = $kind AND amount > 0 AND day <= $until GROUP BY id, day
"""


@dataclass(frozen=True)
class Histories:
    """Customers of one kind who had bought by a day, in the order of their ids. Weeks and base currency.

    `x` repeat purchases, the last at `tx` and observed for `T` since the first; `mean` amount of the repeats (0 without
    any). `margin` holds NaN where a purchase has none.
    """

    until: dt.date
    ids: Any
    x: Floats
    tx: Floats
    T: Floats
    mean: Floats
    purchases: Any
    revenue: Floats
    margin: Floats
    first: Any
    last: Any

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def customers(self) -> Customers:
        from anello.intelligence.numerics.clv import Customers

        return Customers(self.x, self.tx, self.T, self.x, self.mean)


def histories(kind: str, until: dt.date, only: Collection[int] | None = None) -> Histories:
    """Everybody who had bought by the end of that day; or only those of some ids."""
    chosen = "" if only is None else "WHERE id IN (SELECT unnest($only))"
    table = warehouse.sql(
        f"""
        WITH days AS ({DAYS})
        SELECT id, (count(*) - 1)::DOUBLE AS x, date_diff('day', min(day), max(day)) / {WEEK} AS tx,
            date_diff('day', min(day), $until::DATE) / {WEEK} AS T,
            CASE WHEN count(*) > 1 THEN (sum(amount) - arg_min(amount, day)) / (count(*) - 1) ELSE 0 END AS mean,
            sum(purchases)::BIGINT AS purchases, sum(amount) AS revenue,
            CASE WHEN count(margin) = count(*) THEN sum(margin) END AS margin, min(day) AS first, max(day) AS last
        FROM days {chosen} GROUP BY id ORDER BY id
        """,
        {"kind": kind, "until": until} | ({} if only is None else {"only": sorted(only)}),
    )
    names = ("id", "x", "tx", "T", "mean", "purchases", "revenue", "margin", "first", "last")
    return Histories(until, *(table.column(name).to_numpy() for name in names))


def span(kind: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of purchases; None where there are none."""
    table = warehouse.sql(
        "SELECT min(day) AS first, max(day) AS last FROM mart.purchase WHERE kind = $kind AND amount > 0",
        {"kind": kind},
    )
    first, last = table.column("first")[0].as_py(), table.column("last")[0].as_py()
    return (first, last) if first is not None else None


def later(known: Histories, kind: str, end: dt.date) -> tuple[Floats, Floats]:
    """Purchases and spend of the same customers after the histories, until the end of a day."""
    import numpy as np

    table = warehouse.sql(
        f"WITH days AS ({DAYS}) SELECT id, count(*)::DOUBLE AS n, sum(amount) AS amount FROM days WHERE day > $after "
        "GROUP BY id",
        {"kind": kind, "until": end, "after": known.until},
    )
    ids = table.column("id").to_numpy()
    place = np.searchsorted(known.ids, ids)
    old = (place < len(known)) & (known.ids[np.minimum(place, len(known) - 1)] == ids) if len(known) else place < 0
    count, spend = np.zeros(len(known)), np.zeros(len(known))
    count[place[old]] = table.column("n").to_numpy()[old]
    spend[place[old]] = table.column("amount").to_numpy()[old]
    return count, spend


def weekly_repeats(kind: str, start: dt.date, known_until: dt.date, end: dt.date) -> Any:
    """Repeat purchases per week since `start` of those who had bought by `known_until`."""
    import numpy as np

    table = warehouse.sql(
        f"""
        WITH days AS ({DAYS}), firsts AS (SELECT id, min(day) AS first FROM days GROUP BY id HAVING min(day) <= $known)
        SELECT date_diff('day', $start::DATE, day) // 7 AS week, count(*) AS n
        FROM days JOIN firsts USING (id) WHERE day > first GROUP BY week
        """,
        {"kind": kind, "until": end, "start": start, "known": known_until},
    )
    made = np.zeros((end - start).days // 7 + 1)
    made[table.column("week").to_numpy()] = table.column("n").to_numpy()
    return made
