"""The way of a fact: an action in the CRM, a load, a question."""

from __future__ import annotations

import pytest
from django.utils import translation
from tests.samples import sample

from anello.core.actions import run
from anello.core.modules import get
from anello.customers.models import Interaction, Person
from anello.warehouse import hooks
from anello.warehouse.errors import Empty, WarehouseError


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


def test_an_order_was_bought_when_it_was_confirmed_and_history_on_its_day(cast, warehouse):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    moments = {
        # name: (entered, confirmed, date, what counts); Rome is an hour ahead of UTC in November.
        "slow": ("2026-11-02T09:00Z", "2026-11-12T10:00Z", "2026-11-02", "2026-11-12 10:00:00"),
        "ahead": ("2026-11-02T09:00Z", "2026-11-03T10:00Z", "2026-12-24", "2026-11-03 10:00:00"),
        "history": ("2026-11-02T09:00Z", "2026-11-02T09:01Z", "2019-11-05", "2019-11-04 23:00:00"),
    }
    made = {}
    for name, (entered, confirmed, date, _) in moments.items():
        order = sample(get("order"), cast.carla, person=person.pk, organisation=None, status="fulfilled", date=date)
        type(order).objects.filter(pk=order.pk).update(created_at=entered, confirmed_at=confirmed)
        made[str(order.pk)] = name
    warehouse.load()
    found = warehouse.sql('SELECT purchase_id, CAST("at" AS VARCHAR) AS moment FROM mart.purchase').to_pylist()
    assert {made[row["purchase_id"]]: row["moment"] for row in found} == {n: at for n, (*_, at) in moments.items()}


def test_the_product_has_not_heard_from_whom_it_tells_of(cast, warehouse):
    """Rows of the timeline are no contact."""
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    said = {"person": person.pk, "channel": "phone", "at": "2026-03-01T10:00Z"}
    run("interaction.create", said, cast.ctx("carla"))
    Interaction.objects.create(person=person, channel="system", event_kind="order.created", at="2026-05-01T10:00Z")
    warehouse.load()
    [row] = warehouse.sql("SELECT CAST(last_interaction_at AS VARCHAR) AS heard FROM mart.customer").to_pylist()
    assert row["heard"] == "2026-03-01 10:00:00"


def test_what_came_into_the_crm_since_the_last_load_is_said_so(cast, warehouse):
    warehouse.load()
    for question in ("SELECT colour FROM mart.customer", "SELECT * FROM main.custom_boat"):
        with translation.override("en"), pytest.raises(WarehouseError, match="after the next load"):
            warehouse.sql(question)


def test_one_follower_that_fails_keeps_none_of_the_others_from_hearing(cast, warehouse, monkeypatch):
    heard = []

    def broken(load):
        raise RuntimeError("out of order")

    monkeypatch.setattr(hooks, "_hooks", [broken, lambda load: heard.append(load.touched["person"])])
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    with pytest.raises(ExceptionGroup, match="not told to all"):
        warehouse.load()
    assert heard == [{person.pk}]
