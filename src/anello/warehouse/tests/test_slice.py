"""The way of a fact: an action in the CRM, a load, a question."""

from __future__ import annotations

import pytest
from tests.samples import sample

from anello.core.actions import run
from anello.core.modules import get
from anello.customers.models import Person
from anello.warehouse.errors import Empty


def cities(warehouse):
    versions = warehouse.sql("SELECT city, _is_current FROM history.customers_person ORDER BY _valid_from, version")
    return [tuple(row.values()) for row in versions.to_pylist()]


def test_every_version_of_a_row_is_kept_also_those_between_two_loads(cast, warehouse):
    person = run("person.create", {"last_name": "Rossi", "city": "Roma"}, cast.ctx("carla"))
    run("person.update", {"city": "Milano"}, cast.ctx("carla"), target=person.pk)
    warehouse.load()
    assert cities(warehouse) == [("Roma", False), ("Milano", True)]
    run("person.update", {"city": "Napoli"}, cast.ctx("carla"), target=person.pk)
    run("person.update", {"city": "Torino"}, cast.ctx("carla"), target=person.pk)
    done = warehouse.load()
    assert (done.rebuilt, done.touched["person"]) == (False, {person.pk})
    assert cities(warehouse) == [("Roma", False), ("Milano", False), ("Napoli", False), ("Torino", True)]


def test_a_confirmed_order_is_a_purchase_of_its_customer(cast, warehouse):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    assert warehouse.sql("SELECT purchases FROM mart.customer").to_pylist() == [{"purchases": 0}]
    bought = {"date": "2026-11-02", "total": "12.50", "status": "fulfilled"}
    sample(get("order"), cast.carla, person=person.pk, organisation=None, **bought)
    warehouse.load()
    found = warehouse.sql("SELECT kind, id, CAST(day AS VARCHAR) AS day, amount::DOUBLE AS amount FROM mart.purchase")
    assert found.to_pylist() == [{"kind": "person", "id": person.pk, "day": "2026-11-02", "amount": 12.5}]
    customer = warehouse.sql(
        "SELECT purchases, CAST(revenue AS DOUBLE) AS revenue FROM mart.customer WHERE kind = 'person'"
    ).to_pylist()
    assert customer == [{"purchases": 1, "revenue": 12.5}]


def test_a_queryset_finds_in_the_warehouse_what_it_finds_in_the_crm(cast, warehouse):
    for city in ("Milano", "Roma"):
        run("person.create", {"last_name": "Rossi", "city": city}, cast.ctx("carla"))
    warehouse.load()
    found = Person.objects.filter(city="Milano").values("pk")
    assert warehouse.sql(warehouse.translate(found)).to_pylist() == list(found)


def test_before_the_first_load_it_says_that_it_is_empty(warehouse):
    with pytest.raises(Empty):
        warehouse.sql("SELECT 1")
