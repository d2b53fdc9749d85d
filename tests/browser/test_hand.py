"""What the hand feels: a card that asks before it moves, a menu of one's own, an edit without a network."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import barriers
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}


def test_a_lost_deal_asks_why_on_the_board_and_goes_back_when_cancelled(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    page.goto("/opportunities/board/")
    page.locator("#board[data-mounted]").wait_for()
    card = page.locator(".board-card").first
    card.wait_for()
    card = page.locator(f"#{card.get_attribute('id')}")
    lost = page.locator(".board-column", has_text="Persa")
    steps = page.locator(".board-column").count() - 1
    dialog = page.locator("dialog[open]")
    for answered in (False, True):
        card.focus()
        for key in ("Space", *["ArrowRight"] * steps, "Space"):
            page.keyboard.press(key)
        dialog.locator("[name=lost_reason]").wait_for()
        expect(lost.locator(".board-card")).to_have_count(1)
        if answered:
            dialog.locator("[name=lost_reason]").select_option("price")
            page.keyboard.press("Control+Enter")
            expect(page.locator(".toast [data-undo]")).to_be_visible()
        else:
            page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(lost.locator(".board-card")).to_have_count(int(answered))
        expect(card).to_be_focused()


def test_a_card_in_hand_stays_there_while_the_board_changes(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    with page.expect_response(re.compile("/events/stream/.*list=opportunity")):
        page.goto("/opportunities/board/")
    page.locator("#board[data-mounted]").wait_for()
    columns = page.locator(".board-column")
    card = columns.nth(0).locator(".board-card").first
    card.wait_for()
    card = page.locator(f"#{card.get_attribute('id')}")
    card.focus()
    page.keyboard.press("Space")
    expect(card).to_have_class(re.compile("is-grabbed"))
    page.keyboard.press("ArrowRight")
    expect(columns.nth(1).locator(card)).to_be_focused()
    count = page.locator("#main h1 .count")
    before = int(count.inner_text())
    house.bring("carla", "opportunities", {"name": "Scaffali per il magazzino"})
    expect(count).to_have_text(str(before + 1))
    expect(columns.nth(1).locator(card)).to_be_focused()
    page.keyboard.press("Escape")
    expect(columns.nth(0).locator(card)).to_be_focused()
    expect(page.locator(".board-card", has_text="Scaffali per il magazzino")).to_be_visible()


def test_nothing_is_missed_while_a_page_changes_what_it_listens_to(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    with page.expect_response(re.compile("/events/stream/.*list=opportunity")):
        page.goto("/opportunities/")
    count = page.locator("#main h1 .count")
    expect(count).not_to_be_empty()
    before = int(count.inner_text())
    page.route("**/events/stream/**", lambda route: None)
    with page.expect_request(re.compile("/events/stream/.*record=opportunity")):
        page.locator("#rows a[data-panel]").first.click()
    house.bring("carla", "opportunities", {"name": "Panche per l'atrio"})
    expect(count).to_have_text(str(before + 1))
    page.unroute_all(behavior="ignoreErrors")


def test_an_edit_in_place_without_a_network_waits_and_is_sent_once_it_is_back(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    page.goto("/leads/")
    page.goto(page.locator("tr[data-href]").first.get_attribute("data-href"))
    cell = page.locator(".facts .editable[hx-get*='job_title']")
    cell.click()
    cell.get_by_role("textbox").fill("Direttrice")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(cell).to_have_class("editable is-queued")
    expect(page.locator("#offline")).to_contain_text("1")
    # A server in trouble does not answer for it.
    page.route("**/edit/job_title/**", lambda route: route.fulfill(status=503))
    page.context.set_offline(False)
    expect(page.locator(".toast", has_text="aspetta qui")).to_be_visible()
    expect(cell).to_have_class("editable is-queued")
    page.unroute_all()
    page.reload()
    expect(page.locator(".toast", has_text="Quel che era in attesa è salvato")).to_be_visible()
    page.reload()
    expect(cell).to_have_text("Direttrice")
    assert page.evaluate("Object.entries(sessionStorage).find(([key]) => key.endsWith(':queue'))[1]") == "{}"


def test_a_draft_is_saved_beside_what_a_colleague_changed_meanwhile(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    page.goto("/leads/")
    record = page.locator("tr[data-href]").first.get_attribute("data-href")
    page.goto(f"{record}edit/")
    page.locator("#main [name=notes]").fill("Chiamare dopo le feste.")
    page.goto(record)
    cell = page.locator(".facts .editable[hx-get*='job_title']")
    cell.click()
    cell.get_by_role("textbox").fill("Titolare")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("Titolare")
    page.goto(f"{record}edit/")
    expect(page.locator(".draft-notice")).to_be_visible()
    expect(page.locator("#main [name=notes]")).to_have_value("Chiamare dopo le feste.")
    page.locator("#main [name=notes]").press("Control+Enter")
    expect(page.locator("#main .record-facts")).to_contain_text("Chiamare dopo le feste.")
    expect(page.locator("#main .record-facts")).to_contain_text("Titolare")
    page.goto(f"{record}edit/")
    expect(page.locator("#main [name=notes]")).to_have_value("Chiamare dopo le feste.")
    expect(page.locator(".draft-notice")).to_have_count(0)


def test_who_walks_a_list_sees_the_last_record_and_keeps_what_is_ticked(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    with page.expect_response(re.compile("/events/stream/.*list=lead")):
        page.goto("/leads/?sort=title")
    rows = page.locator("tr[data-href]")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h1")).to_have_text(rows.nth(0).locator(".primary").inner_text().strip())
    expect(page.locator("#panel [hx-post$='/delete/?stay=1']")).to_have_count(1)
    # The second record never comes.
    page.route(f"**{rows.nth(1).get_attribute('data-href')}", lambda route: None)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#panel h1")).to_have_text(rows.nth(2).locator(".primary").inner_text().strip())
    page.unroute_all(behavior="ignoreErrors")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    rows.nth(2).locator("[data-select]").focus()
    for key in ("Space", "Enter", "Control+Enter"):
        page.keyboard.press(key)
    house.bring("carla", "leads", {"last_name": "Zzz, arrivata adesso", "company": "Zzz"})
    expect(page.locator("tr", has_text="Zzz, arrivata adesso")).to_be_visible()
    expect(page.locator("[data-selection-bar]")).to_be_visible()
    expect(page.locator("[data-selection-count]")).to_have_text("1")
    assert posted == []


def test_the_menu_is_arranged_by_keyboard(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "dario", viewport=WIDE)
    places = page.locator(".sidebar .arc-data .nav-item")
    first, second = places.nth(0).inner_text(), places.nth(1).inner_text()
    page.get_by_role("button", name="Disponi il menu").click()
    down = page.locator("dialog[open]").get_by_role("button", name=f"Sposta giù: {first}")
    expect(down).to_be_enabled()
    down.press("Enter")
    page.locator("dialog[open]").get_by_role("button", name="Salva").click()
    expect(places.nth(0)).to_have_text(second)
    expect(places.nth(1)).to_have_text(first)


def test_the_reference_of_the_api_keeps_nobody_out(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "carla", viewport=WIDE)
    page.goto("/api/v1/docs")
    page.locator(".opblock-tag").first.wait_for()
    assert barriers(page) == []


def _administer(page: Any, then: str) -> None:
    page.goto(f"/elevate/?next={then}")
    page.locator("[name=password]").fill("anello-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{then}")


def test_permissions_are_set_by_keys_and_nothing_counts_before_it_is_saved(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "anna", viewport=WIDE, locale="en")
    _administer(page, "/administration/")
    page.locator("a[href$='/matrix/']", has_text="Venditore").first.click()
    page.locator("[data-island=matrix][data-mounted]").wait_for()
    page.locator("[data-filter]").fill("person")
    cell = page.locator("[data-name='grants:person:view']")
    page.locator("[data-row]", has_text="Persone").focus()
    page.keyboard.press("ArrowRight")
    expect(cell).to_be_focused()
    page.keyboard.press("t")
    expect(cell).to_have_text("tutti")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("2")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-count]")).to_have_text("1")
    page.locator("[data-fields=person]").click()
    rule = page.locator("select[data-name='fields:person:email']")
    rule.select_option("read")
    expect(page.locator("[data-count]")).to_have_text("2")
    assert barriers(page) == []
    page.locator("[data-save]").click()
    undo = page.locator(".toast [data-undo]")
    undo.wait_for()
    expect(page.locator("[data-name='grants:person:view']")).to_have_attribute("data-stored", "all")
    undo.click()
    # The page looks again by itself.
    expect(page.locator("[data-name='grants:person:view']")).to_have_attribute("data-stored", "")


def test_seen_as_somebody_the_frame_stays_and_nothing_can_be_changed(chromium: Any, house: House) -> None:
    page = house.enter(chromium, "anna", viewport={"width": 360, "height": 780})
    _administer(page, "/users/")
    page.locator("#main a", has_text="carla").first.click()
    page.locator("a[href$='/access/']").click()
    page.locator("form[action$='/view-as/'] button").click()
    frame = page.locator(".seen-as")
    expect(frame).to_contain_text("Carla Conti")
    page.goto("/people/")
    expect(frame).to_be_visible()
    assert barriers(page) == []
    page.locator("tbody tr[data-href]").first.click()
    page.goto("/people/new/")
    page.locator("[name=last_name]").fill("Nessuno")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast, .plain-lead").first).to_contain_text("non puoi cambiare nulla")
    page.goto("/")
    frame.locator("button").click()
    expect(frame).to_have_count(0)
