"""One figure said large, beside what it was in the period before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, get_args

from django.utils import timezone
from django.utils.translation import gettext as _

from anello.core.policies import Actor
from anello.core.ui import formats
from anello.intelligence.reports.definitions import Definition
from anello.intelligence.reports.engine import ask, question
from anello.intelligence.reports.pivot import Pivot, show
from anello.intelligence.reports.semantics import Measure
from anello.kit.periods import Period, Unit, period, relative_days

LARGE = 1000


@dataclass(frozen=True)
class Headline:
    """A measure's total in one currency; `trend` against the period before (0.12 is +12 %), None without one."""

    label: str
    text: str
    url: str
    trend: float | None
    note: str


def headlines(actor: Actor, made: Pivot) -> list[Headline]:
    """The totals of a report whose chart is a number."""
    asked = made.question
    earlier = before(asked.definition, timezone.localdate())
    values = ask(question(actor, earlier[0])).values if earlier else {}
    found = []
    for block in made.blocks:
        cells = block.lines[-1].cells[-len(made.measures) :]
        old = values.get((block.currency, (), None))
        for i, (m, cell) in enumerate(zip(made.measures, cells, strict=True)):
            was = old[i] if old else None
            trend = float(cell.value) / float(was) - 1 if was and cell.value is not None else None
            note = ""
            if earlier:
                days = earlier[1]
                said = show(m, 0 if was is None and m.additive else was, block.currency)
                spoken = {"value": said, "first": formats.day(days.start), "last": formats.day(_last(days))}
                note = _("%(value)s from %(first)s to %(last)s") % spoken
            found.append(Headline(m.label, _short(cell.value, cell.text, block.currency, m), cell.url, trend, note))
    return found


def _short(value: Any, text: str, currency: str, m: Measure) -> str:
    """Large amounts without their cents: the table and the list behind have them."""
    whole = m.money and value is not None and abs(value) >= LARGE
    return formats.money(round(value), currency, compact=True) if whole else text


def before(definition: Definition, today: dt.date) -> tuple[Definition, Period] | None:
    """The same question about the days before: as many as have passed of this period; None where there are none."""
    if not definition.by or not definition.period or definition.period.startswith(("next", "past", "tomorrow")):
        return None
    days = relative_days(definition.period, today)
    placed, _sep, name = definition.period.partition("_")
    if placed in ("this", "last") and name in get_args(Unit):
        unit: Unit = name  # type: ignore[assignment]
        whole = period(unit, days.start, -1)
        passed = min(today + dt.timedelta(days=1), days.end) - days.start
        earlier = Period(whole.start, min(whole.start + passed, whole.end) if placed == "this" else whole.end)
    else:
        earlier = Period(days.start - (days.end - days.start), days.start)
    between = [earlier.start.isoformat(), _last(earlier).isoformat()]
    asked = definition.model_copy(update={"period": "", "rows": [], "columns": [], "sort": ""})
    return asked.narrowed({"field": definition.by, "op": "between", "value": between}), earlier


def _last(days: Period) -> dt.date:
    return days.end - dt.timedelta(days=1)
