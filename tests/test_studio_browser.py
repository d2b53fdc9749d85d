"""The form shows, requires and offers while one types."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from anello.core.actions import run

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
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{**cookie, "url": live_server.url}])
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/people/new/")
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
    context.close()
    assert not complaints
