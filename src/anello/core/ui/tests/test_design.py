"""The living page and the contract of the shell: whole pages, parts, toasts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_design_page_shows_every_component_in_both_languages_and_themes(
    client: Client, language: str, theme: str
) -> None:
    html = client.get("/design/", {"language": language, "theme": theme}).content.decode()
    assert f'<html lang="{language}"' in html
    assert f'data-bs-theme="{theme}"' in html
    for part in (
        "table",
        "board",
        "timeline",
        "chart-plot",
        "anello-combobox",
        "empty",
        "skeleton",
        "tile",
        "calendar",
    ):
        assert part in html


def test_partial_request_gets_title_and_main_only(client: Client) -> None:
    html = client.get("/design/", **PARTIAL).content.decode()
    assert html.lstrip().startswith("<title>")
    assert "<html" not in html
    assert 'id="panel-frame"' not in html
    assert "page-header" in html


def test_whole_pages_and_parts_never_share_a_cache_entry(client: Client) -> None:
    assert "HX-Request-Type" in client.get("/design/").headers["Vary"]


def test_toast_reaches_an_htmx_answer_with_its_undo(client: Client) -> None:
    answer = client.post("/design/accept/", **PARTIAL)
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["target"] == "body"
    [message] = toast["messages"]
    assert message["text"]
    assert (message["kind"], message["undo"]) == ("success", "/design/undo/")


def test_toast_waits_for_the_next_page_when_there_is_no_htmx(client: Client) -> None:
    client.post("/design/accept/")
    assert "/design/undo/" in client.get("/design/").content.decode()


def test_templates_hold_no_inline_script_and_no_style_attribute() -> None:
    for template in (Path(__file__).parents[1] / "templates").rglob("*.html"):
        text = template.read_text()
        assert " style=" not in text, template
        assert "hx-on" not in text, template
        for opening in text.split("<script")[1:]:
            assert opening.startswith((' type="application/json"', ' type="module" src')), template
