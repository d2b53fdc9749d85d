"""An administrator builds a module by hand, gives it to one team, and they work with it; for others it does not exist."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import barriers, listen
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
ROWS = 1000


def administering(chromium: Any, house: House) -> Any:
    page = house.enter(chromium, "anna", viewport=WIDE)
    page.goto("/elevate/?next=/studio/")
    page.locator("[name=password]").fill("anello-demo")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Studio").wait_for()
    return page


def add(page: Any, kind: str, it: str, en: str) -> None:
    """Choose a kind of field and say what the field is called."""
    page.get_by_role("link", name="Aggiungi un campo").click()
    page.locator(f"a[href$='/fields/new/{kind}/']").click()
    page.locator("[name=label_it]").fill(it)
    page.locator("[name=label_en]").fill(en)


def save(page: Any, it: str) -> None:
    page.get_by_role("button", name="Aggiungi il campo").click()
    page.locator("#fields").get_by_role("link", name=it, exact=True).wait_for()


def say(page: Any, *values: tuple[str, str]) -> None:
    """The values of a choice, in both languages, from the keyboard."""
    rows = page.locator("[data-values] [data-value]")
    for place, (it, en) in enumerate(values):
        if place == rows.count():
            page.get_by_role("button", name="Aggiungi un valore").click()
        rows.nth(place).get_by_label("In italiano").fill(it)
        rows.nth(place).get_by_label("In inglese").fill(en)


def build(page: Any) -> None:
    """Contracts of organisations, with a yearly fee that follows from the monthly one, and plans that go with a type."""
    page.get_by_role("link", name="Nuovo modulo").click()
    for name, text in (("label_it", "Contratto"), ("plural_it", "Contratti"), ("label_en", "Contract")):
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=plural_en]").fill("Contracts")
    page.get_by_label("Documento").check()
    page.get_by_role("button", name="Crea il modulo").click()
    page.get_by_role("heading", name="Contratti").wait_for()

    add(page, "link", "Organizzazione", "Organisation")
    page.locator("[name=to]").select_option("organisation")
    save(page, "Organizzazione")
    add(page, "money", "Canone", "Fee")
    save(page, "Canone")

    add(page, "formula", "Canone annuo", "Yearly fee")
    page.locator("[name=formula]").fill("x_fee * twelve")
    expect(page.locator(".studio-fault mark")).to_have_text("t")
    page.locator("[name=formula]").fill("12 *")
    page.get_by_placeholder("Inserisci un campo").fill("canone")
    page.locator("[role=option]", has_text="x_fee").first.click()
    expect(page.locator("[name=formula]")).to_have_value("12 * x_fee")
    expect(page.locator(".studio-result")).to_contain_text("importo")
    save(page, "Canone annuo")

    add(page, "choice", "Genere", "Type")
    say(page, ("Noleggio", "Rental"), ("Assistenza", "Support"))
    rows = page.locator("[data-values] [data-value]")
    rows.nth(1).get_by_role("button", name="Sposta su").click()
    expect(rows.nth(0).get_by_label("In italiano")).to_have_value("Assistenza")
    save(page, "Genere")
    add(page, "choice", "Piano", "Plan")
    say(page, ("Base", "Basic"), ("Tutto compreso", "All inclusive"), ("Lungo termine", "Long term"))
    page.locator("[name=depends_on]").select_option("x_type")
    for place, with_ in enumerate(("Assistenza", "Assistenza", "Noleggio")):
        rows.nth(place).get_by_label(with_).check()
    assert barriers(page) == []
    save(page, "Piano")


def give(page: Any, house: House) -> None:
    """A role that sees and imports contracts of its team's, for Carla."""

    def post(path: str, **form: Any) -> Any:
        cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        body = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": cookies["csrftoken"]}, doseq=True)
        headers = {"Referer": house.url, "Content-Type": "application/x-www-form-urlencoded"}
        return page.request.post(house.url + path, data=body, headers=headers)

    made = post("/roles/new/", key="contracts", name_it="Contratti", name_en="Contracts")
    number = re.search(r"/roles/(\d+)/", made.url)
    assert number, made.text()
    grants = {f"grants:x_contract:{verb}": "team" for verb in ("view", "create", "edit", "import")}
    assert post(f"/roles/{number[1]}/matrix/", version="1", **grants).ok
    carla = re.search(r'data-value="(\d+)"', page.request.get(f"{house.url}/lookup/user/?q=carla").text())
    assert carla
    assert post(f"/users/{carla[1]}/access/", do="set_roles", roles=["sales", "contracts"]).ok


def ask(house: House, who: str, path: str) -> Any:
    """What the API answers somebody: the data, or the status of a refusal."""
    request = urllib.request.Request(
        f"{house.url}/api/v1/{path}", headers={"Authorization": f"Bearer {house.token(who)}"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        return error.code


def test_contracts_are_built_by_hand_given_to_a_team_imported_and_found(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    page = administering(chromium, house)
    listen(page, complaints)
    build(page)
    give(page, house)

    carla = house.enter(chromium, "carla", viewport=WIDE)
    listen(carla, complaints)
    carla.goto("/x-contract/import/")
    lines = "".join(f"Contratto {n};{n},50;Assistenza;Base\n" for n in range(ROWS))
    file = {"name": "contratti.csv", "mimeType": "text/csv", "buffer": f"Nome;Canone;Genere;Piano\n{lines}".encode()}
    carla.locator("[name=file]").set_input_files(file)
    carla.get_by_role("button", name="Continua").click()
    carla.locator("[name=then][value=start]:enabled").click()
    carla.get_by_role("link", name="Contratti").first.wait_for()
    carla.goto("/x-contract/")
    expect(carla.locator("#main h1 .count")).to_have_text("1.000")
    carla.keyboard.press("Control+k")
    carla.keyboard.type("contratto 777")
    carla.locator(".palette-item", has_text="Contratto 777").first.click()
    expect(carla.get_by_role("heading", name="Contratto 777")).to_be_visible()
    expect(carla.locator(".record-left")).to_contain_text("9.330,00")
    assert [row["x_yearly_fee"] for row in ask(house, "carla", "x-contract?q=contratto+777")] == ["9330.00"]

    marta = house.enter(chromium, "marta", viewport=WIDE)
    assert marta.locator(".sidebar", has_text="Contratti").count() == 0
    assert marta.goto("/x-contract/").status == 404
    assert ask(house, "marta", "x-contract") == 404
    assert complaints == []
