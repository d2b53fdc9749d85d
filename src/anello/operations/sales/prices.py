"""Which price holds for which customer."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from anello.core.modules import get
from anello.kit.pricing import Tier, price_for
from anello.operations.sales.models import Price, PriceList, Product


@dataclass(frozen=True)
class Buyer:
    """For whom, in which currency and when; `price_list` puts one list before all others."""

    currency: str
    date: dt.date
    person: int | None = None
    organisation: int | None = None
    price_list: int | None = None


def price_lists(buyer: Buyer) -> list[PriceList]:
    """The lists valid for the buyer, the one that counts most first: chosen, own, by tag, everybody's; by priority."""
    tags = _tags(buyer)
    whose = Q(pk=buyer.price_list) | Q(is_default=True)
    if buyer.organisation:
        whose |= Q(organisation_id=buyer.organisation)
    if buyer.person:
        whose |= Q(person_id=buyer.person)
    if tags:
        whose |= Q(segment__in=tags)
    found = PriceList.objects.filter(
        whose,
        Q(valid_from=None) | Q(valid_from__lte=buyer.date),
        Q(valid_to=None) | Q(valid_to__gte=buyer.date),
        active=True,
        currency=buyer.currency,
    )

    def rank(one: PriceList) -> tuple[int, int, int]:
        own = (buyer.organisation, buyer.person)
        if one.pk == buyer.price_list:
            place = 0
        elif (one.organisation_id and one.organisation_id == own[0]) or (one.person_id and one.person_id == own[1]):
            place = 1
        elif one.segment in tags:
            place = 2
        else:
            place = 3
        return place, -one.priority, one.pk

    return sorted(found, key=rank)


def _tags(buyer: Buyer) -> set[str]:
    tags: set[str] = set()
    for module, pk in (("organisation", buyer.organisation), ("person", buyer.person)):
        if pk:
            for found in get(module).model._default_manager.filter(pk=pk).values_list("tags", flat=True):
                tags.update(found)
    return tags


def prices(buyer: Buyer, wanted: Iterable[tuple[int, Decimal]]) -> dict[tuple[int, Decimal], Decimal | None]:
    """The unit price of each (product, quantity): of the first list that has one, else the product's base price.

    None when nothing is priced in the buyer's currency. At most five statements whatever the number.
    """
    wanted = set(wanted)
    products = {product for product, _ in wanted}
    order = {one.pk: place for place, one in enumerate(price_lists(buyer))}
    tiers: defaultdict[tuple[int, int], list[Tier]] = defaultdict(list)
    for price in Price.objects.filter(price_list__in=order, product__in=products):
        tiers[price.product_id, order[price.price_list_id]].append(Tier(price.minimum, price.price))
    base = dict(Product.everything.filter(pk__in=products, currency=buyer.currency).values_list("pk", "price"))
    found: dict[tuple[int, Decimal], Decimal | None] = {}
    for product, quantity in wanted:
        offers = (price_for(quantity, tiers[product, place]) for place in order.values() if (product, place) in tiers)
        found[product, quantity] = next((offer for offer in offers if offer is not None), base.get(product))
    return found
