"""The figures behind a card's plots: names and numbers only, drawn by `panels.py` in the reader's language."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from anello.intelligence.value.histories import WEEK, Histories

if TYPE_CHECKING:
    from anello.intelligence.numerics.bgnbd import BGNBD
    from anello.intelligence.numerics.calibration import Bin

MOST = 7
"""Customers with so many repeat purchases and more share a bar."""


def tracking(buying: BGNBD, known: Histories, weekly: Any, start: dt.date, cut: dt.date) -> dict[str, Any]:
    """Repeat purchases added up week by week, as they were and as the model has them; from `cut` on it guesses."""
    import numpy as np

    weeks = len(weekly)
    born = ((known.first - np.datetime64(start)).astype("timedelta64[D]").astype(int)).clip(0)
    cohorts = np.bincount(born, minlength=weeks * 7 + 1)[: weeks * 7 + 1]
    each = buying.expected(np.arange(weeks * 7 + 1) / WEEK)
    said = np.convolve(cohorts, each)[7 : weeks * 7 + 1 : 7]
    days = [start + dt.timedelta(weeks=n + 1) for n in range(weeks)]
    return {
        "name": "tracking",
        "days": [day.isoformat() for day in days],
        "happened": np.cumsum(weekly).tolist(),
        "said": said.tolist(),
        "cut": cut.isoformat(),
    }


def frequencies(buying: BGNBD, known: Histories) -> dict[str, Any]:
    """How many customers bought again 0, 1 … times while the model learned, and how many it would have."""
    import numpy as np

    happened = np.bincount(np.minimum(known.x, MOST).astype(int), minlength=MOST + 1)
    said = np.zeros(MOST + 1)
    for observed, count in zip(*np.unique(known.T, return_counts=True), strict=True):
        chances = buying.probabilities(float(observed), MOST - 1) if observed > 0 else np.eye(1, MOST)[0]
        said[:MOST] += count * chances
        said[MOST] += count * (1 - chances.sum())
    return {"name": "frequencies", "happened": happened.tolist(), "said": said.tolist()}


def holdout(known: Histories, said: Any, happened: Any) -> dict[str, Any]:
    """Mean purchases in the holdout by repeat purchases before it, with the 95 % interval of what happened."""
    import numpy as np

    group = np.minimum(known.x, MOST).astype(int)
    rows = []
    for n in range(MOST + 1):
        inside = group == n
        count = int(inside.sum())
        if count:
            mean = float(happened[inside].mean())
            half = 1.96 * float(happened[inside].std(ddof=1)) / count**0.5 if count > 1 else 0.0
            low, high = max(0.0, mean - half), mean + half
            rows.append(
                {"n": n, "count": count, "said": float(said[inside].mean()), "mean": mean, "low": low, "high": high}
            )
    return {"name": "holdout", "rows": rows}


def reliability(bins: list[Bin]) -> dict[str, Any]:
    """What was said and what happened in each bin of about equal forecasts."""
    rows = [
        {"count": b.count, "said": b.said, "mean": b.happened.value, "low": b.happened.low, "high": b.happened.high}
        for b in bins
    ]
    return {"name": "reliability", "rows": rows}
