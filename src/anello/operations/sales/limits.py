"""How much discount somebody may give without asking."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q

from anello.core.policies import Actor
from anello.operations.sales.models import DiscountLimit

EVERYTHING = Decimal(100)


def limit_of(actor: Actor) -> Decimal:
    """The largest discount (percent) that the actor's roles and teams allow; administrators may give any."""
    if actor.administrator:
        return EVERYTHING
    if actor.user is None or actor.user.team is None:
        teams: list[int] = []
    else:
        teams = [int(pk) for pk in actor.user.team.path.strip("/").split("/")]
    fits = DiscountLimit.objects.filter(
        Q(role=None) | Q(role__in=actor.roles), Q(sales_team=None) | Q(sales_team__in=teams)
    )
    return max(fits.values_list("max_discount", flat=True), default=Decimal(0))
