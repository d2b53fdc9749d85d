"""Lines make totals; documents in their states."""

import pytest

from anello.core.actions import Invalid, run
from anello.core.modules import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(house, customer):
    return run("quote.create", {"organisation": customer.pk, "name": "Offerta"}, house.ctx("carla"))


def fresh(record):
    return type(record).everything.get(pk=record.pk)


def test_lines_make_the_totals(house, quote, drill):
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk, "quantity": "2"}, house.ctx("carla"))
    line = run(
        "quote_line.create",
        {"quote": quote.pk, "description": "Posa", "unit_price": "50", "vat_rate": "10", "discount": "10"},
        house.ctx("carla"),
    )
    now = fresh(quote)
    assert (str(now.net), str(now.tax), str(now.total)) == ("245.00", "48.50", "293.50")
    run("quote_line.delete", None, house.ctx("carla"), target=line.pk)
    assert str(fresh(quote).total) == "244.00"
    run("quote_line.restore", None, house.ctx("carla"), target=line.pk)
    assert str(fresh(quote).total) == "293.50"
    run("quote.update", {"discount": "10"}, house.ctx("carla"), target=quote.pk)
    assert str(fresh(quote).total) == "264.15"


def test_amounts_are_never_taken_from_input(house, quote):
    with pytest.raises(Invalid) as caught:
        run("quote.update", {"total": "1"}, house.ctx("carla"), target=quote.pk)
    assert set(caught.value.errors) == {"total"}


def test_documents_are_numbered(house, customer):
    quotes = run("quote.create", [{"organisation": customer.pk, "date": "2026-05-01"}] * 3, house.ctx("carla"))
    assert [q.number for q in quotes] == [f"PREV-2026-0000{n}" for n in (1, 2, 3)]


def test_an_order_without_lines_keeps_the_total_it_was_given(house, customer):
    order = run(
        "order.create",
        {"organisation": customer.pk, "date": "1997-01-12", "total": "29.33", "items": "2", "status": "fulfilled"},
        house.ctx("carla", "import"),
    )
    assert (str(order.total), str(order.net), order.number) == ("29.33", "29.33", "ORD-1997-00001")
    assert order.fulfilled_at.astimezone().year == 1997


def test_deleting_a_document_takes_its_lines_along_and_brings_them_back(house, quote, drill):
    run("quote_line.create", {"quote": quote.pk, "product": drill.pk}, house.ctx("carla"))
    gesture = house.ctx("carla")
    run("quote.delete", None, gesture, target=quote.pk)
    assert not get("quote_line").model.objects.exists()
    run("undo", {"batch": gesture.batch}, house.ctx("carla"))
    assert get("quote_line").model.objects.count() == 1
    assert str(fresh(quote).total) == "122.00"


def test_nobody_elses_documents_exist(house, quote, drill):
    from anello.core.actions import NotFound

    for name in ("dario", "marta", "elena"):
        with pytest.raises(NotFound):
            run("quote.update", {"name": "x"}, house.ctx(name), target=quote.pk)
    with pytest.raises(Invalid) as caught:
        run("quote_line.create", {"quote": quote.pk, "product": drill.pk}, house.ctx("dario"))
    assert set(caught.value.errors) == {"quote"}
