"""The navigation as each person arranges it."""

from __future__ import annotations

import pytest

from .conftest import PART

pytestmark = pytest.mark.django_db


def urls(client):
    page = client.get("/", HTTP_HX_REQUEST="false").content.decode().partition('<nav class="nav-scroll"')[2]
    return [part.partition('"')[0] for part in page.partition("</nav>")[0].split('class="nav-item" href="')[1:]]


def test_entries_are_ordered_hidden_and_put_back(cast, enter):
    client = enter("carla")
    before = urls(client)
    assert before.index("/people/") < before.index("/organisations/")
    order = ["/organisations/", "/people/", "/products/"]
    answer = client.post("/places/", {"order": order, "shown": order[:2]}, **PART)
    assert answer.headers["HX-Refresh"] == "true"
    after = urls(client)
    assert after.index("/organisations/") < after.index("/people/")
    assert "/products/" not in after
    dialog = client.get("/places/", **PART).content.decode()
    assert 'value="/products/"' in dialog
    assert "Prodotti" in client.get("/search/suggest/?q=prodotti", **PART).content.decode()
    assert urls(enter("bruno")).index("/people/") < urls(enter("bruno")).index("/organisations/")
    client.post("/places/", {"order": order, "reset": "1"}, **PART)
    assert urls(client) == before
