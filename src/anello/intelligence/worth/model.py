"""The worth of a CRM: the same company without and with it, year by year, in a market of many customers.

Customers move between us and the competitors by a switching matrix (Rust, Lemon and Zeithaml 2004), whose rates follow
spending as in Blattberg and Deighton (1996). All functions are vectorised: a parameter may be one number or one per
draw. Amounts in euro; year 0 is the moment of the decision, flows fall at the end of each year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anello.intelligence.worth.inputs import Economics, Inputs

Floats = NDArray[np.float64]
LEVERS = ("acquisition", "churn", "cross_sell", "serve")
DRAWS = 10_000
SEED = 1_996


@dataclass(frozen=True)
class Scenario:
    """One course of the company: arrays of shape (draws, years), `customers` and `market` (draws, years + 1)."""

    customers: Floats
    market: Floats
    acquisition: Floats
    """Share of the competitors' buyers won in the year."""
    retention: Floats
    margin: Floats
    serve: Floats
    acquiring: Floats
    retaining: Floats

    @property
    def contribution(self) -> Floats:
        return self.margin - self.serve - self.acquiring - self.retaining

    def switching(self, year: int) -> Floats:
        """[[stay, leave], [come, stay away]] of that year (from 1), for the first draw."""
        r, a = self.retention[0, year - 1], self.acquisition[0, year - 1]
        return np.array([[r, 1 - r], [a, 1 - a]])

    def cohorts(self) -> Floats:
        """Customers by year of arrival and year, (years + 1, years + 1), for the first draw; adding to `customers`."""
        years = self.retention.shape[1]
        shrink = np.minimum(self.market[0, 1:] / self.market[0, :-1], 1)
        table = np.zeros((years + 1, years + 1))
        table[0, 0] = self.customers[0, 0]
        for year in range(1, years + 1):
            table[:year, year] = table[:year, year - 1] * self.retention[0, year - 1] * shrink[year - 1]
            table[year, year] = self.customers[0, year] - table[:year, year].sum()
        return table


@dataclass(frozen=True)
class Case:
    """Without and with, and what lies between: `flows` (draws, years + 1) and `costs` of the CRM likewise."""

    without: Scenario
    with_crm: Scenario
    costs: Floats
    flows: Floats
    npv: Floats
    discount: float


def likely(inputs: Inputs, adoption: float = 1.0) -> dict[str, Any]:
    """The parameters that vary between draws, at their likely values."""
    return {
        **{name: getattr(inputs.levers, name).likely for name in LEVERS},
        "adoption": adoption,
        "project": inputs.costs.project,
    }


def simulate(inputs: Inputs, varied: Mapping[str, Any]) -> Case:
    """Both scenarios, for parameters (`likely`, or one array per name) of the same number of draws."""
    given = {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in varied.items()}
    draws = max(len(value) for value in given.values())
    given = {name: np.broadcast_to(value, draws) for name, value in given.items()}
    years = inputs.market.years
    effect = given["adoption"][:, None] * _ramp(inputs.costs.ramp, years)[None, :]
    without = _scenario(inputs, dict.fromkeys(LEVERS, np.zeros((1, years))))
    with_crm = _scenario(inputs, {name: given[name][:, None] * effect for name in LEVERS})
    costs = _costs(inputs, given["project"])
    flows = -costs
    flows[:, 1:] += with_crm.contribution - without.contribution
    return Case(without, with_crm, costs, flows, npv(flows, inputs.market.discount), inputs.market.discount)


def _ramp(years_to_full: float, years: int) -> Floats:
    if years_to_full <= 0:
        return np.ones(years)
    return np.minimum(np.arange(1, years + 1) / max(years_to_full, 1.0), 1.0)


def _scenario(inputs: Inputs, change: Mapping[str, Floats]) -> Scenario:
    """`change[lever]` has shape (draws, years)."""
    market, today = inputs.market, inputs.economics
    draws = max(len(value) for value in change.values())
    years = market.years
    acquisition = np.clip(today.acquisition * (1 + change["acquisition"]), 0, today.acquisition_ceiling)
    retention = np.clip(1 - (1 - today.retention) * (1 - change["churn"]), 0, today.retention_ceiling)
    buyers = market.buyers * (1 + market.growth) ** np.arange(years + 1)
    customers = np.empty((draws, years + 1))
    customers[:, 0] = market.ours
    shrink = min(1 + market.growth, 1.0)
    for year in range(years):
        ours = customers[:, year]
        # Those who enter the market enter it as nobody's customers; a market that shrinks loses of both alike.
        customers[:, year + 1] = (retention[:, year] * ours + acquisition[:, year] * (buyers[year] - ours)) * shrink
    start, average = customers[:, :-1], (customers[:, :-1] + customers[:, 1:]) / 2
    return Scenario(
        customers=customers,
        market=np.broadcast_to(buyers, (draws, years + 1)),
        acquisition=np.broadcast_to(acquisition, (draws, years)),
        retention=np.broadcast_to(retention, (draws, years)),
        margin=average * today.margin_per_customer * (1 + change["cross_sell"]),
        serve=average * today.serve * (1 - change["serve"]),
        acquiring=(buyers[:-1] - start) * today.acquisition_spend,
        retaining=start * today.retention_spend,
    )


def _costs(inputs: Inputs, project: Floats) -> Floats:
    """Shape (draws, years + 1)."""
    costs = inputs.costs
    yearly = costs.users * (costs.per_user + costs.turnover * costs.training) + costs.running
    flows = np.full((len(project), inputs.market.years + 1), yearly)
    flows[:, 0] = project + costs.users * costs.training
    return flows


def npv(flows: Floats, discount: float) -> Floats:
    """Net present value of flows (draws, years + 1)."""
    return np.asarray(flows @ (1 + discount) ** -np.arange(flows.shape[1], dtype=float))


def irr(flows: Floats) -> float | None:
    """The discount rate at which flows (years + 1) are worth nothing; None where there is none above -99 %."""
    if not (flows.min() < 0 < flows.max()):
        return None
    from scipy.optimize import brentq

    def worth(rate: float) -> float:
        return float(npv(flows[None, :], rate)[0])

    if worth(-0.99) * worth(10.0) > 0:
        return None
    return float(brentq(worth, -0.99, 10.0, xtol=1e-9))


def payback(flows: Floats, discount: float) -> float | None:
    """Years until the discounted flows have paid themselves back, within the plan; None if they have not."""
    paid = np.cumsum(flows * (1 + discount) ** -np.arange(len(flows), dtype=float))
    if paid[-1] < 0:
        return None
    # The last time it turns positive: a plan that dips again has not paid itself back before.
    below = np.nonzero(paid < 0)[0]
    if not len(below):
        return 0.0
    year = int(below[-1])
    return year + float(-paid[year] / (paid[year + 1] - paid[year]))


def customer_equity(
    today: Economics,
    discount: float,
    acquisition_spend: Floats | float,
    retention_spend: Floats | float,
    *,
    more_acquisition: float = 0.0,
    less_churn: float = 0.0,
    cross_sell: float = 0.0,
    serve: float = 0.0,
) -> Floats:
    """Worth of a prospect: `a*(M + (M - R/r) * r/(1+d-r)) - A` (Blattberg and Deighton 1996), at those spendings.

    The rates follow the spending by the response curves; the keyword arguments are what the CRM changes of them.
    """
    A, R = np.asarray(acquisition_spend, dtype=float), np.asarray(retention_spend, dtype=float)
    a = today.acquisition_ceiling * -np.expm1(-today.acquisition_response * A) * (1 + more_acquisition)
    a = np.minimum(a, today.acquisition_ceiling)
    r = today.retention_ceiling * -np.expm1(-today.retention_response * R)
    r = np.minimum(1 - (1 - r) * (1 - less_churn), today.retention_ceiling)
    M = today.margin_per_customer * (1 + cross_sell) - today.serve * (1 - serve)
    # (M - R/r) * r is M*r - R: no division where nobody stays.
    return np.asarray(a * (M + (M * r - R) / (1 + discount - r)) - A)


def break_even_churn(inputs: Inputs, adoption: float) -> float | None:
    """The relative cut of churn at which the NPV is nothing, all else as likely; None where no cut would do."""
    from scipy.optimize import brentq

    def worth(churn: float) -> float:
        return float(simulate(inputs, {**likely(inputs, adoption), "churn": churn}).npv[0])

    if worth(0.0) >= 0:
        return 0.0
    return float(brentq(worth, 0.0, 1.0, xtol=1e-6)) if worth(1.0) >= 0 else None


def tornado(inputs: Inputs, adoption: float, spread: float = 0.2) -> list[tuple[str, float, float]]:
    """(parameter, NPV at its low, NPV at its high), the widest first; all others likely.

    Levers go from their low to their high guess, the project's cost from as planned to the worst overrun, adoption
    and what a customer brings up and down by `spread`.
    """
    at = likely(inputs, adoption)
    found = []
    for name in LEVERS:
        lever = getattr(inputs.levers, name)
        low, high = simulate(inputs, {**at, name: np.array([lever.low, lever.high])}).npv
        found.append((name, float(low), float(high)))
    ends = np.clip([adoption * (1 - spread), adoption * (1 + spread)], 0, 1)
    low, high = simulate(inputs, {**at, "adoption": ends}).npv
    found.append(("adoption", float(low), float(high)))
    dear = inputs.costs.project * (1 + inputs.costs.overrun)
    low, high = simulate(inputs, {**at, "project": np.array([dear, inputs.costs.project])}).npv
    found.append(("project", float(low), float(high)))
    ends_of_revenue = []
    for factor in (1 - spread, 1 + spread):
        economics = inputs.economics.model_copy(update={"revenue": inputs.economics.revenue * factor})
        ends_of_revenue.append(float(simulate(inputs.model_copy(update={"economics": economics}), at).npv[0]))
    found.append(("revenue", ends_of_revenue[0], ends_of_revenue[1]))
    return sorted(found, key=lambda one: abs(one[2] - one[1]), reverse=True)


def monte_carlo(inputs: Inputs, adoption: float, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """NPVs of so many draws, sorted: levers and project cost by PERT distributions, adoption by a ± 20 % triangle."""
    chance = np.random.default_rng(seed)
    varied: dict[str, Any] = {}
    for name in LEVERS:
        lever = getattr(inputs.levers, name)
        varied[name] = pert(chance, lever.low, lever.likely, lever.high, draws)
    low, high = max(adoption * 0.8, 0), min(adoption * 1.2, 1)
    varied["adoption"] = chance.triangular(low, adoption, high, draws) if low < high else np.full(draws, adoption)
    project = inputs.costs.project
    varied["project"] = pert(chance, project, project, project * (1 + inputs.costs.overrun), draws)
    return np.sort(simulate(inputs, varied).npv)


def pert(chance: np.random.Generator, low: float, likely: float, high: float, draws: int) -> Floats:
    """Draws of a PERT distribution: a beta whose mean is (low + 4 likely + high) / 6."""
    if high <= low:
        return np.full(draws, low)
    alpha = 1 + 4 * (likely - low) / (high - low)
    return low + (high - low) * chance.beta(alpha, 6 - alpha, draws)
