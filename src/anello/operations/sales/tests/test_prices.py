"""Which price holds for whom; what a document adds up to."""

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.policies import field_access
from anello.core.search import RecordQuery
from anello.operations.sales.prices import Buyer, prices

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


def price_list(house, name, *tiers, product, **values):
    made = run("price_list.create", {"name": name, **values}, house.ctx("bruno"))
    for minimum, price in tiers:
        run(
            "price.create",
            {"price_list": made.pk, "product": product.pk, "minimum": minimum, "price": price},
            house.ctx("bruno"),
        )
    return made


def price(product, quantity=1, **buyer):
    wanted = (product.pk, Decimal(quantity))
    return prices(Buyer(**{"currency": "EUR", "date": TODAY, **buyer}), [wanted])[wanted]


def test_the_customers_list_comes_before_the_tag_before_everybody(house, customer, drill):
    assert price(drill) == 100
    price_list(house, "Per tutti", (1, 90), product=drill, is_default=True)
    assert price(drill) == 90
    price_list(house, "Rivenditori", (1, 80), product=drill, segment="rivenditore")
    run("organisation.update", {"tags": ["rivenditore"]}, house.ctx("carla"), target=customer.pk)
    assert price(drill, organisation=customer.pk) == 80
    price_list(house, "Brambilla", (1, 70), product=drill, organisation=customer.pk)
    assert price(drill, organisation=customer.pk) == 70
    assert price(drill) == 90
    chosen = price_list(house, "Fiera", (1, 60), product=drill)
    assert price(drill, organisation=customer.pk, price_list=chosen.pk) == 60


def test_tiers_validity_currency_and_priority(house, drill):
    price_list(house, "Scaglioni", (10, 80), (100, 70), product=drill, is_default=True)
    assert [price(drill, n) for n in ("1", "9.999", "10", "99", "100")] == [100, 100, 80, 80, 70]
    price_list(
        house,
        "Promo",
        (1, 50),
        product=drill,
        is_default=True,
        priority=9,
        valid_from="2026-12-01",
        valid_to="2026-12-24",
    )
    days = (TODAY, dt.date(2026, 12, 1), dt.date(2026, 12, 24), dt.date(2026, 12, 25))
    assert [price(drill, 10, date=day) for day in days] == [80, 50, 50, 80]
    assert price(drill, currency="USD") is None
    price_list(house, "Dollari", (1, 120), product=drill, currency="USD", is_default=True)
    assert price(drill, currency="USD") == 120


def test_a_line_follows_the_list_until_somebody_writes_a_price(house, customer, drill):
    price_list(house, "Scaglioni", (10, 80), product=drill, is_default=True)
    quote = run("quote.create", {"organisation": customer.pk}, house.ctx("carla"))
    line = run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "quantity": 1}, house.ctx("carla"))
    assert line.unit_price == 100
    assert run("quote_line.update", {"quantity": 10}, house.ctx("carla"), target=line.pk).unit_price == 80
    run("quote_line.update", {"unit_price": "75"}, house.ctx("carla"), target=line.pk)
    kept = run("quote_line.update", {"quantity": 1}, house.ctx("carla"), target=line.pk)
    assert (kept.unit_price, kept.list_price) == (75, 100)


def test_documents_keep_one_currency(house, customer, drill):
    quote = run("quote.create", {"organisation": customer.pk, "currency": "USD"}, house.ctx("carla"))
    with pytest.raises(Invalid) as caught:
        run("quote_line.create", {"quote": quote.pk, "product": drill.pk}, house.ctx("carla"))
    assert set(caught.value.errors) == {"unit_price"}
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "unit_price": "9"}, house.ctx("carla"))
    with pytest.raises(Invalid) as caught:
        run("quote.update", {"currency": "EUR"}, house.ctx("carla"), target=quote.pk)
    assert set(caught.value.errors) == {"currency"}
    euro = price_list(house, "Euro", product=drill)
    with pytest.raises(Invalid) as caught:
        run("quote.update", {"price_list": euro.pk}, house.ctx("carla"), target=quote.pk)
    assert set(caught.value.errors) == {"price_list"}


def test_salespeople_do_not_see_cost_and_margin(house, customer, drill):
    assert str(drill.margin) == "40.00"
    for who, level in (("carla", "hidden"), ("bruno", "edit")):
        access = field_access(house.actor(who), get("product"))
        assert access["cost"] == level
        assert (access["margin"] == "hidden") == (level == "hidden")
    with pytest.raises(Invalid):
        RecordQuery(house.actor("carla"), get("product")).where({"field": "cost", "op": "lt", "value": 70})
    assert field_access(house.actor("carla"), get("quote_line"))["cost"] == "hidden"


def test_salespeople_read_the_catalogue_and_managers_write_it(house, drill):
    from anello.core.actions import Denied, NotFound

    with pytest.raises(Denied):
        run("product.update", {"price": "1"}, house.ctx("carla"), target=drill.pk)
    with pytest.raises(NotFound):
        run("product.update", {"price": "1"}, house.ctx("marta"), target=drill.pk)


amounts = st.decimals("0", "9999.99", places=2)
lines = st.lists(
    st.tuples(
        st.decimals("0.001", "999", places=3),
        amounts,
        st.decimals("0", "100", places=2),
        st.sampled_from(["22", "10", "4", "0"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=lines, discount=st.decimals("0", "100", places=2))
def test_a_total_is_the_sum_over_its_rates(house, customer, lines, discount):
    quote = run("quote.create", {"organisation": customer.pk, "discount": discount}, house.ctx("carla"))
    rows = [
        {"quote": quote.pk, "description": "x", "quantity": q, "unit_price": p, "discount": d, "vat_rate": rate}
        for q, p, d, rate in lines
    ]
    made = run("quote_line.create", rows, house.ctx("carla"))
    quote.refresh_from_db()
    cent = Decimal("0.01")
    nets = defaultdict(Decimal)
    for (q, p, d, rate), line in zip(lines, made, strict=True):
        net = (q * p * (100 - d) / 100).quantize(cent, ROUND_HALF_UP)
        assert line.net == net
        nets[rate] += net
    assert quote.net == sum(nets.values())
    off = (quote.net * discount / 100).quantize(cent, ROUND_HALF_UP)
    assert quote.discount_amount == off
    assert quote.taxable == quote.net - off
    assert quote.total == quote.taxable + quote.tax
    # Each rate's tax is rounded once, on its share of the discount to the cent.
    exact = sum(net * (1 - (off / quote.net if quote.net else 0)) * int(rate) / 100 for rate, net in nets.items())
    assert abs(quote.tax - exact) <= cent * len(nets)
