"""The form shows, requires and offers while one types, and takes files."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from anello.core.actions import run
from anello.core.modules import get
from tests.browser.chromium import barriers, entered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def option(value: str, *when: str) -> dict[str, Any]:
    return {"value": value, "it": value.title(), "en": value.title(), "when": list(when)}


def test_fields_come_and_go_with_what_is_chosen(chromium: Any, live_server: Any, lasting: Any, cast: Any, anna: Any):
    def add(kind: str, label: str, **more: Any) -> str:
        values = {"module": "person", "kind": kind, "label_it": label, "label_en": label, **more}
        made = run("custom_field.create", values, anna)
        lasting()
        return made.name

    make = add("choice", "Marca", options=[option("fiat"), option("alfa")])
    model = add("choice", "Modello", depends_on=make, options=[option("panda", "fiat"), option("giulia", "alfa")])
    why = add("text", "Perché", show_if=f"{make} == 'alfa'", required=True)
    client = Client()
    client.force_login(cast.anna)
    complaints: list[str] = []
    page = entered(chromium, live_server.url, client, complaints)
    page.goto("/people/new/")
    hidden = page.locator(f"[name={why}]")
    hidden.wait_for(state="hidden")
    assert hidden.is_disabled()
    page.locator("[name=last_name]").fill("Rossi")
    page.select_option(f"[name={make}]", "fiat")
    page.locator(f"[name={model}] option[value=giulia]:disabled").wait_for(state="attached")
    page.select_option(f"[name={model}]", "panda")
    page.select_option(f"[name={make}]", "alfa")
    hidden.wait_for(state="visible")
    assert page.locator(f"[name={model}]").input_value() == ""
    assert page.locator(f".field[data-required] [name={why}]").count() == 1
    hidden.fill("perché sì")
    page.select_option(f"[name={model}]", "giulia")
    page.get_by_role("button", name="Salva", exact=False).first.click()
    page.get_by_role("heading", name="Rossi").wait_for()
    page.context.close()
    assert not complaints


def test_a_file_is_chosen_saved_replaced_in_place_and_taken_off(
    chromium: Any, live_server: Any, lasting: Any, cast: Any, anna: Any, settings: Any, tmp_path: Any
):
    settings.MEDIA_ROOT = tmp_path / "files"
    given = {"module": "person", "kind": "file", "label_it": "Contratto", "label_en": "Contract"}
    name = run("custom_field.create", given, anna).name
    lasting()
    client = Client()
    client.force_login(cast.carla)
    complaints: list[str] = []
    page = entered(chromium, live_server.url, client, complaints)
    page.goto("/people/new/")
    field = page.locator(f".file-field:has([name={name}])")
    page.locator("[name=last_name]").fill("Bianchi")
    # Saved while the file is on its way, the record waits for it; of two, the one chosen last counts.
    uploads: list[Any] = []
    page.route("**/files/", lambda route: uploads.append(route))
    for name_of, content in (("zero.pdf", b"%PDF-0"), ("meno.pdf", b"%PDF--1")):
        field.locator("[type=file]").set_input_files({"name": name_of, "mimeType": "", "buffer": content})
    page.get_by_role("button", name="Salva", exact=False).first.click()
    page.get_by_text("Il file sta arrivando").wait_for()
    assert not get("person").model.objects.filter(last_name="Bianchi").exists()
    uploads[-1].continue_()
    page.get_by_role("link", name="meno.pdf").wait_for()
    page.unroute("**/files/")
    assert getattr(get("person").model.objects.get(last_name="Bianchi"), name)["size"] == 7

    page.goto("/people/new/")
    page.locator("[name=last_name]").fill("Rossi")
    field.locator("[type=file]").set_input_files({"name": "uno.pdf", "mimeType": "", "buffer": b"%PDF-1"})
    field.get_by_text("uno.pdf").wait_for()
    assert barriers(page) == []
    # What was chosen is kept on the way out and back, like all that is typed.
    page.goto("/people/")
    page.goto("/people/new/")
    page.locator(".draft-notice").wait_for()
    field.get_by_text("uno.pdf").wait_for()
    page.get_by_role("button", name="Salva", exact=False).first.click()
    page.get_by_role("link", name="uno.pdf").wait_for()
    person = get("person").model.objects.get(last_name="Rossi")

    cell = page.locator(f".editable[hx-get*='/edit/{name}/']").first
    cell.focus()
    page.keyboard.press("Enter")
    cell.locator("[type=file]").set_input_files({"name": "due.txt", "mimeType": "", "buffer": b"due"})
    cell.get_by_text("due.txt").wait_for()
    cell.get_by_role("button", name="Salva").click()
    page.get_by_role("link", name="due.txt").wait_for()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="due.txt").first.click()
    assert downloading.value.path().read_bytes() == b"due"

    cell.focus()
    page.keyboard.press("Enter")
    cell.get_by_role("button", name="Togli Contratto").click()
    cell.get_by_role("button", name="Salva").click()
    cell.locator("form").wait_for(state="detached")
    assert page.get_by_role("link", name="due.txt").count() == 0
    person.refresh_from_db()
    assert getattr(person, name) is None
    page.context.close()
    assert not complaints
