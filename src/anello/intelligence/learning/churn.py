"""Who will not buy in the next months, and why.

An example is a customer on a day: features from what was known by the end of that day, outcome whether they bought in
the WINDOW after it. Learned on one day, checked on a later one whose window had not begun: split by time.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from anello import warehouse
from anello.intelligence.learning import logit
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value import histories, plots
from anello.intelligence.value.cards import Card, newest
from anello.intelligence.value.models import Standing
from anello.intelligence.value.projection import project

if TYPE_CHECKING:
    from anello.intelligence.numerics.arrays import Floats

WINDOW = 180
"""Days without a purchase that are churn; a quarter of what there is if that is less."""
LEAST = 30
FEATURES = [
    "silence", "silence_in_gaps", "only_one", "purchases", "recent_purchases", "spend_falling", "mean_amount", "tenure",
    "contacts",
]  # fmt: skip
LOGARITHMIC = [0, 1, 3, 4, 6, 7, 8]
"""Columns of which ten against twenty is as much as a hundred against two hundred."""

EXAMPLES = """
    WITH days AS (
        SELECT id, day, sum(amount)::DOUBLE AS amount FROM mart.purchase
        WHERE kind = $kind AND amount > 0 GROUP BY id, day
    ), known AS (
        SELECT id, date_diff('day', max(day), $at::DATE)::DOUBLE AS silence,
            date_diff('day', min(day), max(day))::DOUBLE AS between_days, count(*)::DOUBLE AS purchases,
            count(*) FILTER (day > $at::DATE - 90)::DOUBLE AS recent_purchases,
            coalesce(sum(amount) FILTER (day > $at::DATE - 180), 0) AS lately,
            coalesce(sum(amount) FILTER (day <= $at::DATE - 180 AND day > $at::DATE - 360), 0) AS earlier,
            avg(amount) AS mean_amount, date_diff('day', min(day), $at::DATE)::DOUBLE AS tenure
        FROM days WHERE day <= $at GROUP BY id
    ), heard AS (
        SELECT id, count(*) FILTER (day > $at::DATE - 90)::DOUBLE AS contacts
        FROM mart.interaction WHERE kind = $kind AND channel <> 'system' AND day <= $at GROUP BY id
    ), bought AS (
        SELECT DISTINCT id FROM days WHERE day > $at AND day <= $at::DATE + $window::INTEGER
    )
    SELECT known.id, silence,
        CASE WHEN purchases > 1 THEN silence / greatest(between_days / (purchases - 1), 1) ELSE 0 END
            AS silence_in_gaps,
        (purchases = 1)::INTEGER::DOUBLE AS only_one, purchases, recent_purchases,
        (earlier - lately) / greatest(earlier + lately, 1) AS spend_falling, mean_amount, tenure,
        coalesce(contacts, 0) AS contacts,
        (bought.id IS NULL) AS left_us
    FROM known LEFT JOIN heard USING (id) LEFT JOIN bought USING (id) ORDER BY known.id
"""


def examples(kind: str, at: dt.date, window: int) -> tuple[Any, Floats, Any]:
    """Ids, features (one row each, as FEATURES), and who bought nothing in the window after `at`."""
    import numpy as np

    table = warehouse.sql(EXAMPLES, {"kind": kind, "at": at, "window": window})
    made = np.column_stack([table.column(name).to_numpy() for name in FEATURES])
    return table.column("id").to_numpy(), made, np.array(table.column("left_us").to_pylist(), dtype=bool)


def _scaled(rows: Floats) -> Floats:
    import numpy as np

    made = rows.copy()
    made[:, LOGARITHMIC] = np.log1p(rows[:, LOGARITHMIC])
    return made


def fit(kind: str, until: dt.date | None = None) -> Card:
    """Learn two windows before the end, check one window before it; if that is good, learn from both."""
    import numpy as np

    reach, end = histories.span(kind), until or timezone.localdate()
    if reach is None or reach[0] >= end:
        return Card.silent("churn", kind, end, CannotFit("few_customers", found=0, needed=1))
    window = min(WINDOW, (end - reach[0]).days // 4)
    try:
        if window < LEAST:
            raise CannotFit("no_holdout", weeks=window / 7, needed=round(LEAST / 7))
        _, rows, left = examples(kind, end - dt.timedelta(days=2 * window), window)
        _, later, left_later = examples(kind, end - dt.timedelta(days=window), window)
        model = logit.learn(FEATURES, _scaled(rows), left)
        measures, baseline, bins = logit.check(model, float(left.mean()), _scaled(later), left_later)
    except CannotFit as reason:
        return Card.silent("churn", kind, end, reason)
    accepted = measures["advantage_low"] > 0
    if accepted:
        model = logit.learn(FEATURES, _scaled(np.vstack([rows, later])), np.concatenate([left, left_later]))
    return Card(
        kind="churn",
        of=kind,
        until=end,
        accepted=accepted,
        cause={} if accepted else {"cause": "baseline"},
        parameters={"logit": asdict(model), "window": window},
        measures=measures | {"examples": float(len(left))},
        baseline=baseline,
        plots=[plots.reliability(bins)],
    )


def score(kind: str, as_of: dt.date | None = None) -> int:
    """Probability of buying nothing in the window to come, with its reasons, into the standings."""
    import numpy as np
    import pyarrow as pa

    run = newest("churn", kind)
    if run is None:
        return 0
    model = logit.Logit(**run.parameters["logit"])
    ids, rows, _ = examples(kind, as_of or timezone.localdate(), 0)
    if not len(ids):
        return 0
    scaled = _scaled(rows)
    reasons = model.reasons(scaled)
    # Reasons tell what people count in, not its logarithm.
    place = {name: n for n, name in enumerate(FEATURES)}
    for row, told in zip(rows.tolist(), reasons, strict=True):
        for reason in told:
            reason["value"] = round(row[place[reason["feature"]]], 2)
    columns = {
        "id": pa.array(ids),
        "churn": pa.array(np.round(model.probability(scaled) * 100, 2)),
        "churn_reasons": pa.array([json.dumps(told) for told in reasons]),
        "churn_model_id": pa.array([run.pk] * len(ids)),
    }
    return project(Standing, kind, pa.table(columns))
