"""A business case on paper (PDF), in the reader's language."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from anello.core.ui import formats
from anello.intelligence.worth.figures import Figures
from anello.intelligence.worth.form import COSTS as COST_FIELDS
from anello.intelligence.worth.form import ECONOMICS, FIELDS, GUESSES, LEVERS, MARKET, texts
from anello.kit import pdf
from anello.kit.money import EURO

TEMPLATE = Path(__file__).parent / "pdf" / "case.typ"
UNITS = {"%": "%", "€": " €", "n": "", "": ""}


def paper(record: Any, found: Figures, at: dt.datetime) -> bytes:
    """The PDF of a saved case."""
    shown = texts(found.results.inputs, formats.locale())
    plan = [0, *found.years]
    case = found.results.case

    def euro(value: float) -> str:
        return formats.money(round(float(value)), EURO, compact=True)

    def group(label: Any, fields: Any) -> dict[str, Any]:
        return {
            "label": str(label),
            "rows": [[str(one.label), f"{shown[one.path]}{UNITS[one.unit]}"] for one in fields],
        }

    widest = max((abs(end - found.results.npv) for _name, *ends in found.results.tornado for end in ends), default=1.0)
    data = {
        "title": record.title,
        "notes": record.notes,
        "subtitle": _("What is a CRM worth"),
        "date": formats.day(timezone.localtime(at)),
        "by": str(record.owner or ""),
        "tiles": [[label, value, note] for label, value, note, _arc in found.tiles],
        "flows": {
            "title": _("Year by year"),
            "head": [_("Year"), *map(str, plan)],
            "rows": [
                [_("Contribution without"), "", *map(euro, case.without.contribution[0])],
                [_("Contribution with"), "", *map(euro, case.with_crm.contribution[0])],
                [_("Cost of the CRM"), *map(euro, case.costs[0])],
                [_("Difference"), *map(euro, case.flows[0])],
                [_("Cumulative, discounted"), *map(euro, found.results.discounted)],
                [_("Customers without"), *(formats.number(round(float(n))) for n in case.without.customers[0])],
                [_("Customers with"), *(formats.number(round(float(n))) for n in case.with_crm.customers[0])],
            ],
        },
        "tornado": {
            "title": _("What it hangs on"),
            "note": _("change of the net present value"),
            "rows": [
                {
                    "label": label,
                    "low": euro(low - found.results.npv),
                    "high": euro(high - found.results.npv),
                    "from": (low - found.results.npv) / (widest or 1),
                    "to": (high - found.results.npv) / (widest or 1),
                }
                for label, (_name, low, high) in zip(found.tornado["labels"], found.results.tornado, strict=True)
            ],
        },
        "assumptions": {
            "title": _("Assumptions"),
            "groups": [
                group(_("The market"), MARKET),
                group(_("A customer, today"), ECONOMICS),
                group(_("What the CRM costs"), COST_FIELDS),
            ],
            "levers": {
                "label": _("What the CRM changes"),
                "head": ["", *(str(word) for word in GUESSES.values())],
                "rows": [
                    [str(label), *(f"{shown[FIELDS[f'levers.{lever}.{guess}'].path]}%" for guess in GUESSES)]
                    for lever, label in LEVERS.items()
                ],
            },
        },
        "readiness": {
            "title": _("Readiness"),
            "note": _("%(share)s of the effect is expected") % {"share": formats.percent(found.results.adoption)},
            "rows": [
                [label, round(float(value))]
                for label, value in zip(found.readiness["labels"], found.readiness["series"][0]["values"], strict=True)
            ]
            if found.readiness
            else [],
        },
    }
    return pdf.render(TEMPLATE, data, at)
