"""Every page opens, complains of nothing, fits a phone and keeps nobody out: both languages, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.chromium import barriers, listen
from tests.browser.house import House

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 800}
ALWAYS = ["/inbox/", "/search/?q=ferr", "/people/duplicates/", "/profile/"]
LOOKS = {
    "it": [(WIDE, "light"), (NARROW, "dark")],
    "en": [(WIDE, "dark"), (NARROW, "light")],
}
"""Each language in one wide and one narrow look, so that all pairs of width and theme are seen."""


def _addresses(page: Any) -> list[str]:
    """The places of the navigation; of each list also its board, its form and its first record."""
    places = page.eval_on_selector_all(".sidebar a[href]", "links => links.map(link => link.getAttribute('href'))")
    found = dict.fromkeys([*places, *ALWAYS])
    for place in list(found):
        answer = page.request.get(place)
        html = answer.text()
        for more in (f"{place}board/", f"{place}new/"):
            if f'href="{more}' in html:
                found[more] = None
        record = page.evaluate(
            '([html, place]) => [...html.matchAll(/href="([^"?#]+)"/g)].map(one => one[1])'
            ".find(href => href.startsWith(place) && /^\\d+\\/$/.test(href.slice(place.length)))",
            [html, place],
        )
        if record:
            found[record] = None
    return list(found)


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
            page.wait_for_load_state("load")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            yield f"{where}: {wide} px wide"
        yield from (f"{where}: {barrier}" for barrier in barriers(page))


@pytest.mark.parametrize("language", LOOKS)
def test_every_page_of_a_salesperson_is_whole(chromium: Any, house: House, language: str) -> None:
    page = house.enter(chromium, "carla")
    complaints: list[str] = []
    listen(page, complaints)
    if language != "it":
        page.locator("[popovertarget=person-menu]").first.click()
        page.locator(f"[data-preference=language][data-value={language}]").first.click()
        page.wait_for_selector(f"html[lang={language}]")
        page.goto("/")
    addresses = _addresses(page)
    faults = [fault for address in addresses for fault in _faults(page, address, LOOKS[language])]
    page.context.close()
    assert len(addresses) > 20
    assert faults + complaints == []
