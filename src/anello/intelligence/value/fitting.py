"""Fitting the model of value, and asking what it knew of the time after."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from anello.intelligence.numerics import CannotFit
from anello.intelligence.value import histories, plots
from anello.intelligence.value.cards import Card
from anello.intelligence.value.histories import WEEK, Histories

if TYPE_CHECKING:
    from anello.intelligence.numerics.bgnbd import BGNBD
    from anello.intelligence.numerics.clv import Worth
    from anello.intelligence.numerics.gamma_gamma import GammaGamma

HORIZON = 52.0
"""Weeks of which purchases and value are expected."""
INTEREST = 0.10
"""A year; an amount in a year is worth 1/1.1 of one today."""
HOLDOUT = 26
"""Weeks kept apart to check the model; a quarter of what there is if that is less."""
LEAST = 4
"""Weeks of holdout without which nothing is checked."""


@dataclass(frozen=True)
class Models:
    """Both halves; without `spending` there are purchases, but no value. `share` of an amount counts as value."""

    buying: BGNBD
    spending: GammaGamma | None
    share: float
    basis: str
    """margin | revenue"""
    silent: dict[str, Any] = field(default_factory=dict)
    """Why there is no model of amounts, as a card's cause."""

    def worth(self, known: Histories, *, horizon: float = HORIZON, discounted: bool = True) -> Worth:
        import numpy as np

        from anello.intelligence.numerics.clv import worth

        rate = float(np.log1p(INTEREST)) / 52 if discounted else 0.0
        share = self.share if discounted else 1.0
        return worth(self.buying, self.spending, known.customers, horizon=horizon, discount=rate, share=share)

    def parameters(self) -> dict[str, Any]:
        """As the card keeps them; `restored` reads them."""
        made: dict[str, Any] = {"share": self.share, "basis": self.basis, "silent": self.silent}
        for name, half in (("buying", self.buying), ("spending", self.spending)):
            if half is not None:
                made[name] = asdict(half) | {"errors": half.errors()}
                made[name]["covariance"] = half.covariance.tolist() if half.covariance is not None else None
        return made


def restored(parameters: dict[str, Any]) -> Models:
    """The models of a card."""
    import numpy as np

    from anello.intelligence.numerics.bgnbd import BGNBD
    from anello.intelligence.numerics.gamma_gamma import GammaGamma

    def half(cls: Any, name: str) -> Any:
        if name not in parameters:
            return None
        given = {key: value for key, value in parameters[name].items() if key != "errors"}
        given["covariance"] = np.array(given["covariance"])
        return cls(**given)

    return Models(
        half(BGNBD, "buying"),
        half(GammaGamma, "spending"),
        parameters["share"],
        parameters["basis"],
        parameters["silent"],
    )


def learn(known: Histories) -> Models:
    """Both models from histories; CannotFit when already the purchases do not determine one."""
    import numpy as np

    from anello.intelligence.numerics import bgnbd, gamma_gamma

    buying = bgnbd.fit(bgnbd.histories(known.x, known.tx, known.T))
    silent: dict[str, Any] = {}
    try:
        spending = gamma_gamma.fit(known.x, known.mean)
    except CannotFit as reason:
        spending, silent = None, {"cause": reason.cause, **reason.facts}
    told = ~np.isnan(known.margin)
    of_told = float(known.revenue[told].sum())
    # Margin counts once it is known of most of the revenue.
    if of_told > known.revenue.sum() / 2 and known.margin[told].sum() > 0:
        return Models(buying, spending, float(known.margin[told].sum()) / of_told, "margin", silent)
    return Models(buying, spending, 1.0, "revenue", silent)


def fit(kind: str, until: dt.date | None = None) -> Card:
    """Learn until a day and check against what came after; without a day, hold the last weeks back, check, and then
    learn from all. The card says what was learned, how it did, and whether it is used."""
    reach = histories.span(kind)
    end = until or timezone.localdate()
    if reach is None:
        return Card.silent("value", kind, end, CannotFit("few_customers", found=0, needed=1))
    first, last = reach
    if until is None:
        cut = end - dt.timedelta(weeks=min(HOLDOUT, (end - first).days // 7 // 4))
    else:
        cut, end = until, max(until, min(last, timezone.localdate()))
    try:
        known = histories.histories(kind, cut)
        models = learn(known)
        if (end - cut).days < LEAST * 7:
            raise CannotFit("no_holdout", weeks=(end - cut).days / 7, needed=LEAST)
        measures, baseline, drawn = check(models, known, kind, first, end)
        if until is None:
            models = learn(histories.histories(kind, end))
    except CannotFit as reason:
        return Card.silent("value", kind, end if until is None else cut, reason)
    accepted = measures["rmse"] < baseline["rmse"]
    return Card(
        kind="value",
        of=kind,
        until=end if until is None else cut,
        accepted=accepted,
        cause={} if accepted else {"cause": "baseline", **baseline},
        parameters=models.parameters(),
        measures=measures,
        baseline=baseline,
        plots=drawn,
    )


def check(
    models: Models, known: Histories, kind: str, start: dt.date, end: dt.date
) -> tuple[dict[str, float], dict[str, float], list[dict[str, Any]]]:
    """Measures on the holdout, those of the naive baseline (everybody goes on at the pace so far), and the plots."""
    import numpy as np

    weeks = (end - known.until).days / WEEK
    happened, spent = histories.later(known, kind, end)
    found = models.worth(known, horizon=weeks, discounted=False)
    pace = np.divide(known.x, known.T, out=np.zeros(len(known)), where=known.T > 0) * weeks

    def against(said: Any) -> dict[str, float]:
        apart = said - happened
        alike = np.std(said) > 0 and np.std(happened) > 0
        return {
            "rmse": float(np.sqrt(np.mean(apart**2))),
            "correlation": float(np.corrcoef(said, happened)[0, 1]) if alike else 0.0,
            "said": float(said.sum()),
            "happened": float(happened.sum()),
        }

    measures = against(found.purchases) | {"weeks": weeks, "customers": float(len(known))}
    if found.value is not None and found.low is not None and found.high is not None:
        # A cent of rounding is no miss.
        inside = (spent >= found.low - 0.01) & (spent <= found.high + 0.01)
        measures |= {
            "spend_said": float(found.value.sum()), "spend_happened": float(spent.sum()), "held": float(inside.mean()),
        }  # fmt: skip
    drawn = [
        plots.tracking(
            models.buying, known, histories.weekly_repeats(kind, start, known.until, end), start, known.until
        ),
        plots.frequencies(models.buying, known),
        plots.holdout(known, found.purchases, happened),
    ]
    return measures, against(pace), drawn
