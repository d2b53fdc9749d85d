"""All that the calculator shows of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anello.intelligence.worth import model, readiness
from anello.intelligence.worth.inputs import Inputs

BINS = 24


@dataclass(frozen=True)
class Results:
    """Amounts in euro, rates and shares as fractions, `payback` in years; None where there is none."""

    inputs: Inputs
    score: readiness.Score
    adoption: float
    npv: float
    irr: float | None
    payback: float | None
    break_even: float | None
    risk: float
    """The share of draws with a negative NPV."""
    low: float
    high: float
    """Between them lie nine draws of ten."""
    draws: model.Floats
    case: model.Case
    tornado: list[tuple[str, float, float]]
    equity: tuple[float, float]
    """Worth of a prospect without and with the CRM in full use."""

    @property
    def discounted(self) -> list[float]:
        """Cumulative discounted flows, year 0 first."""
        flows = self.case.flows[0]
        return list(np.cumsum(flows * (1 + self.case.discount) ** -np.arange(len(flows), dtype=float)))

    @property
    def histogram(self) -> tuple[list[int], list[float]]:
        """(draws in each bin, edges of the bins), with an edge at zero where zero lies within."""
        low, high = float(self.draws[0]), float(self.draws[-1])
        if low >= high:
            return [len(self.draws)], [low, high]
        width = (high - low) / BINS
        start = np.floor(low / width) * width if low < 0 < high else low
        edges = start + width * np.arange(BINS + 2)
        counts, edges = np.histogram(self.draws, bins=edges)
        return [int(count) for count in counts], [float(edge) for edge in edges]


def results(inputs: Inputs, answers: Mapping[str, int]) -> Results:
    """Everything; takes some tens of milliseconds."""
    score = readiness.score(answers)
    adoption = score.adoption
    case = model.simulate(inputs, model.likely(inputs, adoption))
    draws = model.monte_carlo(inputs, adoption)
    today, discount = inputs.economics, inputs.market.discount
    at = today.acquisition_spend, today.retention_spend
    levers = inputs.levers
    changed = {
        "more_acquisition": levers.acquisition.likely * adoption,
        "less_churn": levers.churn.likely * adoption,
        "cross_sell": levers.cross_sell.likely * adoption,
        "serve": levers.serve.likely * adoption,
    }
    return Results(
        inputs=inputs,
        score=score,
        adoption=adoption,
        npv=float(case.npv[0]),
        irr=model.irr(case.flows[0]),
        payback=model.payback(case.flows[0], discount),
        break_even=model.break_even_churn(inputs, adoption),
        risk=float((draws < 0).mean()),
        low=float(np.quantile(draws, 0.05)),
        high=float(np.quantile(draws, 0.95)),
        draws=draws,
        case=case,
        tornado=model.tornado(inputs, adoption),
        equity=(
            float(model.customer_equity(today, discount, *at)),
            float(model.customer_equity(today, discount, *at, **changed)),
        ),
    )
