"""What each customer may want next: items bought by those who bought the same."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from anello import warehouse
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value import histories
from anello.intelligence.value.cards import Card, newest
from anello.intelligence.value.models import Standing
from anello.intelligence.value.projection import project

MOST = 5
NEEDED = 100
"""Customers who bought something new in the period kept apart, without which nothing is said."""
HOLDOUT = 180
LEAST = 30
PAIRS = 12


@dataclass(frozen=True)
class Baskets:
    """Who (position in `customers`) bought what (position in `products`)."""

    customers: Any
    products: list[int]
    names: list[str]
    before: Any
    after: Any


def baskets(kind: str, cut: dt.date, end: dt.date) -> Baskets:
    """Purchases of named products until `cut`, and after it until `end`, of those who had bought one by `cut`."""
    import numpy as np

    from anello.intelligence.numerics.cooccurrence import incidence

    table = warehouse.sql(
        """
        SELECT id, product_id, any_value(product) AS name, min(day) <= $cut AS early, max(day) > $cut AS late
        FROM mart.purchase_line WHERE kind = $kind AND amount > 0 AND product_id IS NOT NULL AND day <= $end
        GROUP BY id, product_id ORDER BY id, product_id
        """,
        {"kind": kind, "cut": cut, "end": end},
    )
    ids, items = table.column("id").to_numpy(), table.column("product_id").to_numpy()
    early, late = (np.array(table.column(name).to_pylist(), dtype=bool) for name in ("early", "late"))
    customers = np.unique(ids[early])
    products, where = np.unique(items, return_inverse=True)
    row = np.searchsorted(customers, ids)
    known = np.isin(ids, customers)
    titles = dict(zip(items.tolist(), table.column("name").to_pylist(), strict=True))
    shape = (len(customers), len(products))
    return Baskets(
        customers,
        products.tolist(),
        [titles[product] for product in products.tolist()],
        incidence(row[early], where[early], shape),
        incidence(row[late & known], where[late & known], shape),
    )


def fit(kind: str, until: dt.date | None = None) -> Card:
    """Whether suggestions from before hit what customers bought afterwards more often than what is popular."""
    import numpy as np

    from anello.intelligence.numerics import cooccurrence
    from anello.intelligence.numerics.lift import Sample

    reach, end = histories.span(kind), until or timezone.localdate()
    if reach is None or reach[0] >= end:
        return Card.silent("next", kind, end, CannotFit("few_customers", found=0, needed=1))
    days = min(HOLDOUT, (end - reach[0]).days // 4)
    try:
        if days < LEAST:
            raise CannotFit("no_holdout", weeks=days / 7, needed=round(LEAST / 7))
        found = baskets(kind, end - dt.timedelta(days=days), end)
        model = cooccurrence.item_item(found.before)
        # Where too little is known of a customer, what is popular stands in: each is measured as it would be used.
        popular = cooccurrence.popular(found.before, model.popularity, MOST)
        said = _filled(cooccurrence.recommend(found.before, model, MOST).items, popular)
        hits, naive = (cooccurrence.hits(one, found.before, found.after) for one in (said, popular))
        if len(hits) < NEEDED:
            raise CannotFit("few_examples", found=len(hits), needed=NEEDED)
    except CannotFit as reason:
        return Card.silent("next", kind, end, reason)
    gain = Sample.of(hits.astype(float) - naive.astype(float))
    low = gain.mean - 1.96 * float(np.sqrt(gain.variance / gain.count))
    return Card(
        kind="next",
        of=kind,
        until=end,
        accepted=low > 0,
        cause={} if low > 0 else {"cause": "baseline"},
        parameters={"support": cooccurrence.SUPPORT},
        measures={"hits": float(hits.mean()), "checked": float(len(hits)), "advantage_low": low},
        baseline={"hits": float(naive.mean())},
        plots=[_pairs(model, found.names)],
    )


def _filled(said: Any, popular: Any) -> Any:
    """Gaps filled with what is popular and not suggested yet."""
    import numpy as np

    made = said.copy()
    for row, other in zip(made, popular, strict=True):
        gaps = row < 0
        if gaps.any():
            spare = other[~np.isin(other, row)][: gaps.sum()]
            row[gaps] = [*spare, *[-1] * (int(gaps.sum()) - len(spare))]
    return made


def _pairs(model: Any, names: list[str]) -> dict[str, Any]:
    """The pairs of products with the highest lift."""
    import numpy as np

    pairs = model.lift.tocoo()
    upper = pairs.row < pairs.col
    row, column, lift = pairs.row[upper], pairs.col[upper], pairs.data[upper]
    best = np.argsort(-lift, kind="stable")[:PAIRS]
    together = model.together.tocsr()
    rows = [
        {"one": names[i], "other": names[j], "lift": float(value), "together": int(together[[i], [j]][0])}
        for i, j, value in zip(row[best].tolist(), column[best].tolist(), lift[best].tolist(), strict=True)
    ]
    return {"name": "pairs", "rows": rows}


def score(kind: str, as_of: dt.date | None = None) -> int:
    """The next products of everybody who has bought one, into the standings."""
    import pyarrow as pa

    from anello.intelligence.numerics import cooccurrence

    run = newest("next", kind)
    if run is None:
        return 0
    day = as_of or timezone.localdate()
    found = baskets(kind, day, day)
    if not len(found.customers):
        return 0
    said = cooccurrence.recommend(found.before, cooccurrence.item_item(found.before, run.parameters["support"]), MOST)
    columns = {
        "id": pa.array(found.customers),
        "next_products": pa.array(
            [
                json.dumps(
                    [
                        {"product": found.products[item], "name": found.names[item], "because": found.names[why]}
                        for item, why in zip(items, reasons, strict=True)
                        if item >= 0
                    ]
                )
                for items, reasons in zip(said.items.tolist(), said.because.tolist(), strict=True)
            ]
        ),
        "next_model_id": pa.array([run.pk] * len(found.customers)),
    }
    return project(Standing, kind, pa.table(columns))
