"""The shell and its components in a real browser: keys, regions, drafts, boards, accessibility, weight."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect
from tests.browser.chromium import BUNDLE, barriers

from anello.core.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Any]
_NO_ROUTES: Mapping[str, Any] = MappingProxyType({})


def _is_complaint(line: Any) -> bool:
    """An error of ours; a refusal that a test provoked (409) is none."""
    return line.type == "error" and "status of 409" not in line.text


@pytest.fixture
def design(chromium: Any, live_server: Any) -> Iterator[Open]:
    """Opens `/design/` and fails the test on any script error or breach of the content policy."""
    complaints: list[str] = []
    contexts = []

    def open_page(
        width: int = 1440, *, cookies: Sequence[Any] = (), routes: Mapping[str, Any] = _NO_ROUTES, **query: str
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", has_touch=width < 500
        )
        contexts.append(context)
        context.add_cookies([{**cookie, "url": live_server.url} for cookie in cookies])
        for address, answer in routes.items():
            context.route(address, answer)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line) else None)
        page.goto(f"{live_server.url}/design/?" + "&".join(f"{k}={v}" for k, v in query.items()))
        page.wait_for_selector(".ec-event")
        page.wait_for_selector(".chart-plot svg")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_is_accessible_and_fits(design: Open, width: int, theme: str) -> None:
    page = design(width, theme=theme, language="en" if width == 360 else "it")
    assert barriers(page) == []
    assert page.evaluate("document.getElementById('main').scrollWidth <= innerWidth")


def test_rows_are_walked_selected_and_opened_by_keys(design: Open) -> None:
    page = design()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-selection-count]").inner_text() == "1"
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel-frame.is-open #panel h2")
    page.keyboard.press("Escape")
    assert page.locator("#panel-frame.is-open").count() == 0
    assert "Cantina Vallescura" in page.evaluate("document.activeElement.innerText")


def test_going_back_restores_page_and_scroll(design: Open) -> None:
    page = design()
    page.evaluate("document.getElementById('main').scrollTop = 400")
    page.locator(".sidebar a[href='/design/?plain=package']").click()
    page.wait_for_url("**/design/?plain=package")
    expect(page.locator("#main")).to_have_js_property("scrollTop", 0)
    page.go_back()
    expect(page.locator("#main")).to_have_js_property("scrollTop", 400)
    assert page.locator("main").count() == 1


def test_toast_offers_undo(design: Open) -> None:
    page = design(language="en")
    page.get_by_text("Show a toast").click()
    page.locator(".toast [data-undo]").click()
    page.wait_for_selector(".toast-info")


def test_toasts_never_pile_up_and_are_dismissed(design: Open) -> None:
    page = design(language="en")
    show = """texts => texts.forEach(text => document.dispatchEvent(new CustomEvent('toast', {detail: {text}})))"""
    page.evaluate(show, ["one", "two", "two", "three", "four"])
    assert [text.strip() for text in page.locator(".toast > span").all_inner_texts()] == ["two", "three", "four"]
    page.get_by_role("button", name="Close").last.click()
    expect(page.locator(".toast")).to_have_count(2)


def test_draft_survives_leaving_and_can_be_discarded(design: Open) -> None:
    page = design()
    form = page.locator("form[data-draft]")
    name, company = form.locator("input[name=name]"), form.locator("anello-combobox[data-name=company]")
    name.fill("Half a thought")
    company.get_by_role("combobox").fill("moli")
    company.get_by_role("option", name="Molino del Garda").click()
    form.locator("anello-combobox[data-name=tags]").get_by_role("combobox").fill("fiera")
    # A word that was typed is a tag, though nobody pressed Enter.
    name.click()
    page.reload()
    page.wait_for_selector(".draft-notice")
    expect(name).to_have_value("Half a thought")
    expect(company.get_by_role("combobox")).to_have_value("Molino del Garda")
    expect(company.locator("input[type=hidden]")).to_have_value("4")
    expect(form.locator(".tag", has_text="fiera")).to_be_visible()
    page.locator(".draft-notice button").click()
    expect(name).to_have_value("Giulia Bianchi")
    expect(company.get_by_role("combobox")).to_have_value("Officine Brenta")
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.includes('draft'))") == []


def test_a_double_click_saves_once(design: Open) -> None:
    page = design(language="en")
    sent: list[Any] = []
    page.route("**/design/accept/", lambda route: sent.append(route))
    page.locator("form[data-draft] .btn-primary").dblclick()
    sent[0].fulfill(headers={"HX-Trigger": '{"toast": {"text": "Once"}}'})
    expect(page.locator(".toast")).to_contain_text("Once")
    assert len(sent) == 1


def test_a_dialog_in_which_something_was_written_closes_at_the_second_wish(design: Open) -> None:
    page = design(language="en", routes={"**/search/suggest/**": lambda route: route.fulfill(body="")})
    page.get_by_role("link", name="Prepare a quote").click()
    dialog = page.locator("#dialog-frame[open]")
    dialog.get_by_role("textbox").first.fill("Half a thought")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("textbox").first).to_have_value("Half a thought")
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("alert")).to_contain_text("is not saved")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_enter_waits_for_the_answer_to_what_was_typed(design: Open) -> None:
    page = design()
    box = page.locator("anello-combobox[data-name=company]")
    box.get_by_role("combobox").fill("ross")
    box.get_by_role("option", name="Rossi & Figli").wait_for()
    box.get_by_role("combobox").fill("moli")
    page.keyboard.press("Enter")
    expect(box.locator("input[type=hidden]")).to_have_value("4")


def test_combobox_finds_and_keeps_what_was_chosen(design: Open) -> None:
    page = design()
    box = page.locator("anello-combobox[data-name=company]")
    box.locator("input[role=combobox]").fill("moli")
    box.locator("[role=option]", has_text="Molino del Garda").wait_for()
    page.keyboard.press("Enter")
    assert box.locator("input[type=hidden]").input_value() == "4"
    box.locator("input[role=combobox]").fill("half-typed")
    page.keyboard.press("Tab")
    assert box.locator("input[role=combobox]").input_value() == "Molino del Garda"


def _columns(page: Any) -> list[list[str]]:
    return page.eval_on_selector_all(
        ".board-cards",
        "lists => lists.map(list => [...list.querySelectorAll('.board-card')].map(card => card.dataset.id))",
    )


def test_cards_move_by_keyboard_and_by_drag(design: Open) -> None:
    page = design()
    page.locator(".board-card[data-id='0']").focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    assert _columns(page) == [["1"], ["0", "2", "3"], ["4", "5"]]
    page.locator(".board-card[data-id='1']").drag_to(page.locator(".board-card[data-id='4']"))
    expect(page.locator(".toast")).to_have_count(2)
    assert _columns(page)[0] == []


def test_a_grabbed_card_goes_back_when_its_keys_go_elsewhere(design: Open) -> None:
    page = design()
    card, other = (page.locator(f".board-card[data-id='{one}']") for one in (0, 4))
    card.focus()
    for key in ("Space", "ArrowRight"):
        page.keyboard.press(key)
    other.focus()
    expect(page.locator(".is-grabbed")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    assert _columns(page) == [["0", "1"], ["2", "3"], ["4", "5"]]


def test_refused_move_goes_back(design: Open) -> None:
    page = design()
    page.route("**/design/accept/", lambda route: route.fulfill(status=409))
    page.locator(".board-card[data-id='0']").focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    page.wait_for_selector(".toast-danger")
    assert _columns(page) == [["0", "1"], ["2", "3"], ["4", "5"]]


def test_value_is_edited_in_place_and_escape_puts_it_back(design: Open) -> None:
    form = "<form hx-post='/edit/' hx-target='closest .editable'><input name='v' value='Rossi'></form>"
    answers = {"GET": form, "POST": "Bianchi"}
    page = design(routes={"**/edit/": lambda route: route.fulfill(body=answers[route.request.method])})
    page.evaluate("""() => {
        const cell = document.querySelector('tbody td:nth-child(4)');
        cell.outerHTML = '<td class="editable" tabindex="0" hx-get="/edit/" hx-trigger="edit">Rossi</td>';
        htmx.process(document.querySelector('tbody .editable'));
    }""")
    cell = page.locator("tbody .editable")
    cell.focus()
    page.keyboard.press("F2")
    cell.locator("input").wait_for()
    page.keyboard.press("Escape")
    expect(cell).to_have_text("Rossi")
    cell.dblclick()
    cell.locator("input").fill("Bianchi")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("Bianchi")


@pytest.fixture
def session(client: Client) -> list[dict[str, str]]:
    """The cookies of somebody who has signed in."""
    client.force_login(User.objects.create(username="carla", email="carla@anello.example", first_name="Carla"))
    return [{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}]


def test_events_of_the_server_reach_bell_and_records(design: Open, session: list[dict[str, str]]) -> None:
    stream = (
        'retry: 60000\nevent: notice\ndata: {"count": 7, "text": "Nuovo potenziale"}\n\n'
        'event: list\ndata: {"module": "lead"}\n\n'
    )
    page = design(
        cookies=session,
        routes={
            "**/events/stream/**": lambda route: route.fulfill(content_type="text/event-stream", body=stream),
            "**/preferences/": lambda route: route.fulfill(status=204),
        },
    )
    expect(page.locator(".topbar .bell-count")).to_have_text("7")
    expect(page.locator(".toast-info")).to_contain_text("Nuovo potenziale")
    page.locator("[popovertarget=person-menu]").click()
    page.locator("[data-preference=theme][data-value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def _shipped(page: Any) -> list[int]:
    """The sizes of the page's HTML and of every file that it loaded, compressed as they are shipped."""
    addresses = page.evaluate("performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname)")
    files = [
        BUNDLE.parent / address.removeprefix("/static/dist/") for address in addresses if "/static/dist/" in address
    ]
    sent = [compressed if (compressed := Path(f"{file}.br")).exists() else file for file in files]
    return [len(gzip.compress(page.content().encode())), *(file.stat().st_size for file in sent)]


def test_first_load_is_light_even_with_every_island_at_once(design: Open) -> None:
    shipped = _shipped(design())
    assert len(shipped) > 10
    assert sum(shipped) < 350_000


def test_first_load_of_a_page_without_islands_is_less_than_a_photograph(
    design: Open, session: list[dict[str, str]], live_server: Any
) -> None:
    silence = {"**/events/stream/**": lambda route: route.fulfill(content_type="text/event-stream", body="")}
    page = design(cookies=session, routes=silence)
    page.goto(f"{live_server.url}/profile/")
    _html, *files = _shipped(page)
    assert len(files) > 5
    assert sum(files) < 100_000
