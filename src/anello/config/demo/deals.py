"""Leads, opportunities, quotes, orders and invoices, as they come and go through the year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from anello.config.demo import texts
from anello.config.demo.catalogue import MAINTENANCE
from anello.config.demo.identity import CITIES, landline
from anello.config.demo.market import Customer, Market, staff, talk
from anello.config.demo.story import Thread
from anello.core.modules import get

SKILL = {"carla": 0.62, "laura": 0.5, "nicola": 0.38, "olga": 0.45, "dario": 0.55, "paolo": 0.36, "rita": 0.48}
"""How often a salesperson wins."""
NEW, NEED, PROPOSAL, NEGOTIATION = range(4)
"""Open stages of the first pipeline in order."""


class Desk:
    """What a salesperson sells with: the market, the products, stages and competitors."""

    def __init__(self, market: Market, products: dict[str, Any]) -> None:
        self.market, self.story, self.products = market, market.story, products
        self.goods = [p for p in products.values() if p.category.name != "Servizi"]
        self.delivery = products["Trasporto e consegna al piano"]
        stages: Any = get("stage").model._default_manager.order_by("pipeline__position", "position")
        self.sales, self.renewals = ([s for s in stages if s.pipeline.position == place] for place in (0, 1))
        self.competitors = list(get("competitor").model._default_manager.order_by("pk"))
        self.names = {user.pk: name for name, user in self.story.people.items()}

    def fresh(self, record: Any) -> Any:
        return type(record)._default_manager.get(pk=record.pk)

    def basket(self, size: float) -> list[dict[str, Any]]:
        """Products worth about `size` euro: a few kinds, in the quantities that offices need."""
        chance, kinds = self.story.chance, self.story.chance.randint(2, 5)
        rows = []
        for product in chance.sample(self.goods, k=kinds):
            quantity = max(1, round(size / kinds / float(product.price)))
            rows.append({"product": product.pk, "quantity": min(quantity, 120)})
        return [*rows, {"product": self.delivery.pk, "quantity": 1}]


def lead(desk: Desk) -> Thread:
    """Somebody asks; the rules find a salesperson, who calls, and converts or discards."""
    story, chance, market = desk.story, desk.story.chance, desk.market
    city, trade = chance.choice(CITIES), market.trade()
    company, domain = market.organisation_name(trade)
    who = market.person(city, domain, trade)
    value = round(chance.lognormvariate(9.4, 0.6), -2)
    source = market.acquisition()
    made = story.act(None, "lead.create", {
        **{k: who[k] for k in ("first_name", "last_name", "email", "mobile", "job_title")},
        "company": company, "industry": trade.industry, "city": city.name, "province": city.province,
        "source": source["source"], "source_detail": source["source_detail"] or source["campaign"],
        "value": value, "score": chance.randint(15, 95), "message": chance.choice(texts.REQUESTS),
        "phone": landline(chance, city), "tags": chance.sample(texts.TAGS, k=chance.choice((0, 0, 1))),
    })  # fmt: skip
    seller = desk.names[desk.fresh(made).owner_id]
    yield chance.uniform(0.1, 3)
    story.act(seller, "lead.update", {"status": "working"}, made)
    call: dict[str, Any] = {"kind": "call", "subject": f"Primo contatto con {company}", "about": f"lead:{made.pk}"}
    call |= {"direction": "outbound", "start_at": story.now, "status": "held", "outcome": chance.choice(texts.OUTCOMES)}
    story.act(seller, "activity.create", call)
    yield chance.uniform(1, 12)
    if chance.random() < 0.3:
        story.act(seller, "lead.update", {"status": "lost", "notes": "Cercavano solo un'indicazione di prezzo."}, made)
        return
    story.act(
        seller, "lead.update", {"status": "qualified", "notes": "Budget confermato, decisione entro l'anno."}, made
    )
    yield chance.uniform(1, 9)
    if chance.random() < 0.12:
        return
    close = story.today + dt.timedelta(days=chance.randint(30, 80))
    name = f"{chance.choice(texts.PROJECTS)} {company.split()[0]}"
    done = story.act(seller, "lead.convert", {"close_date": close, "name": name, "reuse": False}, made)
    customer = Customer(seller, done.organisation, [done.person], trade)
    yield chance.uniform(0.2, 2)
    known = market.company(trade, city, company, domain)
    wanted = ("employees", "revenue", "vat", "phone", "website", "street", "postal_code", "tags", "email")
    story.act(seller, "organisation.update", {k: known[k] for k in wanted}, customer.organisation)
    customer.organisation = desk.fresh(customer.organisation)
    customer.people += staff(market, customer, chance.randint(0, 3))
    market.settle(customer)
    yield from negotiate(desk, customer, done.opportunity, value)


def sale(desk: Desk, seller: str, *, size: float = 1.0, stop: str = "") -> Thread:
    """A customer who is known already wants something new."""
    story, chance = desk.story, desk.story.chance
    known = desk.market.of(seller)
    if not known:  # in a very small company
        return
    customer = chance.choice(known)
    value = round(chance.lognormvariate(9.6, 0.55) * size, -2)
    project = chance.choice(texts.BODY_PROJECTS if customer.public else texts.PROJECTS)
    made = story.act(seller, "opportunity.create", {
        "name": f"{project} {customer.name}"[:200], "amount": value, **customer.link(story),
        "close_date": story.today + dt.timedelta(days=chance.randint(25, 75)),
        "source": chance.choice(("call", "referral", "campaign", "web")),
        "next_step": chance.choice(texts.STEPS), "tags": chance.sample(texts.TAGS, k=chance.choice((0, 0, 1))),
    })  # fmt: skip
    yield from negotiate(desk, customer, made, value, stop)


def negotiate(desk: Desk, customer: Customer, deal: Any, value: float, stop: str = "") -> Thread:
    """Stage by stage to a yes or a no; `stop` leaves it at: new, need, proposal, draft, pending, sent, negotiation."""
    story, chance, who = desk.story, desk.story.chance, customer.seller
    if stop == "new":
        return
    links = customer.link(story)
    yield chance.uniform(2, 9)
    talk(story, who, links, "phone")
    story.act(who, "opportunity.move", {"stage": desk.sales[NEED].pk}, deal)
    if stop == "need":
        return
    yield chance.uniform(3, 14)
    talk(story, who, links, "visit")
    if chance.random() < 0.45:
        rival = chance.choice(desk.competitors).pk
        story.act(who, "opportunity.update", {"competitor": rival, "next_step": chance.choice(texts.STEPS)}, deal)
    story.act(who, "opportunity_line.create", [{"opportunity": deal.pk, **row} for row in desk.basket(value)])
    story.act(who, "opportunity.move", {"stage": desk.sales[PROPOSAL].pk}, deal)
    if stop == "proposal":
        return
    if not stop and chance.random() < 0.14:
        yield from give_up(desk, who, deal)
        return
    yield chance.uniform(1, 5)
    terms = {"valid_until": story.today + dt.timedelta(days=45)}
    quote = story.act(who, "quote.from_opportunity", terms, deal)
    discount = 15 if stop == "pending" else chance.choice((0, 0, 0, 3, 5, 8, 10, 12, 16))
    conditions = {"discount": discount, "payment_terms": "Bonifico a 30 giorni data fattura"}
    story.act(who, "quote.update", conditions, quote)
    if stop == "draft":
        return
    yield dt.timedelta(minutes=chance.randint(20, 200))
    yield from approve(desk, who, quote, keep=stop == "pending")
    if stop == "pending":
        return
    story.act(who, "quote.send", None, quote)
    talk(story, who, links, "email")
    if stop == "sent":
        return
    if not stop and chance.random() < 0.06:
        yield from give_up(desk, who, deal)
        return
    yield chance.uniform(2, 12)
    story.act(who, "opportunity.move", {"stage": desk.sales[NEGOTIATION].pk}, deal)
    talk(story, who, links)
    if stop == "negotiation":
        return
    if chance.random() < 0.3:
        quote = story.act(who, "quote.new_version", None, quote)
        allowed = {"discount": min(discount + 3, 10), "valid_until": story.today + dt.timedelta(days=40)}
        story.act(who, "quote.update", allowed, quote)
        yield dt.timedelta(minutes=chance.randint(30, 240))
        yield from approve(desk, who, quote)
        story.act(who, "quote.send", None, quote)
    yield chance.uniform(3, 24)
    if chance.random() < SKILL[who]:
        yield from win(desk, customer, deal, quote)
    else:
        story.act(who, "quote.decline", {"reason": "Hanno scelto un'altra soluzione."}, quote)
        yield dt.timedelta(minutes=chance.randint(1, 30))
        lose(desk, who, deal)


def approve(desk: Desk, who: str, quote: Any, *, keep: bool = False) -> Thread:
    """A discount that is too high goes to Bruno; `keep` leaves it with him."""
    story, chance = desk.story, desk.story.chance
    if desk.fresh(quote).highest_discount <= 10:
        return
    story.act(who, "quote.request_approval", None, quote)
    if keep:
        return
    yield chance.uniform(0.3, 2)
    note = chance.choice(("Va bene, cliente importante.", "Approvato, ma è l'ultimo ritocco.", "Ok per le quantità."))
    story.act("bruno", "quote.approve", {"note": note}, quote)
    yield dt.timedelta(minutes=chance.randint(15, 300))


def give_up(desk: Desk, who: str, deal: Any) -> Thread:
    """Nothing moves for weeks: the opportunity goes stale, and one day it is closed."""
    yield desk.story.chance.uniform(48, 80)
    lose(desk, who, deal, "no_answer")


def lose(desk: Desk, who: str, deal: Any, reason: str = "") -> None:
    deal = desk.fresh(deal)
    reason = reason or desk.story.chance.choices(list(texts.LOST), [30, 25, 15, 12, 8, 10])[0]
    if reason == "competitor" and deal.competitor_id is None:
        reason = "price"
    desk.story.act(who, "opportunity.lose", {"lost_reason": reason, "lost_detail": texts.LOST[reason]}, deal)


def win(desk: Desk, customer: Customer, deal: Any, quote: Any) -> Thread:
    """Yes: accepted, ordered, delivered, invoiced, paid (not always in time)."""
    story, chance, who = desk.story, desk.story.chance, customer.seller
    story.act(who, "quote.accept", None, quote)
    story.act(who, "opportunity.win", None, deal)
    yield dt.timedelta(minutes=chance.randint(5, 90))
    order = story.act(who, "order.from_quote", None, quote)
    delivery = story.today + dt.timedelta(days=chance.randint(20, 40))
    story.act(who, "order.update", {"delivery_date": delivery, "reference": f"OdA {chance.randint(100, 999)}"}, order)
    yield chance.uniform(0.2, 3)
    story.act(who, "order.confirm", None, order)
    yield from deliver(desk, who, order)


def deliver(desk: Desk, who: str, order: Any) -> Thread:
    story, chance = desk.story, desk.story.chance
    yield chance.uniform(15, 38)
    story.act(who, "order.fulfil", None, order)
    yield chance.uniform(0.1, 2)
    invoice = story.act(who, "invoice.from_order", None, order)
    yield chance.uniform(0.1, 1.5)
    story.act(who, "invoice.issue", {}, invoice)
    yield chance.choices([chance.uniform(10, 29), chance.uniform(31, 70), 400], [70, 24, 6])[0]
    if chance.random() < 0.08:
        story.act(who, "invoice.pay", {"amount": (desk.fresh(invoice).total / 2).quantize(Decimal("0.01"))}, invoice)
        yield chance.uniform(15, 40)
    story.act(who, "invoice.pay", {}, invoice)


def renewal(desk: Desk, seller: str) -> Thread:
    """The yearly maintenance of a customer's furniture."""
    story, chance = desk.story, desk.story.chance
    known = desk.market.of(seller)
    if not known:  # in a very small company
        return
    customer = chance.choice(known)
    product = desk.products[chance.choice(MAINTENANCE)]
    deal = story.act(seller, "opportunity.create", {
        "name": f"Rinnovo manutenzione {customer.name}"[:200], "pipeline": desk.renewals[0].pipeline_id,
        **customer.link(story), "close_date": story.today + dt.timedelta(days=30), "source": "call",
    })  # fmt: skip
    line = {"opportunity": deal.pk, "product": product.pk, "quantity": chance.randint(1, 4)}
    story.act(seller, "opportunity_line.create", line)
    yield chance.uniform(5, 25)
    talk(story, seller, customer.link(story), "phone")
    story.act(seller, "opportunity.move", {"stage": desk.renewals[1].pk}, deal)
    yield chance.uniform(5, 30)
    if chance.random() < 0.8:
        story.act(seller, "opportunity.win", None, deal)
    else:
        lose(desk, seller, deal, "no_budget")
