"""Figures of sales: forecast, pipeline, home. Each counts what the actor may see and nothing else."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.kit.money import EURO
from anello.kit.periods import Interval, Period, interval, period
from anello.operations.sales.limits import limit_of
from anello.operations.sales.models import Invoice, Opportunity, Quota, Quote, Stage

ZERO = Decimal(0)
HISTORY = 12
"""Months that the home page looks back."""
SHORT = 10
"""Rows of the short lists of the home page."""


@dataclass
class Forecast:
    """What is expected of one person or team (`id` None: of nobody) in a period, in one currency.

    `closed` is won in the period; `commit`, `best_case` and `pipeline` are the open amounts expected to close in it, by
    forecast category; `weighted` is closed plus their expected values; `gap` what closed still lacks to the quota.
    """

    id: int | None
    name: str
    quota: Decimal = ZERO
    closed: Decimal = ZERO
    commit: Decimal = ZERO
    best_case: Decimal = ZERO
    pipeline: Decimal = ZERO
    weighted: Decimal = ZERO
    deals: int = 0

    @property
    def gap(self) -> Decimal:
        return max(ZERO, self.quota - self.closed)

    @property
    def attainment(self) -> Decimal | None:
        """Closed in percent of the quota; None without a quota."""
        return (self.closed * 100 / self.quota).quantize(Decimal("0.1")) if self.quota else None


def forecast(
    actor: Actor,
    days: Period,
    by: Literal["person", "team"] = "person",
    *,
    currency: str = EURO,
    pipeline: int | None = None,
) -> list[Forecast]:
    """One row per person or team with a quota or a deal in the period, by name. Four statements."""
    column = "owner_id" if by == "person" else "team_id"
    rows: dict[int | None, Forecast] = defaultdict(lambda: Forecast(None, ""))
    for found in (
        _deals(actor, days, currency, pipeline)
        .values(column, "status", "forecast")
        .annotate(amount=Sum("amount"), expected=Sum("expected"), count=Count("pk"))
    ):
        row = rows[found[column]]
        row.deals += found["count"]
        if found["status"] == "won":
            row.closed += found["amount"]
            row.weighted += found["amount"]
        elif found["forecast"] in ("commit", "best_case", "pipeline"):
            setattr(row, found["forecast"], getattr(row, found["forecast"]) + found["amount"])
            row.weighted += found["expected"]
    for whose, amount in quotas(actor, days, by, currency).items():
        rows[whose].quota = amount
    names = _names("user" if by == "person" else "team", [pk for pk in rows if pk is not None])
    for pk, row in rows.items():
        row.id, row.name = pk, names.get(pk, "—")
    return sorted(rows.values(), key=lambda row: (row.id is None, row.name.casefold()))


def total(rows: Iterable[Forecast]) -> Forecast:
    """The sum of some rows."""
    whole = Forecast(None, "")
    for row in rows:
        for name in ("quota", "closed", "commit", "best_case", "pipeline", "weighted", "deals"):
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
    return whole


def _deals(actor: Actor, days: Period, currency: str, pipeline: int | None) -> QuerySet[Opportunity]:
    moments = _moments(days)
    found = Opportunity.objects.filter(
        Q(status="won", closed_at__gte=moments.start, closed_at__lt=moments.end)
        | Q(status="open", close_date__gte=days.start, close_date__lt=days.end),
        visible(actor, "opportunity"),
        currency=currency,
    )
    return (found.filter(pipeline=pipeline) if pipeline else found).order_by()


def _moments(days: Period) -> Interval:
    return interval(days, ZoneInfo(timezone.get_current_timezone_name()))


def _names(module: str, ids: Iterable[int]) -> dict[int | None, str]:
    return {one.pk: str(one) for one in get(module).model._default_manager.filter(pk__in=ids)}


def quotas(actor: Actor, days: Period, by: Literal["person", "team"], currency: str = EURO) -> dict[int, Decimal]:
    """The quota of each person or team for a period: of quotas that overlap, the longest counts."""
    column = "salesperson_id" if by == "person" else "sales_team_id"
    found = Quota.objects.filter(
        visible(actor, "quota"),
        **{f"{column}__isnull": False},
        currency=currency,
        start__gte=days.start,
        end__lte=days.end,
    )
    counted: defaultdict[int, list[Quota]] = defaultdict(list)
    for quota in sorted(found, key=lambda q: (q.start - q.end, q.start)):
        taken = counted[getattr(quota, column)]
        if not any(one.start < quota.end and quota.start < one.end for one in taken):
            taken.append(quota)
    return {whose: sum((quota.amount for quota in taken), ZERO) for whose, taken in counted.items()}


@dataclass(frozen=True)
class StageTotal:
    """The deals of one stage."""

    stage: Stage
    count: int
    amount: Decimal
    expected: Decimal


def pipeline_totals(actor: Actor, pipeline: int, *, mine: bool = False, currency: str = EURO) -> list[StageTotal]:
    """Count, amount and expected value of every stage of a pipeline, in order; `mine` counts the actor's own."""
    deals = Opportunity.objects.filter(visible(actor, "opportunity"), stage__pipeline=pipeline, currency=currency)
    if mine:
        deals = deals.filter(owner=actor.id)
    found = {
        row["stage_id"]: row
        for row in deals.order_by()
        .values("stage_id")
        .annotate(count=Count("pk"), amount=Sum("amount"), expected=Sum("expected"))
    }
    none = {"count": 0, "amount": ZERO, "expected": ZERO}
    stages = Stage.objects.filter(Q(active=True) | Q(pk__in=found), pipeline=pipeline).order_by("position", "pk")
    return [
        StageTotal(stage, row["count"], row["amount"], row["expected"])
        for stage in stages
        for row in [found.get(stage.pk, none)]
    ]


def stale(actor: Actor, *, mine: bool = False, now: dt.datetime | None = None) -> QuerySet[Opportunity]:
    """Open deals that stood still for too long, the longest first."""
    found = Opportunity.objects.filter(
        visible(actor, "opportunity"), status="open", stale_at__lte=now or timezone.now()
    )
    return (found.filter(owner=actor.id) if mine else found).order_by("stale_at", "pk")


@dataclass(frozen=True)
class Month:
    """What was won in a month that begins on `start`."""

    start: dt.date
    amount: Decimal
    deals: int


def won_by_month(
    actor: Actor, months: int = HISTORY, *, mine: bool = False, today: dt.date | None = None, currency: str = EURO
) -> list[Month]:
    """The last `months` months, this one last; months without a sale too."""
    today = today or timezone.localdate()
    starts = [period("month", today, offset).start for offset in range(1 - months, 1)]
    moments = _moments(Period(starts[0], period("month", today).end))
    found = Opportunity.objects.filter(
        visible(actor, "opportunity"),
        status="won",
        currency=currency,
        closed_at__gte=moments.start,
        closed_at__lt=moments.end,
    )
    if mine:
        found = found.filter(owner=actor.id)
    sums = {
        timezone.localdate(row["month"]): row
        for row in found.order_by()
        .annotate(month=TruncMonth("closed_at"))
        .values("month")
        .annotate(amount=Sum("amount"), deals=Count("pk"))
    }
    none = {"amount": ZERO, "deals": 0}
    return [Month(start, row["amount"], row["deals"]) for start in starts for row in [sums.get(start, none)]]


def win_rate(actor: Actor, days: Period, *, mine: bool = False) -> Decimal | None:
    """Won in percent of the deals closed in a period; None when none was."""
    moments = _moments(days)
    found = Opportunity.objects.filter(
        visible(actor, "opportunity"),
        status__in=("won", "lost"),
        closed_at__gte=moments.start,
        closed_at__lt=moments.end,
    )
    if mine:
        found = found.filter(owner=actor.id)
    counts = found.aggregate(won=Count("pk", filter=Q(status="won")), all=Count("pk"))
    return (Decimal(counts["won"]) * 100 / counts["all"]).quantize(Decimal("0.1")) if counts["all"] else None


def lost_reasons(actor: Actor, days: Period, *, mine: bool = False) -> dict[str, int]:
    """How many deals of a period were lost why, the most frequent first."""
    moments = _moments(days)
    found = Opportunity.objects.filter(
        visible(actor, "opportunity"), status="lost", closed_at__gte=moments.start, closed_at__lt=moments.end
    )
    if mine:
        found = found.filter(owner=actor.id)
    counted = found.order_by().values_list("lost_reason").annotate(count=Count("pk")).order_by("-count", "lost_reason")
    return dict(counted)


def to_approve(actor: Actor) -> QuerySet[Quote]:
    """Quotes that wait for an approval the actor may give."""
    return Quote.objects.filter(
        visible(actor, "quote", "edit"), status="pending", highest_discount__lte=limit_of(actor)
    ).order_by("updated_at", "pk")


@dataclass(frozen=True)
class Home:
    """What a salesperson sees first; `mine` figures are the actor's own, else all that the actor may see."""

    month: Period
    closed: Decimal
    quota: Decimal
    open_amount: Decimal
    weighted: Decimal
    open_deals: int
    win_rate: Decimal | None
    stages: list[StageTotal]
    months: list[Month]
    stale: list[Opportunity]
    closing: list[Opportunity]
    to_approve: list[Quote]
    overdue: Decimal
    overdue_count: int
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def attainment(self) -> Decimal | None:
        return (self.closed * 100 / self.quota).quantize(Decimal("0.1")) if self.quota else None


def home(actor: Actor, pipeline: int, *, mine: bool = True, today: dt.date | None = None) -> Home:
    """The figures of the sales home page in euro, in a fixed number of statements."""
    today = today or timezone.localdate()
    month = period("month", today)
    months = won_by_month(actor, mine=mine, today=today)
    deals = Opportunity.objects.filter(visible(actor, "opportunity"), status="open", currency=EURO)
    late: Any = Invoice.objects.filter(visible(actor, "invoice"), status="overdue", currency=EURO)
    if mine:
        deals, late = deals.filter(owner=actor.id), late.filter(owner=actor.id)
    sums = deals.aggregate(amount=Sum("amount"), weighted=Sum("expected"), deals=Count("pk"))
    owed = late.aggregate(amount=Sum("open_amount"), count=Count("pk"))
    by_person = quotas(actor, month, "person")
    year = Period(period("month", today, 1 - HISTORY).start, month.end)
    return Home(
        month=month,
        closed=months[-1].amount,
        quota=by_person.get(actor.id or 0, ZERO) if mine else sum(by_person.values(), ZERO),
        open_amount=sums["amount"] or ZERO,
        weighted=sums["weighted"] or ZERO,
        open_deals=sums["deals"],
        win_rate=win_rate(actor, year, mine=mine),
        stages=[total for total in pipeline_totals(actor, pipeline, mine=mine) if total.stage.kind == "open"],
        months=months,
        stale=list(stale(actor, mine=mine)[:SHORT]),
        closing=list(
            deals.filter(close_date__lt=month.end).order_by("close_date", "pk").select_related("organisation")[:SHORT]
        ),
        to_approve=list(to_approve(actor)[:SHORT]),
        overdue=owed["amount"] or ZERO,
        overdue_count=owed["count"],
        lost=lost_reasons(actor, year, mine=mine),
    )
