"""The lines of a document over HTTP: adding, editing, arranging, removing, what they add up to, and for whom."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anello.core.actions import run
from anello.operations.sales.models import QuoteLine

pytestmark = pytest.mark.django_db
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
MOST_QUERIES = 15


@pytest.fixture
def quote(house, customer):
    return run("quote.create", {"organisation": customer.pk, "name": "Trapani"}, house.ctx("carla"))


@pytest.fixture
def carla(client, house):
    run("user.update", {"language": "en"}, target=house.carla.pk)
    client.force_login(house.carla)
    return client


def words(answer):
    """The text of an answer, its spaces plain."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " ").split())


def add(client, quote, **values):
    return client.post(f"/quotes/{quote.pk}/lines/add/", values, **PART)


def shown(client, quote):
    return client.get(f"/quotes/{quote.pk}/lines/", **PART)


def lines(quote):
    return list(QuoteLine.objects.filter(quote=quote).order_by("position", "pk"))


def test_a_chosen_product_fills_the_line_and_the_totals_follow(carla, quote, drill):
    assert add(carla, quote, product=drill.pk, quantity="3", discount="10").status_code == 200
    (line,) = lines(quote)
    assert (line.description, line.vat_rate, str(line.unit_price), str(line.net)) == (
        "Trapano",
        "22",
        "100.00",
        "270.00",
    )
    text = words(shown(carla, quote))
    assert "Taxable €270.00" in text
    assert "VAT 22% €59.40" in text
    assert "Total €329.40" in text
    assert "Margin" not in text
    assert text in words(carla.get(f"/quotes/{quote.pk}/"))


def test_vat_stands_by_rate_and_a_discount_on_the_whole_is_said(carla, house, quote):
    for rate, price in (("22", "100"), ("10", "50")):
        line = {"quote": quote.pk, "description": f"Al {rate}", "unit_price": price, "vat_rate": rate}
        run("quote_line.create", line, house.ctx("carla"))
    run("quote.update", {"discount": "10"}, house.ctx("carla"), target=quote.pk)
    text = words(shown(carla, quote))
    for part in ("Net €150.00", "Discount 10% -€15.00", "VAT 10% €4.50", "VAT 22% €19.80", "Total €159.30"):
        assert part in text


def test_margin_is_for_those_who_may_see_costs(client, house, quote, drill):
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "quantity": 2}, house.ctx("carla"))
    client.force_login(house.bruno)
    assert "80,00 € (40%)" in words(shown(client, quote))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"description": "A voce"}, "unit_price"),
        ({"unit_price": "10"}, "description"),
        ({"description": "A voce", "unit_price": "ten"}, "unit_price"),
        ({"description": "A voce", "unit_price": "10", "quantity": "-1"}, "quantity"),
        ({"description": "A voce", "unit_price": "10", "discount": "101"}, "discount"),
        ({"description": "A voce", "unit_price": "9" * 40}, "unit_price"),
        ({"description": "A voce", "unit_price": "10", "product": "9" * 18}, "product"),
        ({"description": "A voce", "unit_price": "10", "product": "9" * 40}, "product"),
        ({"description": "A" * 2000, "unit_price": "10"}, "description"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(carla, quote, values, field):
    answer = add(carla, quote, **values)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "form-error" in page.split(f'class="line-entry-{field}"', 1)[1].split('<div class="line-entry-', 1)[0]
    assert values.get("description", "") in page
    assert lines(quote) == []


def test_words_are_words_and_no_markup(carla, quote):
    assert add(carla, quote, description="<script>alert(1)</script>", unit_price="1").status_code == 200
    assert "<script>alert" not in shown(carla, quote).content.decode()


def test_a_cell_is_edited_where_it_stands(carla, quote, drill):
    add(carla, quote, product=drill.pk)
    (line,) = lines(quote)
    url = f"/quote-lines/{line.pk}/edit/quantity/?page=1"
    assert url in shown(carla, quote).content.decode()
    assert "form-error" in carla.post(url, {"quantity": "molti", "version": line.version}, **PART).content.decode()
    carla.post(url, {"quantity": "2.5", "version": line.version}, **PART)
    assert "€250.00" in words(shown(carla, quote))


def test_lines_are_arranged_and_new_ones_come_last(carla, quote):
    for name in "ABC":
        add(carla, quote, description=name, unit_price="1")
    a, b, c = lines(quote)
    url = f"/quotes/{quote.pk}/lines/arrange/"
    assert carla.post(url, {"lines": f"{c.pk},{a.pk},{b.pk}"}, **PART).status_code == 200
    assert [one.description for one in lines(quote)] == ["C", "A", "B"]
    for wrong in (f"{a.pk},{b.pk}", f"{a.pk},{b.pk},{c.pk},{c.pk}", f"{a.pk},{b.pk},999999"):
        assert carla.post(url, {"lines": wrong}, **PART).status_code == 422
    for nonsense in ("", "1;drop", "-1", "²", ",".join(["9" * 30] * 3)):
        assert carla.post(url, {"lines": nonsense}, **PART).status_code == 404
    assert [one.description for one in lines(quote)] == ["C", "A", "B"]


def test_a_removed_line_comes_back_where_it_was(carla, quote):
    for name in "ABC":
        add(carla, quote, description=name, unit_price="1")
    line = lines(quote)[1]
    answer = carla.post(f"/quotes/{quote.pk}/lines/{line.pk}/remove/", **PART)
    assert [one.description for one in lines(quote)] == ["A", "C"]
    undo = re.search(r'"undo": "([^"]+)"', answer.headers["HX-Trigger"]).group(1)
    carla.post(undo, **PART)
    assert [one.description for one in lines(quote)] == ["A", "B", "C"]
    assert carla.post(f"/quotes/{quote.pk}/lines/{line.pk + 1000}/remove/", **PART).status_code == 404


def test_a_line_of_another_document_cannot_be_removed_here(carla, house, quote, customer):
    other = run("quote.create", {"organisation": customer.pk, "name": "Altro"}, house.ctx("carla"))
    add(carla, other, description="A", unit_price="1")
    assert carla.post(f"/quotes/{quote.pk}/lines/{lines(other)[0].pk}/remove/", **PART).status_code == 404


def test_a_sent_quote_says_why_its_lines_are_fixed(carla, house, quote, drill):
    add(carla, quote, product=drill.pk)
    (line,) = lines(quote)
    run("quote.send", None, house.ctx("carla"), target=quote.pk)
    answer = shown(carla, quote)
    assert "make a new version" in words(answer)
    assert "hx-post" not in answer.content.decode()
    assert "editable" not in answer.content.decode()
    assert "make a new version" in words(add(carla, quote, description="A", unit_price="1"))
    for url, data in ((f"{line.pk}/remove/", {}), ("arrange/", {"lines": line.pk})):
        carla.post(f"/quotes/{quote.pk}/lines/{url}", data, **PART)
    assert lines(quote) == [line]


def test_who_may_not_see_the_document_finds_no_lines(client, house, quote, drill):
    for who in ("dario", "marta"):
        client.force_login(getattr(house, who))
        assert shown(client, quote).status_code == 404
        assert add(client, quote, product=drill.pk).status_code == 404
        assert client.post(f"/quotes/{quote.pk}/lines/arrange/", {"lines": "1"}, **PART).status_code == 404
        assert client.post(f"/quotes/{quote.pk}/lines/1/remove/", **PART).status_code == 404
    assert lines(quote) == []


def test_who_may_only_look_gets_no_editor(client, house, quote, drill):
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk}, house.ctx("carla"))
    for who in house:
        client.force_login(who)
        page = client.get(f"/quotes/{quote.pk}/")
        if page.status_code == 200 and "lines/add/" not in page.content.decode():
            assert add(client, quote, product=drill.pk).status_code == 403
            assert "data-arrange" not in shown(client, quote).content.decode()


@pytest.mark.parametrize("module", ["opportunity", "order", "invoice"])
def test_every_document_has_its_lines(carla, house, customer, drill, module):
    name = {"name": "Trapani"} if module == "opportunity" else {}
    document = run(f"{module}.create", {"organisation": customer.pk, **name}, house.ctx("carla"))
    slug = {"opportunity": "opportunities"}.get(module, f"{module}s")
    answer = carla.post(f"/{slug}/{document.pk}/lines/add/", {"product": drill.pk, "quantity": "2"}, **PART)
    assert answer.status_code == 200
    assert "€200.00" in words(carla.get(f"/{slug}/{document.pk}/lines/", **PART))


def test_requests_stay_cheap_however_many_lines(carla, house, quote, drill):
    rows = [{"quote": quote.pk, "product": drill.pk, "quantity": n} for n in range(1, 40)]
    run("quote_line.create", rows, house.ctx("carla"))
    for url in (f"/quotes/{quote.pk}/lines/", f"/quotes/{quote.pk}/"):
        with CaptureQueriesContext(connection) as queries:
            assert carla.get(url, **PART).status_code == 200
        assert len(queries) <= MOST_QUERIES
