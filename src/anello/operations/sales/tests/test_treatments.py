"""What sales does to a customer when a decision wants it."""

import datetime as dt
from decimal import Decimal

import pytest

from anello.core.actions import run
from anello.customers.treatments import Decision, apply

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


def test_an_opportunity_is_opened_for_a_company(house):
    company = run("organisation.create", {"name": "Brambilla srl"}, house.ctx("dario"))
    parameters = {"name": "Rinnovo {{ organisation.name|cliente }}", "amount": "1200.00"}
    made = apply("opportunity", "organisation", company.pk, parameters, Decision(5, NOW))
    assert (made.name, made.owner_id, made.amount, made.status) == (
        "Rinnovo Brambilla srl",
        house.dario.pk,
        Decimal(1200),
        "open",
    )


@pytest.mark.parametrize(("discount", "status"), [(10, "draft"), (25, "pending")])
def test_a_discount_above_the_owners_limit_asks_for_approval(house, drill, discount, status):
    person = run("person.create", {"last_name": "Rossi"}, house.ctx("carla"))
    parameters = {"product": drill.pk, "quantity": 2, "discount": discount, "name": "Offerta"}
    made = apply("quote", "person", person.pk, parameters, Decision(6, NOW))
    assert (made.status, made.owner_id, made.net) == (status, house.carla.pk, Decimal(200 - 2 * discount))
