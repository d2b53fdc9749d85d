"""A logistic model with probabilities that come true and reasons that add up.

Linear in standardised features: in log-odds each feature contributes coefficient × distance from the average customer,
so that the reasons of a score are the score. Calibrated by Platt's method on forecasts of examples that the fit had
left out (five folds). A boosted forest was the alternative: it needs a second library to explain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anello.intelligence.numerics import CannotFit

if TYPE_CHECKING:
    from anello.intelligence.numerics.arrays import Floats

NEEDED = 50
"""Examples of each outcome without which nothing is learned."""
FOLDS = 5
REASONS = 3
TELLING = 0.15
"""Log-odds below which a feature is no reason."""


@dataclass(frozen=True)
class Logit:
    """What was learned; `features` names the columns."""

    features: list[str]
    mean: list[float]
    scale: list[float]
    weight: list[float]
    offset: float
    slope: float
    """Platt's, with `shift`: probability = 1 / (1 + e^−(slope · log-odds + shift))."""
    shift: float

    def contributions(self, examples: Floats) -> Floats:
        """Of each feature to the log-odds, against the average example."""
        import numpy as np

        return self.slope * np.array(self.weight) * ((examples - np.array(self.mean)) / np.array(self.scale))

    def probability(self, examples: Floats) -> Floats:
        from scipy.special import expit

        return expit(self.contributions(examples).sum(axis=1) + self.slope * self.offset + self.shift)

    def reasons(self, examples: Floats, most: int = REASONS, *, both: bool = False) -> list[list[dict[str, Any]]]:
        """The features that raise each probability most (or, with `both`, move it most), the strongest first."""
        import numpy as np

        moved = self.contributions(examples)
        rank = -np.abs(moved) if both else -moved
        order = np.argsort(rank, axis=1, kind="stable")[:, :most]
        rows = np.arange(len(examples))[:, None]
        made = []
        for names, values, parts in zip(
            order.tolist(), examples[rows, order].tolist(), moved[rows, order].tolist(), strict=True
        ):
            made.append(
                [
                    {"feature": self.features[name], "value": round(value, 2), "weight": round(part, 2)}
                    for name, value, part in zip(names, values, parts, strict=True)
                    if (abs(part) if both else part) >= TELLING
                ]
            )
        return made


def learn(features: list[str], examples: Floats, happened: Any) -> Logit:
    """CannotFit when an outcome is too rare."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    from anello.intelligence.numerics import calibration

    rare = int(min(happened.sum(), len(happened) - happened.sum()))
    if not rare:
        raise CannotFit("one_outcome")
    if rare < NEEDED:
        raise CannotFit("few_examples", found=rare, needed=NEEDED)
    mean, scale = examples.mean(axis=0), examples.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standard = (examples - mean) / scale
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    unseen = cross_val_predict(LogisticRegression(), standard, happened, cv=folds, method="decision_function")
    platt = calibration.platt(unseen, happened)
    model = LogisticRegression().fit(standard, happened)
    return Logit(
        features,
        mean.tolist(),
        scale.tolist(),
        model.coef_[0].tolist(),
        float(model.intercept_[0]),
        platt.slope,
        platt.offset,
    )


def check(model: Logit, rate: float, examples: Floats, happened: Any) -> tuple[dict[str, float], dict[str, float], Any]:
    """Measures on later examples, those of the baseline (everybody gets the rate it learned from), reliability bins.

    `advantage_low` is the lower bound of the 95 % interval of how much smaller the model's Brier score is.
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    from anello.intelligence.numerics import calibration
    from anello.intelligence.numerics.lift import Sample

    if not len(happened):
        raise CannotFit("few_examples", found=0, needed=NEEDED)
    said = model.probability(examples)
    gain = Sample.of((rate - happened) ** 2 - (said - happened) ** 2)
    both = 0 < happened.sum() < len(happened)
    measures = {
        "brier": calibration.brier(said, happened),
        "auc": float(roc_auc_score(happened, said)) if both else 0.5,
        "rate": float(happened.mean()),
        "checked": float(len(happened)),
        "advantage_low": gain.mean - 1.96 * float(np.sqrt(gain.variance / gain.count)) if gain.count > 1 else 0.0,
    }
    baseline = {"brier": calibration.brier(np.full(len(happened), rate), happened), "auc": 0.5, "rate": rate}
    return measures, baseline, calibration.reliability(said, happened)
