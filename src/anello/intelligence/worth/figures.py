"""The results as screens and paper show them: charts, tables, words."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from anello.core.ui import formats
from anello.intelligence.worth import readiness
from anello.intelligence.worth.form import LEVERS
from anello.intelligence.worth.returns import returns
from anello.kit.money import EURO
from anello.kit.text import L

if TYPE_CHECKING:
    from anello.intelligence.worth.results import Results

PARAMETERS = {
    **LEVERS,
    "adoption": L("Adozione", "Adoption"),
    "project": L("Costo del progetto", "Cost of the project"),
    "revenue": L("Ricavo per cliente", "Revenue per customer"),
}
CURVE_STEPS = 21


@dataclass(frozen=True)
class Figures:
    """Charts are specs of the chart island; `tiles` are (label, value, note, arc)."""

    results: Results
    tiles: list[tuple[str, str, str, str]]
    contribution: dict[str, Any]
    cumulative: dict[str, Any]
    customers: dict[str, Any]
    tornado: dict[str, Any]
    histogram: dict[str, Any]
    equity: dict[str, Any]
    readiness: dict[str, Any] | None
    switching: list[tuple[str, list[str], list[str]]]
    """(row, without, with in the last year)."""
    cohorts: list[tuple[str, list[int]]]
    years: list[int]
    returns: list[tuple[L, str]]
    revenue: str


def of(found: Results) -> Figures:
    """Everything to show of a case."""
    years = list(range(1, found.inputs.market.years + 1))
    without, with_crm = found.case.without, found.case.with_crm
    plan = [str(year) for year in years]
    revenue = found.inputs.market.ours * found.inputs.economics.revenue
    names = _("Without"), _("With")
    return Figures(
        results=found,
        tiles=_tiles(found),
        contribution=_chart(
            "bar",
            plan,
            (names[0], "data", without.contribution[0]),
            (names[1], "outcome", with_crm.contribution[0] - found.case.costs[0, 1:]),
        ),
        cumulative=_chart("line", ["0", *plan], (_("Cumulative, discounted"), "outcome", found.discounted)),
        customers=_chart(
            "line",
            ["0", *plan],
            (names[0], "data", without.customers[0]),
            (names[1], "outcome", with_crm.customers[0]),
            money=False,
        ),
        tornado=_tornado(found),
        histogram=_histogram(found),
        equity=_equity(found),
        readiness=_readiness(found.score),
        switching=_switching(found),
        cohorts=_cohorts(found),
        years=years,
        returns=[
            (ability.label, formats.money(round(amount), EURO, compact=True)) for ability, amount in returns(revenue)
        ],
        revenue=formats.money(round(revenue), EURO, compact=True),
    )


def _tiles(found: Results) -> list[tuple[str, str, str, str]]:
    low, high = (formats.money(round(value), EURO, compact=True) for value in (found.low, found.high))
    gain = found.equity[1] - found.equity[0]
    return [
        (
            _("Net present value"),
            formats.money(round(found.npv), EURO, compact=True),
            _("nine times of ten from %(low)s to %(high)s") % {"low": low, "high": high},
            "outcome",
        ),
        (
            _("Payback"),
            _("%(years)s years") % {"years": formats.number(round(found.payback, 1))}
            if found.payback is not None
            else "–",
            _("discounted") if found.payback is not None else _("not within the plan"),
            "activities",
        ),
        (
            _("Rate of return"),
            formats.percent(found.irr) if found.irr is not None else "–",
            _("internal, a year") if found.irr is not None else _("there is none"),
            "data",
        ),
        (_("Risk of a loss"), formats.percent(found.risk), _("of 10,000 draws end below zero"), "decisions"),
        (_("Break-even"), *_break_even(found.break_even), "activities"),
        (
            _("Worth of a prospect"),
            formats.money(round(found.equity[1], 2), EURO),
            _("%(gain)s with the CRM") % {"gain": f"{'+' if gain >= 0 else ''}{formats.money(round(gain, 2), EURO)}"},
            "data",
        ),
    ]


def _break_even(cut: float | None) -> tuple[str, str]:
    if cut is None:
        return "–", _("no cut of losses alone is enough")
    if cut == 0:
        return formats.percent(0), _("it pays even if no customer stays longer")
    return formats.percent(cut, 1), _("fewer customers lost would be enough")


def _chart(
    kind: str, labels: list[str], *series: tuple[str, str, Any], money: bool = True, **more: Any
) -> dict[str, Any]:
    return {
        "type": kind,
        "labels": labels,
        "series": [
            {"name": name, "arc": arc, "values": [round(float(value), 2) for value in values]}
            for name, arc, values in series
        ],
        **({"format": {"style": "currency", "currency": EURO, "maximumFractionDigits": 0}} if money else {}),
        **more,
    }


def _tornado(found: Results) -> dict[str, Any]:
    labels = [str(PARAMETERS[name]) for name, _low, _high in found.tornado]
    return _chart(
        "bar",
        labels,
        (_("At its low"), "activities", [low - found.npv for _name, low, _high in found.tornado]),
        (_("At its high"), "outcome", [high - found.npv for _name, _low, high in found.tornado]),
        stacked=True,
        horizontal=True,
    )


def _histogram(found: Results) -> dict[str, Any]:
    counts, edges = found.histogram
    labels = [formats.money(round((a + b) / 2), EURO, compact=True) for a, b in itertools.pairwise(edges)]
    below = [edge < 0 for edge in edges[:-1]]
    return _chart(
        "bar",
        labels,
        (_("Loss"), "activities", [n if loss else 0 for n, loss in zip(counts, below, strict=True)]),
        (_("Gain"), "outcome", [0 if loss else n for n, loss in zip(counts, below, strict=True)]),
        money=False,
        stacked=True,
    )


def _equity(found: Results) -> dict[str, Any]:
    from anello.intelligence.worth.model import customer_equity

    today, levers, adoption = found.inputs.economics, found.inputs.levers, found.adoption
    most = max(today.acquisition_spend * 3, 1.0)
    spends = [most * step / (CURVE_STEPS - 1) for step in range(CURVE_STEPS)]
    at = {"today": today, "discount": found.inputs.market.discount, "retention_spend": today.retention_spend}
    changed = {
        "more_acquisition": levers.acquisition.likely * adoption,
        "less_churn": levers.churn.likely * adoption,
        "cross_sell": levers.cross_sell.likely * adoption,
        "serve": levers.serve.likely * adoption,
    }
    labels = [formats.money(round(spend, 2), EURO) for spend in spends]
    return _chart(
        "line",
        labels,
        (_("Without"), "data", [customer_equity(acquisition_spend=spend, **at) for spend in spends]),  # type: ignore[arg-type]
        (_("With"), "outcome", [customer_equity(acquisition_spend=spend, **at, **changed) for spend in spends]),  # type: ignore[arg-type]
    )


def _readiness(score: readiness.Score) -> dict[str, Any] | None:
    if not score.answered:
        return None
    known = [(str(d.label), s) for d in readiness.DIMENSIONS if (s := score.by_dimension[d.name]) is not None]
    return _chart(
        "bar",
        [label for label, _s in known],
        (_("Readiness, of 100"), "decisions", [s * 100 for _label, s in known]),
        money=False,
        horizontal=True,
    )


def _switching(found: Results) -> list[tuple[str, list[str], list[str]]]:
    last = found.inputs.market.years
    rows = _("Our customers"), _("Competitors' buyers")
    before, after = found.case.without.switching(last), found.case.with_crm.switching(last)
    return [
        (row, [formats.percent(v, 1) for v in before[i]], [formats.percent(v, 1) for v in after[i]])
        for i, row in enumerate(rows)
    ]


def _cohorts(found: Results) -> list[tuple[str, list[int]]]:
    table = found.case.with_crm.cohorts()
    return [
        (_("Already ours") if year == 0 else _("Won in year %(year)d") % {"year": year}, [round(float(n)) for n in row])
        for year, row in enumerate(table)
    ]
