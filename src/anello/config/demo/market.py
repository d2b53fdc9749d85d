"""The company's customers: organisations with the people who work there, private people, and what is said with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from anello.config.demo import identity, texts
from anello.config.demo.identity import CITIES, City, Trade
from anello.config.demo.story import Story, Thread

NORTH = {"carla": 9, "laura": 6, "nicola": 5, "olga": 4}
SOUTH = {"dario": 7, "paolo": 5, "rita": 4}
SELLERS = NORTH | SOUTH
"""{salesperson: share of the customers}."""
LOOKALIKE = 0.35
"""The invented words in names of organisations are less alike than this: duplicates are made on purpose."""


@dataclass
class Customer:
    """An organisation or a private person, its people, and who looks after it."""

    seller: str
    organisation: Any = None
    people: list[Any] = field(default_factory=list)
    trade: Trade | None = None

    @property
    def name(self) -> str:
        return self.organisation.name if self.organisation else self.people[0].title

    @property
    def public(self) -> bool:
        return self.trade is not None and self.trade.industry == "public"

    def link(self, story: Story) -> dict[str, int | None]:
        """Values of the links `organisation` and `person`: somebody there."""
        return {
            "organisation": self.organisation.pk if self.organisation else None,
            "person": story.chance.choice(self.people).pk if self.people else None,
        }


class Market:
    """All customers so far, and names that nobody has yet."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.customers: list[Customer] = []
        self._taken: set[str] = set()
        self._words: list[str] = []

    def of(self, seller: str) -> list[Customer]:
        """The organisations that a salesperson looks after."""
        return [c for c in self.customers if c.seller == seller and c.organisation]

    def seller(self, city: City) -> str:
        shares = NORTH if city.north else SOUTH
        return self.story.chance.choices(list(shares), list(shares.values()))[0]

    def trade(self) -> Trade:
        return self.story.chance.choices(identity.TRADES, identity.WEIGHTS)[0]

    def organisation_name(self, trade: Trade) -> tuple[str, str]:
        """A name that no other one resembles, and an Internet domain that goes with it."""
        chance = self.story.chance
        while True:
            word = identity.body_place(chance) if trade.industry == "public" else identity.invented(chance)
            if all(identity.alike(word, other) < LOOKALIKE for other in self._words):
                self._words.append(word)
                return chance.choice(trade.names).format(word), f"{identity.slug(word)}.example"

    def person(self, city: City, domain: str | None = None, trade: Trade | None = None) -> dict[str, Any]:
        """Values of a new person; with a domain somebody at work, else a private one."""
        chance = self.story.chance
        while True:
            woman = chance.random() < 0.5
            first, last = chance.choice(identity.WOMEN if woman else identity.MEN), chance.choice(identity.SURNAMES)
            if f"{first} {last}" not in self._taken:
                self._taken.add(f"{first} {last}")
                break
        local = identity.slug(first).replace("-", "") + "." + identity.slug(last).replace("-", "")
        values: dict[str, Any] = {"first_name": first, "last_name": last, "mobile": identity.mobile(chance)}
        if domain and trade:
            return values | {"email": f"{local}@{domain}", "job_title": chance.choice(trade.jobs)}
        born = dt.date(1950, 1, 1) + dt.timedelta(days=chance.randrange(55 * 365))
        code = identity.tax_code(first, last, born, woman=woman, place=chance.choice(CITIES))
        return values | {
            "email": f"{local}{born:%y}@posta.example",
            "birth_date": born,
            "tax_code": code,
            **self.address(city),
            **self.acquisition(),
        }

    def address(self, city: City) -> dict[str, Any]:
        return {
            "street": f"{self.story.chance.choice(identity.STREETS)}, {self.story.chance.randint(1, 140)}",
            "postal_code": city.postal_code,
            "city": city.name,
            "province": city.province,
        }

    def acquisition(self) -> dict[str, Any]:
        """How a customer was won."""
        chance = self.story.chance
        source = chance.choices(["web", "referral", "fair", "campaign", "call", "partner"], [30, 25, 14, 14, 10, 7])[0]
        detail = {"referral": "Cliente di lunga data", "fair": "Fiera Workspace", "partner": "Studio di architettura"}
        return {
            "source": source,
            "source_detail": detail.get(source, ""),
            "campaign": chance.choice(texts.CAMPAIGNS) if source == "campaign" else "",
            "first_contact_at": self.story.now,
        }

    def company(self, trade: Trade, city: City, name: str, domain: str) -> dict[str, Any]:
        """Values of a new organisation."""
        chance = self.story.chance
        employees = int(chance.triangular(trade.staff[0], trade.staff[1], trade.staff[0] * 1.6))
        public = trade.industry == "public"
        tags = chance.sample(texts.TAGS, k=chance.choice((0, 0, 1, 1, 2)))
        return {
            "name": name,
            "industry": trade.industry,
            "employees": employees,
            "revenue": None if public else employees * chance.randint(70, 260) * 1000,
            "vat": identity.vat_number(chance),
            "phone": identity.landline(chance, city),
            "email": f"{'protocollo' if public else 'info'}@{domain}",
            "website": f"https://www.{domain}",
            "key_account": employees > 450,
            "tags": ["ente pubblico", *tags] if public else tags,
            **self.address(city),
            **self.acquisition(),
        }

    def settle(self, customer: Customer) -> None:
        """Remember a customer, whose life with the company begins."""
        self.customers.append(customer)
        self.story.begin(contacts(self, customer), self.story.now + dt.timedelta(days=1))


def organisation(market: Market, known_for: dt.timedelta = dt.timedelta(0)) -> Thread:
    """A salesperson enters an organisation and its people; the rest becomes known later."""
    story, chance = market.story, market.story.chance
    city, trade = chance.choice(CITIES), market.trade()
    seller = market.seller(city)
    values = market.company(trade, city, *market.organisation_name(trade))
    values["first_contact_at"] = story.now - known_for
    made = story.act(seller, "organisation.create", values)
    if known_for:
        phase = chance.choices(["first_time", "renewal", "loyal", "churn"], [3, 4, 3, 1])[0]
        story.act(None, "order.create", list(past_orders(market, made, phase)))
    customer = Customer(seller, made, trade=trade)
    customer.people = staff(market, customer, chance.randint(2, 6))
    market.settle(customer)
    yield chance.uniform(2, 25)
    yield from details(market, customer, city)


def past_orders(market: Market, made: Any, phase: str) -> Iterator[dict[str, Any]]:
    """What the organisation had ordered before it was entered, so that it is in that phase: sums only."""
    chance, story = market.story.chance, market.story
    number = {"first_time": 1, "renewal": chance.randint(2, 3), "loyal": chance.randint(4, 8), "churn": 2}[phase]
    ago = chance.uniform(430, 600) if phase == "churn" else chance.uniform(5, 250)
    for _ in range(number):
        total = Decimal(round(chance.lognormvariate(8.6, 0.7), 2)).quantize(Decimal("0.01"))
        day = story.today - dt.timedelta(days=ago)
        yield {"organisation": made.pk, "owner": made.owner_id, "date": day, "total": total, "status": "fulfilled"}
        ago += chance.uniform(40, 260)


def staff(market: Market, customer: Customer, number: int) -> list[Any]:
    """Some people who work for the customer."""
    assert customer.trade is not None
    made, city = customer.organisation, next(c for c in CITIES if c.name == customer.organisation.city)
    domain = made.email.partition("@")[2]
    rows = [
        market.person(city, domain, customer.trade)
        | {"organisation": made.pk, "city": made.city, "province": made.province, "source": made.source}
        for _ in range(number)
    ]
    people: list[Any] = market.story.act(customer.seller, "person.create", rows)
    return people


def details(market: Market, customer: Customer, city: City) -> Thread:
    """Further addresses and contact points, consents (some withdrawn later), relations."""
    story, chance, who = market.story, market.story.chance, customer.seller
    made, person = customer.organisation, customer.people[0]
    domain = made.email.partition("@")[2]
    if chance.random() < 0.5:
        kind, use = chance.choice((("billing", "billing"), ("support", "support")))
        address = "amministrazione" if kind == "billing" else "assistenza"
        point = {"organisation": made.pk, "kind": "email", "value": f"{address}@{domain}", "purpose": use}
        story.act(who, "contact_point.create", point)
    if chance.random() < 0.4:
        place = market.address(city)
        story.act(
            who, "address.create", {"organisation": made.pk, "kind": chance.choice(("branch", "shipping")), **place}
        )
    yield from consents(market, who, person)
    if len(customer.people) > 1 and chance.random() < 0.25:
        relation = {"person": customer.people[1].pk, "kind": "consults", "other_organisation": made.pk}
        story.act(who, "relation.create", {**relation, "since": story.today})
    others = [c for c in market.of(who) if c is not customer]
    if others and chance.random() < 0.3:
        kind = chance.choice(("supplies", "partner", "refers"))
        other = chance.choice(others).organisation
        story.act(who, "relation.create", {"organisation": made.pk, "kind": kind, "other_organisation": other.pk})


def consents(market: Market, who: str, person: Any) -> Thread:
    """What a person allowed, and sometimes takes back months later."""
    story, chance = market.story, market.story.chance
    source = chance.choice(("form", "meeting", "email", "paper"))
    said = {"person": person.pk, "source": source, "at": story.now, "proof": "Informativa versione 3"}
    rows = [{**said, "purpose": "email", "status": "given"}]
    if chance.random() < 0.6:
        rows.append({**said, "purpose": "phone", "status": chance.choice(("given", "given", "withdrawn"))})
    if chance.random() < 0.4:
        rows.append({**said, "purpose": "profiling", "status": chance.choice(("given", "withdrawn"))})
    story.act(who, "consent.create", rows)
    if chance.random() < 0.2:
        yield chance.uniform(60, 200)
        back = {"person": person.pk, "purpose": "email", "status": "withdrawn", "source": "email", "at": story.now}
        story.act(who, "consent.create", {**back, "proof": "Disiscrizione dalla newsletter"})


def private(market: Market) -> Thread:
    """A private person who asks the shop."""
    story, chance = market.story, market.story.chance
    who = chance.choices(["olga", "rita", "giulia", "elena", "carla"], [4, 4, 4, 2, 1])[0]
    person = story.act(who, "person.create", market.person(chance.choice(CITIES)))
    customer = Customer(who, people=[person])
    market.settle(customer)
    yield chance.uniform(1, 9)
    yield from consents(market, who, person)


def talk(story: Story, who: str, links: dict[str, Any], channel: str | None = None) -> None:
    """One thing said with a customer now."""
    chance = story.chance
    kind = channel or chance.choices(["phone", "email", "visit", "note", "chat"], [40, 34, 10, 12, 4])[0]
    choices = {"phone": texts.CALLS, "visit": texts.VISITS, "note": texts.NOTES}
    subject, body = chance.choice(choices.get(kind, texts.MAILS))
    values = {"channel": kind, "subject": subject, "body": body, "at": story.now, **links}
    values["direction"] = "internal" if kind == "note" else chance.choice(("in", "out"))
    if kind in ("phone", "visit"):
        values["minutes"] = chance.randint(2, 18) if kind == "phone" else chance.randint(30, 90)
    story.act(who, "interaction.create", values)


def contacts(market: Market, customer: Customer) -> Thread:
    """Being in touch, month after month."""
    pace = market.story.chance.uniform(45, 150)
    while True:
        yield market.story.chance.expovariate(1 / pace)
        talk(market.story, customer.seller, customer.link(market.story))
