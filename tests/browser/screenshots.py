"""The pictures of the README, taken anew: `python -m tests.browser.screenshots` (needs Chromium and the front end)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chromium import ROOT, launched
from tests.browser.house import opened
from tests.database import server

PAGES = {"opportunities": "/opportunities/board/", "people": "/people/"}


def take() -> None:
    """Screens of the company of `company.py` as Carla sees them, 1440 × 900 in the light theme, into docs/images."""
    with server, opened() as house, launched() as browser:
        page = house.enter(browser, "carla", viewport={"width": 1440, "height": 900}, color_scheme="light")
        for name, address in PAGES.items():
            page.goto(address)
            expect(page.locator("#main h1 .count")).not_to_be_empty()
            page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")


if __name__ == "__main__":
    take()
