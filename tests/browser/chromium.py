"""A real browser for tests: the fixture `chromium`, and what every page in it must answer for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
BUNDLE = ROOT / "src" / "anello" / "static" / "dist" / "app.js"
PATIENCE = 90_000
"""Milliseconds to wait for what a page shall show: a job of the worker may come first, and the machine may be busy."""
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def missing() -> str | None:
    """Why there can be no browser here; None when there can."""
    if not _program():
        return "no Chromium on this machine"
    if not (BUNDLE.exists() and AXE.exists()):
        return "the front end is not built (npm ci && node build.mjs in frontend/)"
    return None


def _program() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def launched() -> Iterator[Any]:
    """A headless Chromium: Debian's, or the one that CHROMIUM names."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file; skips, saying why, where there is none or no front-end build."""
    if reason := missing():
        pytest.skip(reason)
    # Playwright keeps an event loop in this thread; Django would refuse to clean the database beside it;
    # nor may it outlive the file, for tests with a loop of their own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with launched() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def entered(chromium: Any, url: str, client: Any, complaints: list[str]) -> Any:
    """A page of whom a test client signed in; script errors are noted in `complaints`."""
    from django.conf import settings

    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context.add_cookies([{**cookie, "url": url}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def listen(page: Any, complaints: list[str]) -> None:
    """Note every script error and everything the browser reports as an error, breaches of the content policy too."""
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("console", lambda line: complaints.append(f"{page.url}: {line.text}") if line.type == "error" else None)


def settled(page: Any) -> None:
    """Wait until everything the page asks for by itself has come: its parts, its islands."""
    page.wait_for_selector(
        "#main .skeleton:not(details *), .htmx-request, .chart-plot:empty, .calendar:empty", state="detached"
    )


def barriers(page: Any) -> list[str]:
    """What axe finds on the page that seriously keeps somebody out: rule and the first place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:160]}"
        for found in report["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
