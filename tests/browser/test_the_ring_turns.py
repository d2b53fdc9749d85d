"""The ring turns once, by clicking and typing: Ivo gathers and decides, Bruno approves, Carla calls, an order comes, and
Ivo sees what changed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import barriers, listen, settled
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
CUSTOMERS = 24


def _customers(house: House) -> list[int]:
    """Customers of Carla's who bought twice and have been silent since, as another program brings them."""
    people = [{"last_name": f"Bevilacqua {n}", "mobile": "+393331234567"} for n in range(CUSTOMERS)]
    found: list[int] = house.bring("carla", "people/bulk", {"create": people})["created"]
    agreed = {"purpose": "phone", "status": "given", "source": "form"}
    house.bring("carla", "consents/bulk", {"create": [{"person": person, **agreed} for person in found]})
    day = dt.datetime.now(dt.UTC).date()
    orders = [
        {"person": person, "date": str(day - dt.timedelta(days=days)), "total": "120.00", "status": "fulfilled"}
        for person in found
        for days in (150, 120)
    ]
    house.bring("bruno", "orders/bulk", {"create": orders})
    return found


def _known(page: Any, purchases: int) -> None:
    """Look at the warehouse until it holds so many purchases."""
    row = page.locator("#main tr", has_text="mart.purchase").first
    page.goto("/warehouse/")
    while not row.count() or int(row.locator("td").last.inner_text().replace(".", "")) < purchases:
        page.reload()
        settled(page)


def _chosen(form: Any, label: str, words: str, option: str) -> None:
    """Pick an option of a field that finds it while one types."""
    form.get_by_role("combobox", name=label).fill(words)
    form.get_by_role("option", name=option, exact=True).click()


def _add(form: Any, how: str, option: str, what: str, value: str) -> None:
    """Put the condition that is being written to the others; the choice of `how` draws the fields anew."""
    field = form.get_by_label(what)
    before = field.element_handle()
    form.get_by_role("combobox", name=re.compile(f"^{how}(?! su)")).select_option(label=option)
    before.wait_for_element_state("hidden")
    field.fill(value)
    form.get_by_role("button", name="Aggiungi la condizione").click()
    expect(form.locator(".chip").last).to_contain_text(value)


def test_a_segment_is_gathered_decided_on_carried_out_and_measured(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    people = _customers(house)

    # Ivo gathers those who bought twice and have been silent for 90 days, once the warehouse knows of them.
    ivo = house.enter(chromium, "ivo", viewport=WIDE)
    listen(ivo, complaints)
    main = ivo.locator("#main")
    _known(ivo, 2 * CUSTOMERS)
    ivo.goto("/segments/new/")
    main.get_by_label("Nome").fill("Due acquisti, poi silenzio")
    for how, number in (("esattamente … volte", "2"), ("mai da … giorni", "90")):
        _chosen(main, "Aggiungi una condizione su", "Acquisti", "Acquisti")
        _add(main, "Come", how, "Quanti", number)
    expect(main.locator("#segment-found strong")).to_have_text(str(CUSTOMERS))
    assert barriers(ivo) == []
    main.get_by_role("button", name="Salva").click()
    expect(main.get_by_role("heading", name="Due acquisti, poi silenzio")).to_be_visible()
    expect(main.locator(".timeline")).to_contain_text(f"{CUSTOMERS} in tutto")

    # Ivo writes a policy and watches what it would do.
    ivo.goto("/ring/")
    expect(main.get_by_text("Il primo giro")).to_be_visible()
    main.get_by_role("link", name="Scrivi una politica").click()
    main.get_by_label("Nome").first.fill("Risentire i fedeli")
    _chosen(main, "Segmento", "Due acquisti", "Due acquisti, poi silenzio")
    main.get_by_text("Un'altra condizione").click()
    _chosen(main, "Aggiungi una condizione su", "Cognome", "Cognome")
    _add(main, "Condizione", "inizia con", "Valore", "Bevilacqua")
    main.get_by_label("Che cosa", exact=True).first.select_option(label="Telefonata del venditore")
    main.get_by_label("Oggetto").fill("Chiamare {{ customer.title }}")
    main.get_by_label("Gruppo di controllo").fill("40")
    preview = main.locator("#preview")
    expect(preview.get_by_text(str(CUSTOMERS), exact=True)).to_be_visible()
    expect(preview.get_by_text("da parte, per confronto")).to_be_visible()
    assert barriers(ivo) == []
    main.get_by_role("button", name="Salva").click()
    expect(main.get_by_role("heading", name="Risentire i fedeli")).to_be_visible()
    main.get_by_role("button", name="Simula", exact=True).click()
    expect(main.get_by_text("Simulata").first).to_be_visible()
    main.get_by_role("button", name="Chiedi l'approvazione").click()
    expect(main.get_by_text("Da approvare").first).to_be_visible()

    # Bruno, who could do all of it himself, approves.
    bruno = house.enter(chromium, "bruno", viewport=WIDE)
    listen(bruno, complaints)
    bruno.goto(ivo.url)
    bruno.locator("#main").get_by_role("button", name="Approva e avvia").click()
    bruno.locator("#dialog").get_by_role("button", name="Approva e avvia").click()
    expect(bruno.locator("#main").get_by_text("Attiva").first).to_be_visible()

    # Ivo lets it decide; Carla finds a call, reads why, and completes it.
    policy = ivo.url
    main.get_by_role("button", name="Decidi ora").click()
    expect(main.get_by_text("Intervallo al 95 per cento")).to_be_visible()
    assert barriers(ivo) == []
    carla = house.enter(chromium, "carla", viewport=WIDE)
    listen(carla, complaints)
    desk, panel, dialog = carla.locator("#main"), carla.locator("#panel"), carla.locator("#dialog")
    carla.get_by_role("link", name="Attività", exact=True).click()
    desk.get_by_role("searchbox").fill("Chiamare Bevilacqua")
    expect(carla).to_have_url(re.compile("q=Chiamare"))
    call = desk.get_by_role("link", name=re.compile(r"^Chiamare Bevilacqua \d+$")).first
    subject = call.inner_text()
    person = people[int(subject.rpartition(" ")[2])]
    call.click()
    expect(panel).to_contain_text("Risentire i fedeli")
    panel.get_by_role("button", name="Concludi").click()
    dialog.get_by_role("button", name="Concludi").click()
    row = desk.locator("tr").filter(has=carla.get_by_role("link", name=subject, exact=True))
    expect(row).to_contain_text("Svolto")

    # The customer orders, and the ring moves under Ivo's eyes.
    ivo.goto("/ring/")
    outcome = main.locator(".quarter-outcome div", has_text="Con il risultato").locator("dd")
    expect(outcome).to_have_text("0")
    expect(main.locator(".quarter-activities div", has_text="Fatte").locator("dd")).not_to_have_text("0")
    order = house.bring("carla", "orders", {"person": person})["id"]
    chair = {"description": "Sedia", "quantity": "2", "unit_price": "180.00"}
    house.bring("carla", "order-lines", {"order": order, **chair})
    house.bring("carla", f"orders/{order}/confirm", {})
    expect(outcome).to_have_text("1")
    expect(main.locator(".loop-value")).to_contain_text("+")
    assert barriers(ivo) == []
    outcome.get_by_role("link").click()
    expect(main.locator("tr[data-href]")).to_have_count(1)
    main.locator("tr[data-href]").click()
    expect(ivo.locator("#panel")).to_contain_text("Risentire i fedeli")
    ivo.goto(policy)
    expect(main.locator(".forest-head")).to_contain_text("punti")
    assert complaints == []
