"""The ring turns once, by clicking and typing: Ivo gathers and decides, Bruno approves, Carla acts, Ivo sees what changed."""

from __future__ import annotations

import datetime as dt
import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import barriers, listen, settled
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
CALM = 90_000
"""Milliseconds in which a job of the worker is done, however busy the machine."""


def _customers(house: House, count: int) -> None:
    """Customers of Carla's who bought twice and have been silent since, by the API, as another program brings them."""
    day = dt.datetime.now(dt.UTC).date()
    found = _bulk(house, "carla", "people", [{"last_name": f"Bevilacqua {n}"} for n in range(count)])
    orders = [
        {"person": person, "date": str(day - dt.timedelta(days=days)), "total": "120.00", "status": "fulfilled"}
        for person in found
        for days in (150, 120)
    ]
    _bulk(house, "bruno", "orders", orders)


def _bulk(house: House, who: str, module: str, rows: list[dict[str, Any]]) -> list[int]:
    token = house.command("user", "token", who).strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{house.url}/api/v1/{module}/bulk", json.dumps({"create": rows}).encode(), headers
    )
    with urllib.request.urlopen(request) as answer:
        made: list[int] = json.load(answer)["created"]
    return made


def _condition(page: Any, measure: str, number: str) -> None:
    """Puts a condition about purchases to those of a segment; each choice brings the fields that it needs."""
    main = page.locator("#main")
    with page.expect_response("**/segments/conditions/"):
        main.get_by_role("combobox", name="Aggiungi una condizione su").fill("Acquisti")
        main.get_by_role("option", name="Acquisti").first.click()
    with page.expect_response("**/segments/conditions/"):
        main.get_by_label("Come").select_option(label=measure)
    settled(page)
    main.get_by_label("Quanti").fill(number)
    main.get_by_role("button", name="Aggiungi la condizione").click()
    expect(main.locator(".segment-chips .chip").last).to_contain_text(number, timeout=CALM)


def test_a_segment_is_gathered_decided_on_carried_out_and_measured(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    _customers(house, 24)

    # Ivo gathers those who bought twice and have been silent for 90 days, as soon as the warehouse knows of them.
    ivo = house.enter(chromium, "ivo", viewport=WIDE)
    listen(ivo, complaints)
    main = ivo.locator("#main")
    ivo.goto("/segments/new/")
    main.get_by_label("Nome").fill("Due acquisti, poi silenzio")
    _condition(ivo, "esattamente … volte", "2")
    _condition(ivo, "mai da … giorni", "90")
    expect(main.locator("#segment-found")).to_contain_text("24", timeout=CALM)
    assert barriers(ivo) == []
    main.get_by_role("button", name="Salva").click()
    expect(main.get_by_role("heading", name="Due acquisti, poi silenzio")).to_be_visible()

    # Ivo builds a policy and watches what it would do.
    ivo.goto("/ring/")
    expect(main.get_by_text("Il primo giro")).to_be_visible()
    main.get_by_role("link", name="Scrivi una politica").click()
    main.get_by_label("Nome").first.fill("Risentire i fedeli")
    main.get_by_label("Gruppo di controllo").fill("40")
    main.get_by_label("Che cosa", exact=True).first.select_option(label="Compito per il venditore")
    main.get_by_label("Oggetto").fill("Sentire {{ customer.title }}")
    main.get_by_role("combobox", name="Segmento").fill("Due acquisti")
    main.get_by_role("option", name="Due acquisti, poi silenzio").click()
    main.get_by_label("Risultato atteso").select_option(label="Un fatto")
    main.get_by_label("Quale fatto").fill("activity.completed")
    preview = main.locator("#preview")
    expect(preview.get_by_text("24", exact=True)).to_be_visible(timeout=CALM)
    expect(preview.get_by_text("da parte, per confronto")).to_be_visible()
    main.get_by_role("button", name="Salva").click()
    expect(main.get_by_role("heading", name="Risentire i fedeli")).to_be_visible()
    main.get_by_role("button", name="Simula", exact=True).click()
    expect(main.get_by_text("Simulata").first).to_be_visible()
    assert barriers(ivo) == []
    main.get_by_role("button", name="Chiedi l'approvazione").click()
    expect(main.get_by_text("Da approvare").first).to_be_visible()

    # Bruno, who could do all of it himself, approves.
    bruno = house.enter(chromium, "bruno", viewport=WIDE)
    listen(bruno, complaints)
    bruno.goto(ivo.url)
    bruno.locator("#main").get_by_role("button", name="Approva e avvia").click()
    bruno.locator("#dialog").get_by_role("button", name="Approva e avvia").click()
    expect(bruno.locator("#main").get_by_text("Attiva").first).to_be_visible()

    # Ivo lets it decide; Carla finds a task, reads why, and completes it.
    ivo.reload()
    main.get_by_role("button", name="Decidi ora").click()
    expect(main.get_by_text("Intervallo al 95 per cento")).to_be_visible(timeout=CALM)
    policy = ivo.url
    ivo.goto("/ring/")
    expect(main.get_by_text("Effetto misurato")).to_be_visible()
    outcome = main.locator(".quarter-outcome")
    expect(outcome.get_by_text("Con il risultato").locator("..")).to_contain_text("0")
    carla = house.enter(chromium, "carla", viewport=WIDE)
    listen(carla, complaints)
    filtered = json.dumps({"field": "subject", "op": "starts", "value": "Sentire Bevilacqua"})
    carla.goto(f"/activities/?filter={filtered}")
    task = carla.locator("#main").get_by_role("link", name=re.compile("^Sentire Bevilacqua")).first
    expect(task).to_be_visible(timeout=CALM)
    task.click()
    panel, dialog = carla.locator("#panel"), carla.locator("#dialog")
    expect(panel).to_contain_text("Risentire i fedeli")
    panel.get_by_role("button", name="Concludi").click()
    dialog.get_by_role("button", name="Concludi").click()
    expect(dialog).to_be_hidden(timeout=CALM)
    carla.reload()
    expect(carla.locator("#main").get_by_text("Fatto").first).to_be_visible(timeout=CALM)

    # Ivo measures, and the ring has moved.
    ivo.goto(policy)
    ivo.get_by_role("button", name="Altre azioni").click()
    ivo.get_by_role("menuitem", name="Misura ora").click()
    ivo.goto("/ring/")
    expect(outcome.get_by_text("Con il risultato").locator("..")).to_contain_text("1", timeout=CALM)
    assert barriers(ivo) == []
    assert complaints == []
