"""Value on the customer's page; plots and measures on a model's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import formats as django_formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.policies import can
from anello.core.ui import formats
from anello.core.ui.records.panels import panel
from anello.intelligence.value import phrases, queries
from anello.intelligence.value.cards import why_not
from anello.intelligence.value.models import ModelRun
from anello.kit.text import L

__all__ = ["phrases"]


def _draw(template: str, request: HttpRequest, context: dict[str, Any]) -> SafeString:
    return SafeString(render_to_string(f"value/{template}.html", context, request))


def _for(kind: str) -> Callable[[HttpRequest, Any], SafeString | None]:
    def value(request: HttpRequest, record: Any) -> SafeString | None:
        actor: Any = request.actor  # type: ignore[attr-defined]
        shown = queries.standing(actor, kind, record)
        if not shown:
            return None
        run = shown.get("value_model") if can(actor, "model_run") else None
        return _draw("standing", request, {"tiles": list(_tiles(shown)), "at": shown.get("scored_at"), "run": run})

    value.__qualname__ = f"value.{kind}"
    return value


def _tiles(shown: dict[str, Any]) -> Any:
    """Label, value, note and arc of the tiles; what is not known is left out."""

    def money(amount: Any) -> str:
        return formats.money(amount, settings.BASE_CURRENCY)

    if shown.get("clv") is not None:
        note = ""
        if shown.get("clv_low") is not None and shown.get("clv_high") is not None:
            note = _("80%% between %(low)s and %(high)s") % {
                "low": money(shown["clv_low"]),
                "high": money(shown["clv_high"]),
            }
        yield _("Expected value, 12 months"), money(shown["clv"]), note, "outcome"
    if shown.get("p_alive") is not None:
        note = ""
        if shown.get("expected_purchases") is not None:
            note = _("%(number)s purchases expected in a year") % {
                "number": formats.number(shown["expected_purchases"], 1)
            }
        yield _("Still a customer"), f"{formats.number(shown['p_alive'], 0)}%", note, "data"
    if shown.get("churn") is not None:
        yield _("Risk of churn"), f"{formats.number(shown['churn'], 0)}%", "", "activities"
    if shown.get("rfm"):
        yield _("RFM score"), shown["rfm"], _("recency, frequency, value: 5 is best"), "data"
    if shown.get("revenue") is not None:
        note = _("since %(day)s") % {"day": formats.day(shown["first_purchase"])} if shown.get("first_purchase") else ""
        yield _("Revenue"), money(shown["revenue"]), note, "outcome"


for _kind in ("person", "organisation"):
    panel(_kind, L("Valore", "Value"), place="main", order=15)(_for(_kind))


@panel("model_run", L("Come va", "How it does"), place="main", order=10)
def card(request: HttpRequest, record: ModelRun) -> SafeString:
    measures = [
        (label, _figure(name, record.measures.get(name)), _figure(name, record.baseline.get(name)))
        for name, label in _measures().items()
        if record.measures.get(name) is not None
    ]
    context = {
        "run": record,
        "why": why_not(record.cause),
        "measures": measures,
        "compared": bool(record.baseline),
        "parameters": list(_parameters(record)),
        "plots": [made for plot in record.plots if (made := _plot(plot))],
        "notes": _notes(record),
    }
    return _draw("card", request, context)


def _measures() -> dict[str, str]:
    return {
        "customers": _("Customers it learned from"),
        "examples": _("Examples it learned from"),
        "checked": _("Examples it was checked on"),
        "weeks": _("Weeks kept apart"),
        "said": _("Purchases expected in them"),
        "happened": _("Purchases that happened"),
        "spend_said": _("Spend expected"),
        "spend_happened": _("Spend that happened"),
        "held": _("Spend within the 80% interval"),
        "rmse": _("Error per customer (RMSE)"),
        "correlation": _("Correlation"),
        "brier": _("Brier score (0 is perfect)"),
        "auc": _("Pairs in the right order (AUC)"),
        "rate": _("Share to which it happened"),
        "hits": _("Customers who bought one of five suggestions"),
        "people": _("People compared"),
        "sure": _("Certain doubles it learned from"),
        "looked_at": _("Pairs looked at"),
        "proposed": _("Pairs proposed"),
        "merged": _("Merged by itself"),
        "advantage_low": _("Better than the baseline by at least"),
    }


_SHARES = {"held", "auc", "rate", "hits"}


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in _SHARES:
        return f"{formats.number(value * 100, 1)}%"
    if name in ("spend_said", "spend_happened"):
        return formats.money(value, settings.BASE_CURRENCY)
    return formats.number(value, 0 if abs(value) >= 100 or float(value).is_integer() else 4)


_SIGNS = {"alpha": "α", "gamma": "γ"}


def _parameters(run: ModelRun) -> Any:
    """Name, value, standard error of what the model learned."""
    for half in ("buying", "spending"):
        learned = run.parameters.get(half) or {}
        for name, error in (learned.get("errors") or {}).items():
            yield _SIGNS.get(name, name), formats.number(learned[name], 3), formats.number(error, 3)


def _notes(run: ModelRun) -> list[str]:
    made = []
    if run.parameters.get("basis") == "margin":
        share = formats.number(run.parameters["share"] * 100, 1)
        made.append(_("Value is margin: %(share)s%% of what is spent.") % {"share": share})
    if run.parameters.get("basis") == "revenue":
        made.append(_("Value is revenue, because the margin of most purchases is not known."))
    if run.parameters.get("silent"):
        made.append(
            _("Amounts have no model, so that there is no value: %(why)s") % {"why": why_not(run.parameters["silent"])}
        )
    return made


def _bars(labels: list[str], *series: dict[str, Any], kind: str = "bar") -> dict[str, Any]:
    return {"type": kind, "labels": labels, "series": list(series)}


def _plot(plot: dict[str, Any]) -> dict[str, Any] | None:
    """Title, explanation and chart of a plot."""
    drawing = {
        "tracking": _tracking,
        "frequencies": _frequencies,
        "holdout": _holdout,
        "reliability": _reliability,
        "pairs": _pairs,
        "weights": weights,
    }
    return drawing[plot["name"]](plot) if plot.get("rows") != [] else None


def _tracking(plot: dict[str, Any]) -> dict[str, Any]:
    days = [dt.date.fromisoformat(day) for day in plot["days"]]
    step = max(1, len(days) // 60)
    cut = dt.date.fromisoformat(plot["cut"])
    rows = range(0, len(days), step)
    return {
        "title": _("Repeat purchases, week by week"),
        "text": _("Added up. Until %(day)s the model learned; after that it had only its own forecast.")
        % {"day": formats.day(cut)},
        "chart": _bars(
            [django_formats.date_format(days[n], "SHORT_DATE_FORMAT") for n in rows],
            {"name": _("Happened"), "arc": "outcome", "values": [plot["happened"][n] for n in rows]},
            {"name": _("Model"), "arc": "decisions", "values": [round(plot["said"][n], 1) for n in rows]},
            kind="line",
        ),
    }


def _counts(count: int) -> list[str]:
    return [*(str(n) for n in range(count - 1)), f"{count - 1}+"]


def _frequencies(plot: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _("Customers by repeat purchases"),
        "text": _("How many bought again so many times while the model learned, and how many it would have."),
        "chart": _bars(
            _counts(len(plot["happened"])),
            {"name": _("Happened"), "arc": "outcome", "values": plot["happened"]},
            {"name": _("Model"), "arc": "decisions", "values": [round(value, 1) for value in plot["said"]]},
        ),
    }


def _with_interval(labels: list[str], rows: list[dict[str, Any]], factor: float, digits: int) -> dict[str, Any]:
    def values(name: str) -> list[float]:
        return [round(row[name] * factor, digits) for row in rows]

    return _bars(
        labels,
        {
            "name": _("Happened"),
            "arc": "outcome",
            "values": values("mean"),
            "low": values("low"),
            "high": values("high"),
        },
        {"name": _("Model"), "arc": "decisions", "values": values("said")},
        kind="line",
    )


def _holdout(plot: dict[str, Any]) -> dict[str, Any]:
    labels = [f"{row['n']}{'+' if row['n'] == 7 else ''}" for row in plot["rows"]]
    return {
        "title": _("Purchases in the period kept apart"),
        "text": _("Mean per customer, by repeat purchases before it; the band is the 95% interval of what happened."),
        "chart": _with_interval(labels, plot["rows"], 1, 3),
    }


def _reliability(plot: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _("Said and happened"),
        "text": _(
            "In percent, by forecast, on examples it had not seen; the band is the 95% interval of what happened."
        ),
        "chart": _with_interval([f"{row['said'] * 100:.0f}%" for row in plot["rows"]], plot["rows"], 100, 1),
    }


def _pairs(plot: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _("Bought by the same customers"),
        "text": _("How many times as often as if they were bought independently."),
        "chart": _bars(
            [f"{row['one']} + {row['other']}" for row in plot["rows"]],
            {"name": _("Lift"), "arc": "decisions", "values": [round(row["lift"], 2) for row in plot["rows"]]},
        )
        | {"horizontal": True},
    }


def weights(plot: dict[str, Any]) -> dict[str, Any]:
    """How many pairs there are of each match weight; also drawn where pairs are decided."""
    return {
        "title": _("Pairs by match weight"),
        "text": _("In bits: each is twice as likely. Two hills apart mean that the model tells people apart."),
        "chart": _bars(
            [f"{row['low']}…{row['high']}" for row in plot["rows"]],
            {"name": _("Pairs"), "arc": "decisions", "values": [row["count"] for row in plot["rows"]]},
        ),
    }
