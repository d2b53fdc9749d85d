"""The pictures of the README, taken anew: `python -m tests.browser.screenshots` (needs Chromium and the front end)."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.chromium import ROOT, launched
from tests.browser.house import opened
from tests.database import server

PAGES = {"opportunities": "/opportunities/board/", "people": "/people/"}
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
LOOKING = 300_000
"""Milliseconds in which a new installation has loaded its warehouse and measured what the demo's turns changed."""


def take() -> None:
    """Screens of the company of `company.py` as Carla sees them, and the demo company's ring as Ivo does.

    1440 × 900 in the light theme, into docs/images.
    """
    with server, launched() as browser:
        with opened() as house:
            page = house.enter(browser, "carla", viewport=SIZE, color_scheme="light")
            for name, address in PAGES.items():
                page.goto(address)
                expect(page.locator("#main h1 .count")).not_to_be_empty()
                page.screenshot(path=IMAGES / f"{name}.png")
        with opened(demo=True) as house:
            ring(house.enter(browser, "ivo", viewport=SIZE, color_scheme="light"))


def ring(page: Page) -> None:
    """The ring once both turns are measured, without what surrounds it."""
    page.goto("/ring/")
    expect(page.locator(".loop-value")).to_contain_text("+", timeout=LOOKING)
    expect(page.locator(".quarter-outcome dd small")).not_to_be_empty(timeout=LOOKING)
    page.mouse.move(0, 0)
    page.locator(".ring-layout").screenshot(path=IMAGES / "ring.png")


if __name__ == "__main__":
    take()
