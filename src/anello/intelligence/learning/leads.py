"""Which leads will become customers.

An example is a lead DAYS after it came, or just before it was converted if that was sooner: its fields as they were
then (from the history, since they are filled in later, most of all when it is converted) and what was done with it
until then; outcome whether it was converted within WINDOW days. Learned from older leads, checked on newer ones.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from anello import warehouse
from anello.intelligence.learning import logit
from anello.intelligence.learning.models import LeadScore
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value import plots
from anello.intelligence.value.cards import Card, newest
from anello.intelligence.value.projection import project

if TYPE_CHECKING:
    from anello.intelligence.numerics.arrays import Floats

DAYS = 3
WINDOW = 60
OPEN = ("new", "working", "qualified")
SOURCES = ("web", "referral", "fair", "campaign", "call", "partner")
FEATURES = [
    "has_email", "has_phone", "has_company", "has_role", "has_message", "has_product", "value", "contacts",
    *(f"source_{name}" for name in SOURCES),
]  # fmt: skip
VALUE = FEATURES.index("value")

EXAMPLES = f"""
    WITH cut AS (
        SELECT id, least(created_at + INTERVAL {DAYS} DAY, coalesce(converted_at, 'infinity') - INTERVAL 1 MICROSECOND)
            AS at
        FROM main.sales_lead
    ), early AS (
        SELECT lead.* FROM history.sales_lead lead JOIN cut USING (id) QUALIFY row_number() OVER (
            PARTITION BY id ORDER BY _valid_from <= cut.at DESC, abs(epoch(_valid_from) - epoch(cut.at))
        ) = 1
    ), done AS (
        SELECT cut.id, count(*)::DOUBLE AS contacts FROM main.activities_activity done JOIN cut ON cut.id = about_id
        WHERE about_module = 'lead' AND done.deleted_at IS NULL AND done.created_at <= cut.at GROUP BY cut.id
    )
    SELECT lead.id, (early.email <> '')::INTEGER AS has_email,
        (early.phone <> '' OR early.mobile <> '')::INTEGER AS has_phone,
        (early.company <> '')::INTEGER AS has_company, (early.job_title <> '')::INTEGER AS has_role,
        (early.message <> '')::INTEGER AS has_message, (early.product_id IS NOT NULL)::INTEGER AS has_product,
        coalesce(early.value, 0)::DOUBLE AS value, coalesce(done.contacts, 0) AS contacts, early.source,
        lead.created_at::DATE AS came, lead.status,
        coalesce(lead.converted_at <= lead.created_at + INTERVAL {WINDOW} DAY, false) AS converted
    FROM main.sales_lead lead JOIN early USING (id) LEFT JOIN done USING (id)
    WHERE lead.deleted_at IS NULL AND lead.created_at < $until::DATE + INTERVAL 1 DAY ORDER BY lead.created_at, lead.id
"""


def _examples(until: dt.date) -> tuple[Any, Floats]:
    """The rows (id, came, status, converted as lists) and their features."""
    import numpy as np

    table = warehouse.sql(EXAMPLES, {"until": until})
    source = np.array(table.column("source").to_pylist(), dtype=object)
    columns = [
        source == name.removeprefix("source_") if name.startswith("source_") else table.column(name).to_numpy()
        for name in FEATURES
    ]
    return table, np.column_stack(columns).astype(float)


def _scaled(rows: Floats) -> Floats:
    import numpy as np

    made = rows.copy()
    made[:, VALUE] = np.log1p(np.maximum(rows[:, VALUE], 0))
    return made


def fit(of: str, until: dt.date | None = None) -> Card:
    """Learn from the older two thirds of the leads whose time is over, check on the newer third."""
    import numpy as np

    end = until or timezone.localdate()
    table, rows = _examples(end - dt.timedelta(days=WINDOW))
    converted = np.array(table.column("converted").to_pylist(), dtype=bool)
    scaled, third = _scaled(rows), len(rows) * 2 // 3
    try:
        if not len(rows):
            raise CannotFit("few_examples", found=0, needed=logit.NEEDED)
        model = logit.learn(FEATURES, scaled[:third], converted[:third])
        rate = float(converted[:third].mean())
        measures, baseline, bins = logit.check(model, rate, scaled[third:], converted[third:])
    except CannotFit as reason:
        return Card.silent("lead", of, end, reason)
    accepted = measures["advantage_low"] > 0
    if accepted:
        model = logit.learn(FEATURES, scaled, converted)
    return Card(
        kind="lead",
        of=of,
        until=end,
        accepted=accepted,
        cause={} if accepted else {"cause": "baseline"},
        parameters={"logit": asdict(model)},
        measures=measures | {"examples": float(third)},
        baseline=baseline,
        plots=[plots.reliability(bins)],
    )


def score(of: str, as_of: dt.date | None = None) -> int:
    """The probability of every lead that is still open; those no longer open have none."""
    import numpy as np
    import pyarrow as pa

    run = newest("lead", of)
    if run is None:
        return 0
    table, rows = _examples(as_of or timezone.localdate())
    still = np.isin(np.array(table.column("status").to_pylist(), dtype=str), OPEN)
    ids, scaled = table.column("id").to_numpy()[still], _scaled(rows)[still]
    model = logit.Logit(**run.parameters["logit"])
    reasons = model.reasons(scaled, both=True) if len(ids) else []
    columns = {
        "id": pa.array(ids, pa.int64()),
        "probability": pa.array(np.round(model.probability(scaled) * 100, 2) if len(ids) else [], pa.float64()),
        "reasons": pa.array([json.dumps(told) for told in reasons], pa.string()),
        "model_id": pa.array([run.pk] * len(ids), pa.int64()),
    }
    return project(LeadScore, "lead", pa.table(columns), whole=True)
