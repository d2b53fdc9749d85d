"""Every night the scores, every week the models."""

from __future__ import annotations

import datetime as dt

import structlog
from django.utils import timezone

from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.customers.module import KINDS
from anello.intelligence.value import estimators, fitting, scoring
from anello.intelligence.value.cards import keep, newest
from anello.intelligence.value.models import ModelRun
from anello.warehouse.errors import Empty
from anello.warehouse.hooks import MANY, Load, after_load

log = structlog.get_logger(__name__)
SUNDAY = 6

estimators.register("value", KINDS, fitting.fit, scoring.score)


@periodic("0 4 * * *", queue=ANALYSIS)
def nightly(timestamp: int) -> None:
    """After the warehouse's night: score everybody; on Sundays, and whatever was never fitted, fit first."""
    try:
        if timezone.localdate().weekday() == SUNDAY:
            fit()
        else:
            for estimator, whom in estimators.chosen():
                if newest(estimator.kind, whom, accepted=False) is None:
                    fit(estimator.kind, whom)
        score()
    except Empty:
        log.info("intelligence_waits", reason="the warehouse is empty")


@after_load
def refresh(load: Load) -> None:
    """The standings of those about whom something is new; a rebuild is about everybody, and waits for the night.

    Where no model was ever fit for use, as before the first load, none is waited for: the first figures come at once.
    """
    if load.rebuilt:
        if not ModelRun.objects.filter(accepted=True).exists():
            enqueue(refit, unique="intelligence.first")
        return
    for kind, ids in load.touched.items():
        if ids:
            enqueue(rescore, of=kind, ids=sorted(ids) if len(ids) <= MANY else [])


@job(queue=ANALYSIS, lock="intelligence", retry=3)
def rescore(of: str, ids: list[int]) -> None:
    """The standings of these customers; of all, if none is named."""
    scoring.score(of, only=ids or None)


@job(queue=ANALYSIS, lock="intelligence", retry=1)
def refit(kind: str = "", of: str = "") -> None:
    """Somebody asked for new models."""
    fit(kind, of)
    score(kind, of)


def fit(kind: str = "", of: str = "", until: dt.date | None = None) -> int:
    """Fit all models or those named, until a day; how many are used."""
    used = 0
    for estimator, whom in estimators.chosen(kind, of):
        run = keep(estimator.fit(whom, until))
        used += run.accepted
        log.info("model_fitted", kind=estimator.kind, of=whom, accepted=run.accepted, **run.cause)
    return used


def score(kind: str = "", of: str = "", as_of: dt.date | None = None) -> int:
    """Score with the newest models; how many rows changed."""
    return sum(estimator.score(whom, as_of) for estimator, whom in estimators.chosen(kind, of))
