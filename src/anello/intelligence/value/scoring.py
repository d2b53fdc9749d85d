"""Where each customer stands, by the newest model that is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.utils import timezone

from anello.intelligence.value.cards import newest
from anello.intelligence.value.fitting import restored
from anello.intelligence.value.histories import histories
from anello.intelligence.value.models import Standing
from anello.intelligence.value.projection import project


def score(kind: str, as_of: dt.date | None = None, only: Collection[int] | None = None) -> int:
    """Write the standings of everybody of a kind who has bought, as of the end of a day (today); how many changed.

    What was bought and the RFM classes are known in any case; what is expected only with a model. With `only`, those
    customers' standings, which whoever has bought nothing any more loses; their classes, which depend on everybody,
    wait for the night.
    """
    import numpy as np
    import pyarrow as pa

    from anello.intelligence.numerics import rfm

    day = as_of or timezone.localdate()
    known = histories(kind, day, only)
    whole, among = only is None, only or ()
    if not len(known):
        nobody = pa.table({"id": pa.array([], pa.int64()), "purchases": pa.array([], pa.int64())})
        return project(Standing, kind, nobody, whole=whole, among=among)

    def nullable(values: Any, digits: int) -> pa.Array:
        return pa.nulls(len(known)) if values is None else pa.array(np.round(values, digits), from_pandas=True)

    run = newest("value", kind)
    found = restored(run.parameters).worth(known) if run else None
    columns = {
        "id": pa.array(known.ids),
        "purchases": pa.array(known.purchases),
        "revenue": nullable(known.revenue, 2),
        "margin": nullable(known.margin, 2),
        "first_purchase": pa.array(known.first),
        "last_purchase": pa.array(known.last),
        "rfm": pa.array(rfm.scores(known.T - known.tx, known.purchases, known.revenue)),
        "p_alive": nullable(found and found.alive * 100, 2),
        "expected_purchases": nullable(found and found.purchases, 2),
        "clv": nullable(found and found.value, 2),
        "clv_low": nullable(found and found.low, 2),
        "clv_high": nullable(found and found.high, 2),
        "value_model_id": pa.array([run.pk] * len(known)) if run else pa.nulls(len(known)),
    }
    if only is not None:
        del columns["rfm"]
    return project(Standing, kind, pa.table(columns), whole=whole, among=among)
