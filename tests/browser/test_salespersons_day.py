"""A salesperson's day as Carla lives it: from the lead that arrives to the numbered invoice, by clicking and typing."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.chromium import listen
from tests.browser.house import House

pytestmark = pytest.mark.browser
ROME = ZoneInfo("Europe/Rome")
LEAD = {
    "first_name": "Ginevra",
    "last_name": "Sartori",
    "company": "Sartori Vivai",
    "email": "ginevra@sartori.example",
    "source": "web",
    "value": "3000.00",
}


def _choose(form: Any, label: str, words: str, option: str) -> None:
    """Pick a record in a lookup field, as one types."""
    field = form.get_by_role("combobox", name=label)
    field.press_sequentially(words)
    form.get_by_role("option", name=option).click()
    expect(field).to_have_value(re.compile(option))


def _papers(page: Any) -> str:
    """The text of the PDF behind the button of the document that is open."""
    address = page.get_by_role("link", name="PDF").get_attribute("href")
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    return "\n".join(part.extract_text() for part in PdfReader(io.BytesIO(answer.body())).pages)


def test_from_a_lead_that_arrives_to_a_numbered_invoice(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    page = house.enter(chromium, "carla", viewport={"width": 1440, "height": 900})
    listen(page, complaints)
    main, panel, dialog = page.locator("#main"), page.locator("#panel"), page.locator("#dialog")

    # The lead arrives while Carla looks at the list.
    with page.expect_response(re.compile("/events/stream/.*list=lead")):
        page.get_by_role("link", name="Potenziali").click()
    expect(main.get_by_role("heading", name="Potenziali")).to_be_visible()
    expect(main.get_by_role("link", name="Ginevra Sartori", exact=True)).to_have_count(0)
    house.bring("carla", "leads", LEAD)
    expect(main.get_by_role("link", name="Ginevra Sartori", exact=True)).to_be_visible()
    main.get_by_role("link", name="Apri a pagina intera: Ginevra Sartori").click()
    expect(main.get_by_role("heading", name="Ginevra Sartori")).to_be_visible()

    # She calls, and notes what came of it.
    main.get_by_role("button", name="Aggiungi a questa scheda").click()
    page.get_by_role("menuitem", name="Attività").click()
    dialog.get_by_label("Tipo").select_option(label="Telefonata")
    dialog.get_by_label("Oggetto").fill("Chiamare per le sedie della serra")
    dialog.get_by_label("Inizio").fill(f"{dt.datetime.now(ROME).date()}T09:30")
    dialog.get_by_role("button", name="Salva").last.click()
    main.get_by_role("link", name="Chiamare per le sedie della serra").click()
    panel.get_by_role("button", name="Concludi").click()
    dialog.get_by_label("Esito").select_option(label="Interessato")
    dialog.get_by_label("Note").fill("Vuole dodici sedie.")
    dialog.get_by_role("button", name="Concludi").click()
    expect(main.locator(".related", has_text="Chiamare per le sedie")).to_contain_text("Svolto")

    # The lead becomes a person, an organisation and an opportunity.
    main.get_by_role("button", name="Converti").click()
    dialog.get_by_label("Nome dell'opportunità").fill("Sedie per la serra")
    dialog.get_by_role("button", name="Converti").click()
    main.get_by_role("link", name="Sedie per la serra").first.click()
    page.get_by_role("link", name="Apri a pagina intera", exact=True).click()
    expect(main.get_by_role("heading", name="Sedie per la serra")).to_be_visible()

    # What she offers.
    line = main.get_by_role("form", name="Nuova riga")
    _choose(line, "Prodotto", "Brera", "Sedia operativa Brera")
    line.get_by_label("Quantità").fill("12")
    line.get_by_role("button", name="Aggiungi").click()
    expect(main.locator(".record-figures")).to_contain_text("3.468,00")
    main.get_by_role("button", name="Altre azioni").click()
    page.get_by_role("menuitem", name="Prepara un preventivo").click()
    dialog.get_by_role("button", name="Prepara un preventivo").click()
    expect(main.get_by_role("heading", name=re.compile("PREV-"))).to_be_visible()
    number = main.get_by_role("heading", level=1).inner_text()
    text = _papers(page)
    for words in (number, "Sartori Vivai", "Sedia operativa Brera", "4.230,96"):
        assert words in text

    # The customer accepts; the deal is won on the board.
    main.get_by_role("button", name="Invia").click()
    main.get_by_role("button", name="Accettato").click()
    expect(main.locator(".record-meta")).to_contain_text("Accettato")
    page.get_by_role("link", name="Opportunità", exact=True).click()
    main.get_by_role("link", name="Bacheca").click()
    main.locator("#board[data-mounted]").wait_for()
    card = main.locator(".board-card", has_text="Sedie per la serra")
    card.focus()
    with page.expect_response("**/board/move/") as moved:
        for key in ("Space", *["ArrowRight"] * 4, "Space"):
            page.keyboard.press(key)
    assert moved.value.ok
    expect(main.locator(".board-column", has_text="Vinta")).to_contain_text("Sedie per la serra")

    # Order and invoice.
    page.get_by_role("link", name="Preventivi").click()
    main.get_by_role("link", name=f"Apri a pagina intera: {number}").click()
    main.get_by_role("button", name="Crea l'ordine").click()
    expect(main.get_by_role("heading", name=re.compile("ORD-"))).to_be_visible()
    main.get_by_role("button", name="Conferma").click()
    main.get_by_role("button", name="Fattura", exact=True).click()
    main.get_by_role("button", name="Emetti").click()
    dialog.get_by_role("button", name="Emetti").click()
    expect(main.get_by_role("heading", name=re.compile(r"FT-\d{4}-\d{5}"))).to_be_visible()
    assert "Sartori Vivai" in _papers(page)
    assert complaints == []


def test_for_an_outsider_nothing_of_it_exists(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "marta", viewport={"width": 1440, "height": 900})
    navigation = page.get_by_role("navigation", name="Principale")
    assert [link.strip() for link in navigation.get_by_role("link").all_inner_texts()] == ["Home", "Avvisi"]
    for path in ("leads", "opportunities", "quotes", "orders", "invoices", "people", "organisations", "products"):
        for address in (f"/{path}/", f"/{path}/1/", f"/{path}/new/", f"/{path}/board/", f"/{path}/1/edit/"):
            assert page.request.get(address).status == 404, address
    for address in ("/sales/", "/sales/forecast/", "/quotes/1/pdf/", "/invoices/1/pdf/"):
        assert page.request.get(address).status == 404, address
    page.goto("/search/?q=Sedia")
    expect(page.locator("#main")).to_contain_text("Nessun risultato")
    expect(page.locator("#main a[href*='/products/']")).to_have_count(0)
