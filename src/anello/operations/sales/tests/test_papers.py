"""The PDF of a document says what the document says."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from anello.core.actions import NotFound, run
from anello.core.modules import get
from anello.core.search import RecordQuery
from anello.operations.sales.papers import paper

pytestmark = pytest.mark.django_db


def text_of(made):
    pages = PdfReader(io.BytesIO(made.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split()).replace("\u00a0", " ")


@pytest.fixture
def quote(house, drill):
    (seller,) = RecordQuery(house.actor("bruno"), get("seller")).page().records
    ours = {"name": "Officine Anello", "city": "Torino", "iban": "IT60X0542811101000000123456"}
    run("seller.update", ours, house.ctx("bruno"), target=seller.pk)
    customer = run(
        "organisation.create",
        {"name": "Ferramenta #1 $Brambilla [srl]", "vat": "IT00743110157", "city": "Milano", "postal_code": "20121"},
        house.ctx("carla"),
    )
    quote = run(
        "quote.create",
        {
            "organisation": customer.pk,
            "name": "Attrezzi per l'officina",
            "date": "2026-11-21",
            "valid_until": "2026-12-21",
            "discount": "10",
            "payment_terms": "30 giorni fine mese",
        },
        house.ctx("carla"),
    )
    rows = [
        {"quote": quote.pk, "product": drill.pk, "quantity": "12.5"},
        {"quote": quote.pk, "description": "Posa *in opera*", "unit_price": "50", "vat_rate": "10", "discount": "5"},
    ]
    run("quote_line.create", rows, house.ctx("carla"))
    return quote


def test_a_quote_on_paper(house, quote):
    made = paper(house.actor("carla"), "quote", quote.pk)
    assert made.name == "Preventivo PREV-2026-00001.pdf"
    text = text_of(made)
    for words in (
        "Ferramenta #1 $Brambilla [srl]",
        "20121 Milano",
        "Attrezzi per l'officina",
        "Posa *in opera*",
        "12,5 pz",
        "21/12/2026",
        "1.250,00 €",
        "Sconto",
        "BOZZA",
        "PER ACCETTAZIONE",
        "30 giorni fine mese",
    ):
        assert words in text.replace("’", "'"), words
    quote.refresh_from_db()
    assert quote.total == Decimal("1419.53")
    assert "1.419,53 €" in text


def test_the_paper_speaks_the_customers_language(house, quote):
    text = text_of(paper(house.actor("carla"), "quote", quote.pk, language="en"))
    for words in ("Quote", "Valid until", "€1,250.00", "VAT SUMMARY", "ACCEPTANCE"):
        assert words in text


def test_orders_and_invoices_on_paper(house, quote):
    for verb in ("send", "accept"):
        run(f"quote.{verb}", None, house.ctx("bruno"), target=quote.pk)
    order = run("order.from_quote", None, house.ctx("bruno"), target=quote.pk)
    run("order.confirm", None, house.ctx("bruno"), target=order.pk)
    invoice = run("invoice.from_order", None, house.ctx("bruno"), target=order.pk)
    run("invoice.issue", None, house.ctx("bruno"), target=invoice.pk)
    assert "Conferma d'ordine" in text_of(paper(house.actor("bruno"), "order", order.pk)).replace("’", "'")
    text = text_of(paper(house.actor("bruno"), "invoice", invoice.pk))
    issued = get("invoice").model.objects.get(pk=invoice.pk)
    for words in (issued.number, "Officine Anello", "IT60X0542811101000000123456", "1.419,53 €"):
        assert words in text
    assert "BOZZA" not in text


def test_nobody_elses_paper(house, quote):
    for who in ("dario", "marta"):
        with pytest.raises(NotFound):
            paper(house.actor(who), "quote", quote.pk)
