"""What sales says about a customer on the customer's page; amounts in euro, as far as the reader may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils import timezone

from anello.core.modules import get
from anello.core.policies import Actor, readable, visible
from anello.customers.figures import figure
from anello.kit.money import EURO
from anello.kit.text import L
from anello.operations.sales.models import Opportunity, Order

YEAR = dt.timedelta(days=365)
BOUGHT = ("confirmed", "fulfilled")
"""States of an order that count as bought."""


@figure("open_value", L("Opportunità aperte", "Open opportunities"), kind="money", order=20)
def open_value(actor: Actor, module: str, ids: Sequence[int]) -> Mapping[int, Decimal]:
    """The sum of the customer's open opportunities."""
    return _sums(Opportunity.objects.filter(status="open"), actor, "opportunity", "amount", module, ids)


@figure("ordered_year", L("Ordini in 12 mesi", "Ordered in 12 months"), kind="money", order=30)
def ordered_year(actor: Actor, module: str, ids: Sequence[int]) -> Mapping[int, Decimal]:
    """What the customer ordered in the last 365 days, taxes included."""
    since = timezone.localdate() - YEAR
    return _sums(Order.objects.filter(status__in=BOUGHT, date__gt=since), actor, "order", "total", module, ids)


def _sums(
    found: QuerySet[Opportunity] | QuerySet[Order], actor: Actor, name: str, field: str, module: str, ids: Sequence[int]
) -> dict[int, Decimal]:
    """{customer: sum of the field}; nothing for those who may not see the field."""
    if field not in {f.name for f in readable(actor, get(name))}:
        return {}
    of = found.filter(visible(actor, name), **{f"{module}__in": ids}, currency=EURO).order_by()
    return dict(of.values_list(f"{module}_id").annotate(Sum(field)))
