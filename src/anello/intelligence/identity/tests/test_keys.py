"""Deciding pairs by keys, in a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.actions import run
from anello.intelligence.identity.models import IdentityPair
from anello.intelligence.identity.tests.test_identity import propose

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def states():
    return sorted(IdentityPair.everything.values_list("state", flat=True))


def test_a_reviewer_decides_with_one_key_each(chromium, live_server, cast):
    values = [{"first_name": "Mario", "last_name": "Rossi", "city": city} for city in ("Torino", "Milano", "Lodi")]
    one, two, three = run("person.create", values, cast.ctx("carla"))
    propose((one, two, 0.97), (two, three, 0.96))
    client = Client()
    client.force_login(cast.carla)
    cookies = [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce", locale="it-IT")
    context.add_cookies(cookies)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/identity/")
    page.get_by_text("1 di 2").wait_for()
    page.keyboard.press("n")
    page.wait_for_url("**/identity/?pair=*")
    page.keyboard.press("k")
    page.get_by_text("2 di 2").wait_for()
    assert states() == ["apart", "proposed"]
    page.keyboard.press("z")
    page.get_by_text("1 di 2").wait_for()
    assert states() == ["proposed", "proposed"]
    page.keyboard.press("m")
    page.get_by_text("2 di 2").wait_for()
    assert states() == ["merged", "proposed"]
    context.close()
    assert complaints == []
