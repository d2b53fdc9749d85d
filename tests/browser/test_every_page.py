"""Every page opens, complains of nothing, fits a phone and keeps nobody out: both languages, both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest

from tests.browser.chromium import barriers, listen, settled
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 800}
SALES = ("it", [(WIDE, "light"), (NARROW, "dark")])
SETUP = ("en", [(WIDE, "dark")])
"""Wide and narrow, light and dark, both languages once: all pairs would find little more in thrice the time."""
NOT_OURS = ("/static/", "/api/")
HIDDEN = {
    "carla": ["/inbox/", "/search/?q=ferr", "/people/duplicates/", "/profile/"],
    "anna": ["/audit/", "/imports/", "/people/import/"],
}
"""Pages that nothing but a menu leads to."""
ENTRANCE = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/inactive/"]


@contextmanager
def _visit(chromium: Any, house: House, name: str, language: str) -> Iterator[Any]:
    """The home page in somebody's name and in a language, which is Italian again for whoever comes next."""
    page = house.enter(chromium, name)
    try:
        _speak(page, language)
        yield page
    finally:
        page.goto("/")
        _speak(page, "it")
        page.context.close()


def _speak(page: Any, language: str) -> None:
    if page.locator("html").get_attribute("lang") == language:
        return
    page.locator("[popovertarget=person-menu]").first.click()
    page.locator(f"[data-preference=language][data-value={language}]").first.click()
    page.wait_for_selector(f"html[lang={language}]")


def _kind(address: str) -> str:
    """Addresses that differ in a number alone are pages of one kind; so are the tasks that every list offers, and
    what Studio says of every module and of every field, the product's own and others."""
    plain = re.sub(r"\d+", "1", address.partition("?")[0])
    plain = re.sub(r"^/studio/(?!new/|modules/)[\w-]+/", "/studio/module/", plain)
    plain = re.sub(r"(?<=/fields/)(?!new/)(x_)?[\w-]+", r"\1field", plain)
    return re.sub(r"^/[\w-]+(?=/(import|merge|duplicates|1/edit)/$)", "", plain)


def _addresses(page: Any, arcs: str, more: list[str]) -> list[str]:
    """One page of each kind that links lead to, from the places of these arcs on and never into those of others."""
    hrefs = "links => links.map(link => link.getAttribute('href'))"
    places = page.eval_on_selector_all(f".sidebar {arcs} a[href]", hrefs)
    foreign = tuple(set(page.eval_on_selector_all(".sidebar a[href]", hrefs)) - {*places, "/"})
    known = {_kind(address): address for address in [*places, *more]}
    waiting, found = list(known.values()), []
    while waiting:
        answer = page.request.get(address := waiting.pop(0))
        if "text/html" not in answer.headers["content-type"]:
            continue
        found.append(address)
        for link in re.findall(r'href="(/[^"#]*)', answer.text().partition('id="main"')[2]):
            if _kind(link) not in known and not link.startswith((*foreign, *NOT_OURS, "/inbox/1")):
                known[_kind(link)] = unescape(link)
                waiting.append(known[_kind(link)])
    return found


def _faults(page: Any, address: str, looks: list[tuple[dict[str, int], str]]) -> Iterator[str]:
    for number, (size, theme) in enumerate(looks):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        where = f"{address} at {size['width']} px, {theme}"
        if number == 0:
            status = page.goto(address).status
            if status != 200:
                yield f"{where}: status {status}"
                return
            settled(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            yield f"{where}: {wide} px wide"
        yield from (f"{where}: {barrier}" for barrier in barriers(page))


def test_every_page_of_a_salesperson_is_whole(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    language, looks = SALES
    with _visit(chromium, house, "carla", language) as page:
        listen(page, complaints)
        addresses = _addresses(page, "", HIDDEN["carla"])
        faults = [fault for address in addresses for fault in _faults(page, address, looks)]
    assert len(addresses) > 20
    assert faults + complaints == []


def test_every_page_of_the_administration_is_whole(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    language, looks = SETUP
    with _visit(chromium, house, "anna", language) as page:
        listen(page, complaints)
        page.goto("/elevate/?next=/administration/")
        faults = [f"/elevate/: {barrier}" for barrier in barriers(page)]
        page.locator("[name=password]").fill("anello-demo")
        page.keyboard.press("Enter")
        page.wait_for_selector("#main .tiles")
        addresses = _addresses(page, ".arc-setup", HIDDEN["anna"])
        faults += [fault for address in addresses for fault in _faults(page, address, looks)]
    assert {"/administration/", "/audit/"} < set(addresses)
    assert any(address.endswith("/matrix/") for address in addresses)
    assert faults + complaints == []


def test_every_page_before_signing_in_is_whole(chromium: Any, house: House) -> None:
    complaints: list[str] = []
    language, looks = SALES
    page = chromium.new_context(base_url=house.url, locale=language).new_page()
    listen(page, complaints)
    faults = [fault for address in ENTRANCE for fault in _faults(page, address, looks)]
    page.context.close()
    assert faults + complaints == []
