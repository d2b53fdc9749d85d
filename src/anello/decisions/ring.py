"""The four arcs of the ring in figures, as one reader may see them."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import Actor, can, visible
from anello.core.search import RecordQuery
from anello.core.search.records import Count
from anello.core.ui import formats
from anello.core.ui.shell.places import ARCS
from anello.decisions import drawing, lift
from anello.decisions.models import CONTROL, LIVE, TREATMENT, Policy, Turn
from anello.intelligence.numerics.lift import Interval
from anello.kit.text import L

YEAR, MONTH = 365, 30
"""How far back decisions and their outcome are counted, and what was done."""
LAST = {days: L(f"ultimi {days} giorni", f"last {days} days") for days in (YEAR, MONTH)}
CAP = 10_000
ICONS = {"data": "database", "decisions": "arrows-split", "activities": "checklist", "outcome": "trending-up"}
STEPS = {
    "customers": L("Porta dentro i clienti e i loro acquisti", "Bring in your customers and their purchases"),
    "policy": L("Scrivi una politica: a chi, che cosa, i limiti", "Write a policy: to whom, what, its limits"),
    "simulate": L("Simulala: quanti, quanto costa, chi resta fuori", "Simulate it: how many, at what cost, who not"),
    "approve": L("Falla approvare da chi potrebbe agire di persona", "Have it approved by somebody who may act"),
    "decide": L("Decidi: una parte resta fuori, per confronto", "Decide: some are held out, for comparison"),
}
"""The way to the first turn."""


@dataclass(frozen=True)
class Figure:
    """One number of an arc and where its records are; `value` is a count, or an interval of money."""

    label: L
    value: Count | Interval | None
    url: str = ""

    @property
    def text(self) -> str:
        """As the reader writes it; a dash for what is not known yet."""
        if isinstance(self.value, Count):
            return formats.number(self.value.value) + ("+" if self.value.capped else "")
        if self.value is None or not math.isfinite(self.value.value):
            return "–"
        return formats.money(self.value.value, settings.BASE_CURRENCY, compact=True)

    @property
    def between(self) -> str:
        """The interval of an amount."""
        if not isinstance(self.value, Interval) or not math.isfinite(self.value.low + self.value.high):
            return ""
        low, high = (
            formats.money(bound, settings.BASE_CURRENCY, compact=True) for bound in (self.value.low, self.value.high)
        )
        return str(L(f"tra {low} e {high}", f"between {low} and {high}"))


@dataclass(frozen=True)
class Quarter:
    """An arc: what is drawn, its figures, and the list of records it opens onto; `topic` is what it listens to."""

    name: str
    topic: str
    drawn: drawing.Arc
    figures: list[Figure]
    url: str
    parts: list[Figure] = field(default_factory=list)
    fresh: dt.datetime | None = None
    span: L | None = None
    """Of which days the figures are."""

    @property
    def label(self) -> L:
        return ARCS[self.name]

    @property
    def icon(self) -> str:
        return ICONS[self.name]

    @property
    def said(self) -> str:
        """The arc in one sentence, for those who do not see it."""
        return f"{self.label}: " + ", ".join(f"{one.label} {one.text}" for one in self.figures)


@dataclass(frozen=True)
class Ring:
    """All of it; `effect` is None until something is measured, `steps` are those of the first turn while it lasts."""

    quarters: list[Quarter]
    effect: Interval | None
    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def points(self) -> str:
        """The effect in percentage points, with its sign."""
        return _points(self.effect.value) if self.effect else ""

    @property
    def between(self) -> str:
        if self.effect is None:
            return ""
        low, high = _points(self.effect.low), _points(self.effect.high)
        return str(L(f"tra {low} e {high}", f"between {low} and {high}"))

    @property
    def gauge(self) -> drawing.Gauge | None:
        return drawing.gauge(self.effect.low, self.effect.value, self.effect.high) if self.effect else None


def _points(share: float) -> str:
    return ("+" if share > 0 else "−" if share < 0 else "") + formats.number(abs(100 * share), 1)


@dataclass(frozen=True)
class Step:
    """One step of the way to the first turn; `now` is the one to take next."""

    label: L
    done: bool
    url: str
    now: bool = False


def ring(actor: Actor) -> Ring:
    """What the ring page shows to this reader."""
    now = timezone.now()
    policies = list(Policy.objects.filter(visible(actor, "policy"))) if can(actor, "policy") else []
    found = lift.groups([policy.pk for policy in policies], "policy", "revenue") if policies else {}
    known = [one for one in found.values() if one.known]
    quarters = [
        _data(actor, now),
        _decisions(actor, policies, _since("decided_at", now, YEAR)),
        _activities(actor, _since("done_at", now, MONTH)),
        _outcome(actor, known, policies, now),
    ]
    effect = lift.pooled([one.conversion for one in known], [one.treated.count for one in known])
    turned = Turn.objects.filter(policy__in=policies).exists()
    first = can(actor, "policy", "create") and not turned
    return Ring(quarters, effect, _steps(actor, policies) if first else [])


def list_url(module: str, *conditions: dict[str, Any]) -> str:
    """The address of a list, narrowed."""
    url = reverse("ui:list", args=[get(module).slug])
    if not conditions:
        return url
    tree = json.dumps({"all": list(conditions)}, separators=(",", ":"))
    return f"{url}?{urlencode({'filter': tree})}"


def _count(rows: Any) -> Count:
    number = rows.order_by()[: CAP + 1].count()
    return Count(min(number, CAP), number > CAP)


def _data(actor: Actor, now: dt.datetime) -> Quarter:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    figures = [
        Figure(get(name).plural, RecordQuery(actor, get(name)).count(), list_url(name))
        for name in ("person", "organisation")
        if can(actor, name)
    ]
    today = Event.objects.filter(at__gte=midnight)
    figures.append(Figure(L("Fatti di oggi", "Events today"), _count(today)))
    newest = Event.objects.order_by("-at").values_list("at", flat=True).first()
    return Quarter("data", "person", drawing.arc("data", 1), figures, figures[0].url, fresh=newest)


def _decisions(actor: Actor, policies: list[Policy], recent: dict[str, Any]) -> Quarter:
    live = sum(policy.status == LIVE for policy in policies)
    figures = [
        _figure(actor, "decision", L("Trattati", "Treated"), _is("arm", TREATMENT), recent),
        _figure(actor, "decision", L("Tenuti da parte", "Held out"), _is("arm", CONTROL), recent),
    ]
    share = _share(*figures)
    url = list_url("decision")
    if can(actor, "policy"):
        url = list_url("policy")
        label = L("Politiche attive", "Live policies")
        figures.insert(0, Figure(label, Count(live, False), list_url("policy", _is("status", LIVE))))
    return Quarter("decisions", "policy", drawing.arc("decisions", share), figures, url, span=LAST[YEAR])


def _is(field: str, *values: str) -> dict[str, Any]:
    return {"field": field, "op": "in", "value": list(values)}


def _since(field: str, now: dt.datetime, days: int) -> dict[str, Any]:
    day = timezone.localdate(now) - dt.timedelta(days=days)
    return {"field": field, "op": "gte", "value": day.isoformat()}


def _figure(actor: Actor, module: str, label: L, *conditions: dict[str, Any]) -> Figure:
    """So many records, and the list of these very records."""
    found = RecordQuery(actor, get(module)).where({"all": list(conditions)}).count()
    return Figure(label, found, list_url(module, *conditions))


def _share(one: Figure, other: Figure) -> float:
    """The first of both together."""
    first, second = (figure.value.value for figure in (one, other) if isinstance(figure.value, Count))
    return first / (first + second) if first + second else 0


def _activities(actor: Actor, recent: dict[str, Any]) -> Quarter:
    if not can(actor, "activity"):
        return Quarter("activities", "activity", drawing.arc("activities", 0), [], "")
    kind: Any = get("activity").field("kind")
    to_do, done = _is("status", "planned", "open"), _is("status", "held", "done")
    open_ = _figure(actor, "activity", L("Da fare", "To do"), to_do)
    finished = _figure(actor, "activity", L("Fatte", "Done"), done, recent)
    kinds = [_figure(actor, "activity", option.label, to_do, _is("kind", option.value)) for option in kind.options]
    drawn = drawing.arc("activities", _share(finished, open_))
    return Quarter("activities", "activity", drawn, [open_, finished], list_url("activity"), kinds)


def _outcome(actor: Actor, known: list[lift.Lift], policies: list[Policy], now: dt.datetime) -> Quarter:
    conditions = {"field": "outcome_at", "op": "not_empty"}, _since("decided_at", now, YEAR)
    reached = _figure(actor, "decision", L("Con il risultato", "With the outcome"), *conditions)
    extra = Figure(L("Ricavi in più", "Extra revenue"), lift.summed([one.gained for one in known]), list_url("policy"))
    shown = [extra, reached] if policies else [reached]
    return Quarter("outcome", "decision", drawing.arc("outcome", _measured(policies, now)), shown, reached.url)


def _measured(policies: list[Policy], now: dt.datetime) -> float:
    """Share of the decisions whose window is over."""
    windows = {policy.pk: policy.window_days for policy in policies}
    total = over = 0
    for turn in Turn.objects.filter(policy__in=windows):
        count = turn.treated + turn.held
        total += count
        over += count if turn.at + dt.timedelta(days=windows[turn.policy_id]) <= now else 0
    return over / total if total else 0


def _steps(actor: Actor, policies: list[Policy]) -> list[Step]:
    """The way to the first turn, as far as it is gone."""
    furthest = max(policies, key=lambda policy: _STAGES.get(policy.status, 0), default=None)
    stage = _STAGES.get(furthest.status, 0) if furthest else 0
    customers = any(RecordQuery(actor, get(n)).count(1).value for n in ("person", "organisation") if can(actor, n))
    here = reverse("ui:record", args=["policies", furthest.pk]) if furthest else ""
    make = reverse("ui:create", args=["policies"])
    found = [("customers", customers, list_url("person")), ("policy", stage >= 1, here or make)]
    found += [("simulate", stage >= 2, here), ("approve", stage >= 3, here), ("decide", False, here)]
    first = next(i for i, (_, done, _) in enumerate(found) if not done)
    return [Step(STEPS[name], done, url, i == first) for i, (name, done, url) in enumerate(found)]


_STAGES = {"draft": 1, "simulated": 2, "waiting": 2, "live": 3, "paused": 3}
