"""The showrooms: private customers who buy, come back and stay away as people do; the tills tell it week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anello.config.demo import identity
from anello.config.demo.deals import Desk
from anello.config.demo.story import Thread
from anello.core.actions import Context, writing
from anello.core.actions.engine import update
from anello.core.modules import get

SHOPPERS, FEWEST = 450, 280
"""How many there are; of fewer than the second, no turn would tell anything."""
BEFORE = 480
"""Days before the story that the till's books reach back."""
RECEIPTS = dt.timedelta(days=200)
"""How far back the till knows what was bought, piece by piece."""
PACE = (1.2, 0.1)
"""Purchases a week while somebody is a customer: gamma, shape and scale."""
LEAVING = (0.9, 3.0)
"""The chance of staying away for good after a purchase: beta."""
AGREE = {"email": 0.8, "phone": 0.72}
"""How many allow to be written to, or called."""
DEAREST = 1500
"""What costs more, nobody carries home."""


@dataclass(eq=False)
class Shopper:
    """A private customer and the days on which they buy, as far as the story goes."""

    days: list[dt.date]
    person: Any = None

    def answer(self, since: dt.date, days: int, bought: dt.date | None) -> None:
        """For so many days the customer buys on the day given, or not at all, whatever they would have done."""
        until = since + dt.timedelta(days=days)
        kept = [day for day in self.days if not since <= day <= until]
        self.days = sorted([*kept, *([bought] if bought else [])])


class Showroom:
    """All shoppers, and the till."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk, self.story = desk, desk.story
        self.goods = [p for p in desk.goods if p.price < DEAREST]
        self.shoppers = [Shopper(self._days()) for _ in range(number)]
        self.known: dict[int, Shopper] = {}
        """{person: shopper} of those who have bought."""

    def _days(self) -> list[dt.date]:
        chance, last = self.story.chance, self.story.end.date()
        pace, leaving = chance.gammavariate(*PACE), chance.betavariate(*LEAVING)
        first = chance.randrange((self.story.end - self.story.start).days + BEFORE - 7)
        days = [self.story.start.date() - dt.timedelta(days=BEFORE - first)]
        while chance.random() > leaving and pace > 0.002:
            following = days[-1] + dt.timedelta(days=1 + round(7 * chance.expovariate(pace)))
            if following > last:
                break
            days.append(following)
        return days

    def open(self) -> Thread:
        """The books of the years before, then what the tills took, week after week."""
        first = self.story.today - dt.timedelta(days=1)
        self._enter([s for s in self.shoppers if s.days[0] <= first])
        self._book([(s, day) for s in self.known.values() for day in s.days if day <= first])
        while True:
            yield dt.timedelta(days=7)
            since, until = first, self.story.today - dt.timedelta(days=1)
            came = [s for s in self.shoppers if any(since < day <= until for day in s.days)]
            self._enter([s for s in came if s.person is None])
            take = self._sell if self.story.end - self.story.now < RECEIPTS else self._book
            take([(s, day) for s in came for day in s.days if since < day <= until])
            first = until

    def _enter(self, some: list[Shopper]) -> None:
        """New customers, with what they allowed at the till."""
        if not some:
            return
        market, chance = self.desk.market, self.story.chance
        rows = []
        for shopper in some:
            city = chance.choice(identity.CITIES)
            asked = dt.datetime.combine(shopper.days[0], dt.time(10), self.story.now.tzinfo)
            owner = self.story.id(market.seller(city))
            rows.append({**market.person(city), "owner": owner, "first_contact_at": asked, "tags": ["showroom"]})
        people = self.story.act(None, "person.create", rows)
        said = []
        for shopper, person in zip(some, people, strict=True):
            shopper.person, self.known[person.pk] = person, shopper
            given = [purpose for purpose, share in AGREE.items() if chance.random() < share]
            form = {"person": person.pk, "source": "form", "at": self.story.now, "proof": "Modulo in cassa"}
            said += [{**form, "purpose": purpose, "status": "given"} for purpose in given]
        self.story.act(None, "consent.create", said)

    def _orders(self, bought: Iterable[tuple[Shopper, dt.date]], **values: Any) -> list[dict[str, Any]]:
        rows = []
        for shopper, day in sorted(bought, key=lambda one: one[1]):
            rows.append({"person": shopper.person.pk, "owner": shopper.person.owner_id, "date": day, **values})
        return rows

    def _book(self, bought: list[tuple[Shopper, dt.date]]) -> None:
        """Purchases of long ago: the sum on the receipt is all that was kept."""
        if not bought:
            return
        rows = self._orders(bought, status="fulfilled")
        for row in rows:
            row["total"] = Decimal(round(self.story.chance.lognormvariate(5.7, 0.6), 2)).quantize(Decimal("0.01"))
        self.story.act(None, "order.create", rows)

    def _sell(self, bought: list[tuple[Shopper, dt.date]]) -> None:
        """What the till took this week, piece by piece."""
        if not bought:
            return
        chance = self.story.chance
        orders = self.story.act(None, "order.create", self._orders(bought))
        lines = [
            {"order": order.pk, "product": product.pk, "quantity": chance.choice((1, 1, 1, 2))}
            for order in orders
            for product in chance.sample(self.goods, chance.randint(1, 3))
        ]
        self.story.act(None, "order_line.create", lines)
        ctx, module = Context(via="system", now=self.story.now), get("order")
        sold = list(module.model._default_manager.filter(pk__in=[order.pk for order in orders]).order_by("pk"))
        with writing(ctx):
            for status in ("confirmed", "fulfilled"):
                update(ctx, module, [(order, {"status": status}) for order in sold], verb="put")
