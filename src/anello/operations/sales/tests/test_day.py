"""A salesperson's day: a lead becomes a customer, a quote, an order, an invoice."""

import pytest

from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.events.consumers import drain
from anello.core.modules import get

pytestmark = pytest.mark.django_db


def fresh(record):
    return type(record).everything.get(pk=record.pk)


@pytest.fixture
def lead(house):
    return run(
        "lead.create",
        {
            "first_name": "Ugo",
            "last_name": "Brambilla",
            "company": "Brambilla srl",
            "email": "ugo@brambilla.example",
            "value": "1000",
            "source": "web",
        },
        house.ctx("carla"),
    )


@pytest.fixture
def opportunity(house, lead):
    return run("lead.convert", {}, house.ctx("carla"), target=lead.pk).opportunity


@pytest.fixture
def quote(house, opportunity, drill):
    run(
        "opportunity_line.create",
        {"opportunity": opportunity.pk, "product": drill.pk, "quantity": 10},
        house.ctx("carla"),
    )
    return run("quote.from_opportunity", {}, house.ctx("carla"), target=opportunity.pk)


@pytest.fixture
def order(house, quote):
    for verb in ("send", "accept"):
        run(f"quote.{verb}", None, house.ctx("carla"), target=quote.pk)
    order = run("order.from_quote", None, house.ctx("carla"), target=quote.pk)
    return run("order.confirm", None, house.ctx("carla"), target=order.pk)


@pytest.fixture
def invoice(house, order):
    return run("invoice.from_order", None, house.ctx("carla"), target=order.pk)


def test_a_lead_becomes_person_organisation_and_opportunity(house, lead):
    converted = run("lead.convert", {"name": "Trapani"}, house.ctx("carla"), target=lead.pk)
    assert (converted.status, converted.person.title, converted.organisation.title) == (
        "converted",
        "Ugo Brambilla",
        "Brambilla srl",
    )
    opportunity = converted.opportunity
    assert (opportunity.name, str(opportunity.amount), opportunity.lead) == ("Trapani", "1000.00", lead)
    assert converted.person.organisation == converted.organisation
    with pytest.raises(Invalid):
        run("lead.convert", {}, house.ctx("carla"), target=lead.pk)


def test_conversion_uses_the_customer_that_is_already_there(house, lead):
    known = run(
        "person.create",
        {"first_name": "Ugo", "last_name": "Brambilla", "email": "ugo@brambilla.example"},
        house.ctx("carla"),
    )
    converted = run("lead.convert", {"opportunity": False}, house.ctx("carla"), target=lead.pk)
    assert converted.person == known
    assert converted.opportunity is None


def test_conversion_into_a_foreign_customer_is_refused(house, lead):
    foreign = run("organisation.create", {"name": "Sud srl"}, house.ctx("dario"))
    with pytest.raises(Invalid) as caught:
        run("lead.convert", {"organisation": foreign.pk}, house.ctx("carla"), target=lead.pk)
    assert set(caught.value.errors) == {"organisation"}


def test_a_conversion_is_undone_as_a_whole(house, lead):
    gesture = house.ctx("carla")
    run("lead.convert", {}, gesture, target=lead.pk)
    run("undo", {"batch": gesture.batch}, house.ctx("carla"))
    again = fresh(lead)
    assert (again.status, again.converted_at, again.person, again.opportunity) == ("new", None, None, None)
    for module in ("person", "organisation", "opportunity"):
        assert not get(module).model.objects.exists()
    assert run("lead.convert", {}, house.ctx("carla"), target=lead.pk).status == "converted"


def test_a_lead_is_converted_only_by_conversion(house, lead):
    with pytest.raises(Invalid) as caught:
        run("lead.update", {"status": "converted"}, house.ctx("carla"), target=lead.pk)
    assert set(caught.value.errors) == {"status"}


def test_from_opportunity_to_paid_invoice(house, opportunity, order, invoice):
    assert (str(order.total), order.status, order.opportunity) == ("1220.00", "confirmed", opportunity)
    issued = run("invoice.issue", None, house.ctx("carla"), target=invoice.pk)
    assert issued.number.endswith("-00001")
    assert (issued.title, issued.status, str(issued.open_amount)) == (issued.number, "issued", "1220.00")
    run("invoice.pay", {"amount": "220"}, house.ctx("carla"), target=invoice.pk)
    assert (fresh(invoice).status, str(fresh(invoice).open_amount)) == ("issued", "1000.00")
    with pytest.raises(Invalid):
        run("invoice.pay", {"amount": "1000.01"}, house.ctx("carla"), target=invoice.pk)
    run("invoice.pay", None, house.ctx("carla"), target=invoice.pk)
    assert (fresh(invoice).status, str(fresh(invoice).open_amount)) == ("paid", "0.00")


@pytest.mark.django_db(transaction=True)
def test_who_buys_is_a_prospect_no_more(house, opportunity):
    run("opportunity.win", None, house.ctx("carla"), target=opportunity.pk)
    drain()
    assert fresh(opportunity.organisation).phase == "first_time"
    assert fresh(opportunity.person).phase == "first_time"


def test_a_discount_above_the_limit_needs_a_manager(house, quote):
    carla = house.ctx
    run("quote.update", {"discount": "15"}, carla("carla"), target=quote.pk)
    with pytest.raises(Invalid) as caught:
        run("quote.send", None, carla("carla"), target=quote.pk)
    assert set(caught.value.errors) == {"discount"}
    run("quote.request_approval", None, carla("carla"), target=quote.pk)
    with pytest.raises(Denied):
        run("quote.approve", {}, carla("carla"), target=quote.pk)
    with pytest.raises(Invalid):
        run("quote.send", None, carla("carla"), target=quote.pk)
    run("quote.reject", {"reason": "Troppo"}, carla("bruno"), target=quote.pk)
    assert (fresh(quote).status, fresh(quote).approval_note) == ("draft", "Troppo")
    run("quote.request_approval", None, carla("carla"), target=quote.pk)
    approved = run("quote.approve", {"note": "Va bene"}, carla("bruno"), target=quote.pk)
    assert approved.approved_by == house.bruno
    assert run("quote.send", None, carla("carla"), target=quote.pk).status == "sent"


def test_a_price_written_below_the_list_counts_as_discount(house, quote):
    line = quote.lines.get()
    run("quote_line.update", {"unit_price": "50"}, house.ctx("carla"), target=line.pk)
    assert str(fresh(quote).highest_discount) == "50.00"
    with pytest.raises(Invalid):
        run("quote.send", None, house.ctx("carla"), target=quote.pk)


def test_an_approved_quote_that_is_changed_needs_approval_again(house, quote):
    run("quote.update", {"discount": "15"}, house.ctx("carla"), target=quote.pk)
    run("quote.request_approval", None, house.ctx("carla"), target=quote.pk)
    run("quote.approve", {}, house.ctx("bruno"), target=quote.pk)
    with pytest.raises(Invalid):
        run("quote.update", {"discount": "50"}, house.ctx("carla"), target=quote.pk)
    run("quote.withdraw", None, house.ctx("carla"), target=quote.pk)
    with pytest.raises(Invalid):
        run("quote.send", None, house.ctx("carla"), target=quote.pk)


def test_a_sent_quote_is_read_only_and_has_newer_versions(house, quote):
    run("quote.send", None, house.ctx("carla"), target=quote.pk)
    line = quote.lines.get()
    for name, values, target in (
        ("quote.update", {"discount": "1"}, quote.pk),
        ("quote_line.update", {"quantity": 1}, line.pk),
        ("quote_line.delete", None, line.pk),
        ("quote.delete", None, quote.pk),
        ("quote_line.create", {"quote": quote.pk, "description": "x", "unit_price": 1}, None),
    ):
        with pytest.raises(Invalid):
            run(name, values, house.ctx("carla"), target=target)
    later = run("quote.new_version", None, house.ctx("carla"), target=quote.pk)
    assert (later.number, later.revision, later.previous, later.status) == (quote.number, 2, quote, "draft")
    assert later.title == f"{quote.number} v2"
    assert (later.total, fresh(quote).status) == (quote.total, "superseded")
    with pytest.raises(Invalid):
        run("quote.new_version", None, house.ctx("carla"), target=quote.pk)


def test_an_issued_invoice_never_changes(house, invoice):
    gesture = house.ctx("carla")
    run("invoice.issue", None, gesture, target=invoice.pk)
    line = invoice.lines.get()
    for name, values, target in (
        ("invoice.update", {"discount": "1"}, invoice.pk),
        ("invoice_line.update", {"quantity": 1}, line.pk),
        ("invoice_line.delete", None, line.pk),
        ("invoice.delete", None, invoice.pk),
        ("undo", {"batch": gesture.batch}, None),
    ):
        with pytest.raises(Invalid):
            run(name, values, house.ctx("carla"), target=target)
    assert fresh(invoice).number


def test_an_invoice_is_taken_back_by_a_credit_note(house, order, invoice):
    run("invoice.issue", None, house.ctx("carla"), target=invoice.pk)
    with pytest.raises(Invalid):
        run("order.cancel", None, house.ctx("carla"), target=order.pk)
    note = run("invoice.credit", None, house.ctx("carla"), target=invoice.pk)
    assert (note.kind, note.status, note.corrects, note.total) == ("credit_note", "issued", invoice, order.total)
    assert note.number.startswith("NC-")
    assert (fresh(invoice).status, str(fresh(invoice).open_amount)) == ("credited", "0.00")
    assert run("order.cancel", None, house.ctx("carla"), target=order.pk).status == "cancelled"


def test_one_invoice_per_order_one_order_per_quote(house, quote, order, invoice):
    for name, target in (("invoice.from_order", order.pk), ("order.from_quote", quote.pk)):
        with pytest.raises(Invalid):
            run(name, None, house.ctx("carla"), target=target)


def test_nobody_elses_deal_exists(house, opportunity, quote, invoice):
    for who in ("dario", "marta"):
        for name, target in (
            ("opportunity.win", opportunity.pk),
            ("quote.send", quote.pk),
            ("invoice.issue", invoice.pk),
        ):
            with pytest.raises(NotFound):
                run(name, None, house.ctx(who), target=target)
