"""What the calculator asks: the market, today's economics, what a CRM may change and what it costs.

Rates and shares are fractions (0.8 is 80 %), amounts are euro, years are years of the plan.
"""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from anello.kit.text import L

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


def _wrong(text: L) -> PydanticCustomError:
    return PydanticCustomError("anello", "{text}", {"text": str(text)})


class Market(BaseModel):
    """Who buys what we sell, from us and from competitors."""

    model_config = ConfigDict(extra="forbid")

    buyers: Annotated[int, Field(ge=100, le=10**9)] = 50_000
    ours: Annotated[int, Field(ge=1, le=10**9)] = 12_000
    growth: Annotated[float, Field(ge=-0.2, le=0.5)] = 0.02
    """Of the number of buyers, a year."""
    years: Annotated[int, Field(ge=2, le=15)] = 5
    discount: Annotated[float, Field(ge=0, le=0.5)] = 0.1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.ours >= self.buyers:
            raise _wrong(
                L(
                    "I nostri clienti devono essere meno degli acquirenti.",
                    "Our customers must be fewer than the buyers.",
                )
            )
        return self


class Economics(BaseModel):
    """A customer's year as it is today; the ceilings are the rates that no spending would exceed."""

    model_config = ConfigDict(extra="forbid")

    revenue: Amount = 900.0
    margin: Share = 0.4
    """Contribution before the cost to serve, of revenue."""
    serve: Amount = 60.0
    retention: Share = 0.78
    retention_ceiling: Share = 0.95
    retention_spend: Amount = 25.0
    """Per customer of ours."""
    acquisition: Share = 0.05
    """Of the competitors' buyers, how many become ours in a year."""
    acquisition_ceiling: Share = 0.3
    acquisition_spend: Amount = 8.0
    """Per buyer of the competitors'."""

    @model_validator(mode="after")
    def _below_ceilings(self) -> Self:
        for rate, ceiling, spend, what in (
            (self.retention, self.retention_ceiling, self.retention_spend, L("la fedeltà", "retention")),
            (self.acquisition, self.acquisition_ceiling, self.acquisition_spend, L("l'acquisizione", "acquisition")),
        ):
            if rate >= ceiling:
                raise _wrong(
                    L(f"Il massimo raggiungibile per {what.it} deve superare il tasso di oggi.",
                      f"The ceiling of {what.en} must be above today's rate.")
                )  # fmt: skip
            if spend <= 0 < rate:
                raise _wrong(
                    L(f"Serve la spesa per {what.it}: un tasso senza spesa non ha curva di risposta.",
                      f"Give the spending on {what.en}: a rate without spending has no response curve.")
                )  # fmt: skip
        return self

    @property
    def margin_per_customer(self) -> float:
        return self.revenue * self.margin

    @property
    def acquisition_response(self) -> float:
        """k of Blattberg and Deighton: `rate = ceiling * (1 - exp(-k * spend))`, solved at today's rate and spend."""
        return _response(self.acquisition, self.acquisition_ceiling, self.acquisition_spend)

    @property
    def retention_response(self) -> float:
        return _response(self.retention, self.retention_ceiling, self.retention_spend)


def _response(rate: float, ceiling: float, spend: float) -> float:
    return -math.log1p(-rate / ceiling) / spend if spend else 0.0


class Lever(BaseModel):
    """What a full use of the CRM is expected to change: the low, the likely and the high guess, as fractions."""

    model_config = ConfigDict(extra="forbid")

    low: Annotated[float, Field(ge=-1, le=5)]
    likely: Annotated[float, Field(ge=-1, le=5)]
    high: Annotated[float, Field(ge=-1, le=5)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.likely <= self.high:
            raise _wrong(L("Scrivi basso ≤ probabile ≤ alto.", "Give low ≤ likely ≤ high."))
        return self


class Levers(BaseModel):
    """The four ways in which a CRM pays, each relative to today."""

    model_config = ConfigDict(extra="forbid")

    acquisition: Lever = Lever(low=0.0, likely=0.06, high=0.15)
    """More of the competitors' buyers won for the same spending."""
    churn: Lever = Lever(low=0.0, likely=0.08, high=0.18)
    """Fewer of our customers lost."""
    cross_sell: Lever = Lever(low=0.0, likely=0.03, high=0.07)
    """More margin per customer."""
    serve: Lever = Lever(low=0.0, likely=0.06, high=0.12)
    """Less cost to serve."""


class Costs(BaseModel):
    """What the CRM costs."""

    model_config = ConfigDict(extra="forbid")

    project: Amount = 180_000.0
    """Once, before the first year: analysis, configuration, data, integration."""
    overrun: Annotated[float, Field(ge=0, le=5)] = 0.5
    """How much dearer the project may get at worst, as a share of it."""
    users: Annotated[int, Field(ge=0, le=10**6)] = 60
    per_user: Amount = 420.0
    """A user's year: licence or hosting, support."""
    training: Amount = 600.0
    """Per user before the first year, then for those who are new."""
    turnover: Share = 0.12
    """Of users, a year."""
    running: Amount = 45_000.0
    """A year: administrators, data quality, continuous improvement."""
    ramp: Annotated[float, Field(ge=0, le=10)] = 2.0
    """Years until the effect is full; it grows by equal steps."""


class Inputs(BaseModel):
    """A whole case."""

    model_config = ConfigDict(extra="forbid")

    market: Market = Market()
    economics: Economics = Economics()
    levers: Levers = Levers()
    costs: Costs = Costs()
