"""What sales adds to home page, customers' pages and histories."""

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.accounts.models import Role
from anello.core.actions import run
from anello.core.events.models import Event
from anello.customers import consumers, figures
from anello.customers.queries import timeline
from anello.operations.sales.models import Opportunity

pytestmark = pytest.mark.django_db


def of(house, who, customer):
    return {one.name: value for one, value in figures.of_customer(house.actor(who), "organisation", customer.pk)}


def deal(house, customer, who="carla", **values):
    given = {"name": "Trapani", "organisation": customer.pk, "amount": "1000", **values}
    return run("opportunity.create", given, house.ctx(who))


def test_open_value_counts_open_deals_the_reader_may_see(house, customer):
    deal(house, customer)
    deal(house, customer, amount="250")
    run("opportunity.win", None, house.ctx("carla"), target=deal(house, customer, amount="9").pk)
    assert of(house, "carla", customer)["open_value"] == 1250
    assert of(house, "bruno", customer)["open_value"] == 1250
    assert "open_value" not in of(house, "dario", customer)


def test_a_hidden_amount_has_no_sum(house, customer):
    deal(house, customer)
    role = Role.objects.get(key="sales")
    role.fields = {"opportunity": {"amount": "hidden"}}
    role.save(update_fields=["fields"])
    assert "open_value" not in of(house, "carla", customer)


def test_ordered_year_counts_what_was_bought_in_twelve_months(house, customer):
    today = timezone.localdate()
    for days, status, total in ((10, "confirmed", 100), (300, "fulfilled", 50), (400, "fulfilled", 7), (5, "draft", 3)):
        date = (today - dt.timedelta(days=days)).isoformat()
        order = {"organisation": customer.pk, "status": status, "date": date, "total": total}
        run("order.create", order, house.ctx("carla"))
    assert of(house, "carla", customer)["ordered_year"] == 150
    assert "ordered_year" not in of(house, "dario", customer)


def test_an_order_of_the_past_lies_in_its_time(house, customer):
    for date in ("2020-05-04", timezone.localdate().isoformat()):
        order = {"organisation": customer.pk, "status": "confirmed", "date": date, "total": 5}
        run("order.create", order, house.ctx("carla"))
    consumers.enter(list(Event.objects.filter(kind="order.created")))
    moments = [
        m.interaction.at for m in timeline(house.actor("carla"), customer) if m.interaction.about_module == "order"
    ]
    assert timezone.localdate(moments[-1]) == dt.date(2020, 5, 4)
    assert timezone.now() - moments[0] < dt.timedelta(minutes=5)


def test_history_tells_what_happened_in_words(client, house, customer):
    lost = deal(house, customer)
    run("opportunity.lose", {"lost_reason": "price"}, house.ctx("carla"), target=lost.pk)
    client.force_login(house.carla)
    page = client.get(f"/opportunities/{lost.pk}/").content.decode()
    assert "ha perso la trattativa" in page


def test_home_shows_own_pipeline_and_what_stands_still(client, house, customer):
    one = deal(house, customer)
    Opportunity.objects.filter(pk=one.pk).update(stale_at=timezone.now() - dt.timedelta(days=1))
    client.force_login(house.carla)
    assert str(one.stage) in client.get("/home/my_pipeline/").content.decode()
    assert f"/opportunities/{one.pk}/" in client.get("/home/standing_still/").content.decode()
    client.force_login(house.dario)
    for name in ("my_pipeline", "standing_still"):
        page = client.get(f"/home/{name}/").content.decode()
        assert str(one.stage) not in page
        assert f"/opportunities/{one.pk}/" not in page


def test_home_shows_the_month_against_the_quota(client, house, customer):
    start = timezone.localdate().replace(day=1).isoformat()
    quota = {"salesperson": house.carla.pk, "unit": "month", "start": start, "amount": "2000"}
    run("quota.create", quota, house.ctx("bruno"))
    run("opportunity.win", None, house.ctx("carla"), target=deal(house, customer).pk)
    client.force_login(house.carla)
    page = client.get("/home/sales_month/").content.decode()
    assert "50" in page
    assert "2.000" in page


def test_quotes_to_approve_are_for_those_who_may(client, house, customer, drill):
    quote = run("quote.create", {"organisation": customer.pk}, house.ctx("carla"))
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "discount": "20"}, house.ctx("carla"))
    run("quote.request_approval", None, house.ctx("carla"), target=quote.pk)
    for who, sees in (("bruno", True), ("carla", False)):
        client.force_login(getattr(house, who))
        assert (quote.number in client.get("/home/to_approve/").content.decode()) == sees
