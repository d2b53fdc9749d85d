"""A list is arranged by mouse and by keyboard, and is as it was arranged for those for whom it was."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from anello.core.actions import run
from tests.browser.chromium import barriers, entered
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def columns(page: Any) -> list[str]:
    """The headings of the list."""
    page.goto("/leads/")
    return [text.strip() for text in page.locator("thead th:not(.select)").all_inner_texts()][:-1]


def test_columns_are_dragged_and_moved_by_keys_saved_seen_and_reset(
    chromium: Any, live_server: Any, lasting: Any, cast: Cast
) -> None:
    run("lead.create", {"last_name": "Rossi", "company": "Acme"}, cast.ctx("carla"))
    boss, seller = Client(), Client()
    boss.force_login(cast.anna)
    assert boss.post("/elevate/", {"password": "anello-demo"}).status_code == 302
    seller.force_login(cast.carla)
    complaints: list[str] = []
    anna = entered(chromium, live_server.url, boss, complaints)
    carla = entered(chromium, live_server.url, seller, complaints)
    product = columns(carla)

    anna.goto("/studio/leads/layout/?part=list&role=sales")
    anna.locator("[data-island=layout][data-mounted]").wait_for()
    assert barriers(anna) == []
    zone = anna.locator("[data-zone]")
    item = anna.locator("[data-zone] [data-label='Azienda']")
    item.locator(".layout-grip").drag_to(anna.locator("[data-zone] [data-label='Nome']").first)
    assert item.evaluate("(item) => item.previousElementSibling") is None
    # By keyboard: the second column is grabbed and put one place further.
    second = zone.locator("[data-item]").nth(1)
    moved = second.get_attribute("data-label")
    second.focus()
    for key in (" ", "ArrowRight", " "):
        anna.keyboard.press(key)
    assert zone.locator("[data-item]").nth(2).get_attribute("data-label") == moved
    assert moved in anna.locator("#announcer").inner_text()
    anna.keyboard.press("Delete")
    tray = anna.locator("[data-tray]")
    anna.locator("[data-filter]").fill("telef")
    tray.locator("[data-label='Telefono']").focus()
    anna.keyboard.press("Enter")
    wanted = [
        zone.locator("[data-item]").nth(i).get_attribute("data-label")
        for i in range(zone.locator("[data-item]").count())
    ]
    assert wanted[-1] == "Telefono"
    assert moved not in wanted

    # What is not saved is kept on the way out and back.
    anna.goto("/")
    anna.goto("/studio/leads/layout/?part=list&role=sales")
    anna.locator(".draft-notice").wait_for()
    anna.locator("[data-island=layout][data-mounted]").wait_for()
    assert columns(carla) == product
    anna.get_by_role("button", name="Salva", exact=False).first.click()
    anna.get_by_role("button", name="Come per tutti").wait_for()
    assert columns(carla) == wanted != product
    anna.get_by_role("button", name="Come per tutti").click()
    anna.get_by_role("button", name="Come per tutti").wait_for(state="detached")
    assert columns(carla) == product
    anna.locator("#toasts > *", has_text="ripristinata").get_by_role("button", name="Annulla").click()
    anna.get_by_role("button", name="Come per tutti").wait_for()
    assert columns(carla) == wanted
    assert not complaints
