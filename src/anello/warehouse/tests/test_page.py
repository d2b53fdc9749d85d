"""The warehouse's page, and the copy for analysts."""

from __future__ import annotations

import duckdb
import pytest
from django.test import Client
from tests.samples import sample

from anello.core.actions import Context, Invalid, NotFound, run
from anello.core.modules import get
from anello.warehouse import landing, progress, pseudonyms
from anello.warehouse.errors import Empty, WarehouseError


def opened(user):
    client = Client()
    client.force_login(user)
    type(user).objects.filter(pk=user.pk).update(language="en")
    return client.get("/warehouse/")


def test_analysts_see_what_it_holds_and_others_no_such_page(cast, warehouse):
    assert "The warehouse is empty" in opened(cast.ivo).content.decode()
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    page = opened(cast.ivo).content.decode()
    assert "customers_person" in page
    assert "Load now" in page
    assert "Load now" not in opened(cast.bruno).content.decode()
    assert opened(cast.carla).status_code == 404
    assert opened(cast.marta).status_code == 404


def test_what_is_wrong_stands_on_top_with_what_to_do(cast, warehouse):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    progress.note("failed", error="no space left on device")
    assert "no space left on device" in opened(cast.ivo).content.decode()
    progress.note("working", "People", 3, 30)
    assert "cut short" in opened(cast.ivo).content.decode()
    with landing.writer():
        page = opened(cast.ivo).content.decode()
    assert "People" in page
    assert 'value="3"' in page


def test_only_managers_of_analysis_ask_for_a_load(cast, warehouse):
    assert run("warehouse.load", {}, cast.ctx("ivo")) is True
    with pytest.raises(NotFound):
        run("warehouse.load", {}, cast.ctx("bruno"))


def test_a_rate_needs_a_currency_that_exists(cast):
    with pytest.raises(Invalid) as refused:
        run("exchange_rate.create", {"currency": "XYZ", "day": "2026-01-01", "rate": 1}, Context())
    assert "currency" in refused.value.errors


def test_a_pseudonymised_copy_says_who_nobody_is_and_keeps_joins(cast, warehouse, tmp_path):
    with pytest.raises(Empty):
        pseudonyms.copy(tmp_path / "out.duckdb")
    values = {"last_name": "Zanzottera", "email": "gz@example.com", "city": "Gorgonzola", "birth_date": "1970-02-03"}
    person = run("person.create", values, cast.ctx("carla"))
    sample(
        get("order"), cast.carla, person=person.pk, organisation=None, total="5", status="fulfilled", notes="Zanzottera"
    )
    warehouse.load()
    out = tmp_path / "out.duckdb"
    assert pseudonyms.copy(out, key="k") > 0
    for word in (b"anzottera", b"gz@example", b"orgonzola"):
        assert word not in out.read_bytes()
    with pytest.raises(WarehouseError, match=r"out\.duckdb"):
        pseudonyms.copy(out)
    with duckdb.connect(str(out), read_only=True) as copy:
        joined = copy.execute(
            "SELECT o.person_id, c.revenue::DOUBLE FROM sales_order o JOIN customers_person p ON p.id = o.person_id "
            "JOIN mart.customer c ON c.id = p.id AND c.kind = 'person'"
        ).fetchall()
        columns = {row[0] for row in copy.execute("DESCRIBE customers_person").fetchall()}
    assert [revenue for _, revenue in joined] == [5.0]
    assert joined[0][0] != person.pk
    assert not {"birth_date", "last_name", "title", "street", "notes"} & columns
    assert {"phase", "source", "created_at"} <= columns
    other = tmp_path / "other.duckdb"
    pseudonyms.copy(other, key="another")
    with duckdb.connect(str(other), read_only=True) as copy:
        assert copy.execute("SELECT id FROM customers_person").fetchall() != [(joined[0][0],)]


def test_what_was_typed_into_a_line_is_in_no_copy(cast, warehouse, tmp_path):
    order = sample(get("order"), cast.carla, status="draft")
    product = sample(get("product"), cast.carla, name="Lampada")
    for values in ({"product": product.pk}, {"description": "Targa per Zanzottera"}):
        line = {"order": order.pk, "unit_price": "5", "quantity": "1", "vat_rate": "22", **values}
        run("order_line.create", line, Context())
    type(order).objects.filter(pk=order.pk).update(status="confirmed")
    warehouse.load()
    pseudonyms.copy(tmp_path / "out.duckdb")
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as copy:
        found = copy.execute("SELECT product FROM mart.purchase_line ORDER BY ALL").fetchall()
    assert found == [("Lampada",), (None,)]
    assert b"anzottera" not in (tmp_path / "out.duckdb").read_bytes()
