"""The editor of layouts: saved as one gesture, never over somebody else's, seen before it is saved."""

from __future__ import annotations

import re

import pytest

from anello.core.accounts.models import Role
from anello.core.actions import run
from anello.core.events.models import Event
from anello.core.studio.models import Layout
from tests.layouts import heads, section

pytestmark = pytest.mark.django_db

LIST = "/studio/leads/layout/"


def test_only_elevated_administrators_reach_the_editor(enter):
    assert enter("carla").get(LIST).status_code == 404
    asked = enter("anna").get(LIST)
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, "/elevate/")
    client = enter("anna", elevated=True)
    for part in ("list", "detail", "figures", "quick", "board", "related"):
        assert client.get(f"{LIST}?part={part}").status_code == 200
        assert client.get(f"/studio/organisations/layout/?part={part}&role=sales").status_code == 200
    for nonsense in ("?part=roof", "?role=nobody", "../../users/layout/"):
        assert client.get(f"{LIST}{nonsense}").status_code == 404


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    return found[1] if found else ""


def test_saving_is_one_gesture_with_one_undo(cast, enter, studio, lead):
    client = enter("anna", elevated=True)
    product = heads(enter("carla"))
    saved = client.post(f"{LIST}?role=sales", {"place": ["email", "title"], "sort": "email", "once": "1"})
    assert saved.status_code == 302
    assert heads(enter("carla")) == ["E-mail", "Nome"]
    batch = Event.objects.get(kind="layout.created").batch
    client.post(f"/undo/{batch}/")
    assert heads(enter("carla")) == product


def test_reset_brings_back_what_was_below_and_is_undone_too(cast, enter, arrange, lead):
    product = heads(enter("carla"))
    arrange("lead", "list", columns=["title", "email"])
    arrange("lead", "list", "sales", columns=["email"])
    client = enter("anna", elevated=True)
    client.post("/studio/leads/layout/reset/?part=list&role=sales")
    assert heads(enter("carla")) == ["Nome", "E-mail"]
    client.post("/studio/leads/layout/reset/?part=list")
    assert heads(enter("carla")) == product
    client.post(f"/undo/{Event.objects.filter(module='layout').latest('id').batch}/")
    assert heads(enter("carla")) == ["Nome", "E-mail"]


def test_two_administrators_do_not_write_over_each_other(cast, enter, arrange, anna):
    layout = arrange("lead", "list", columns=["title", "email"])
    client = enter("anna", elevated=True)
    seen = version_in(client.get(LIST).content.decode())
    run("layout.update", {"content": {"columns": ["title", "phone"], "sort": ""}}, anna, target=layout)
    mine = {"place": ["company", "title"], "version": seen}
    stale = client.post(LIST, mine)
    page = stale.content.decode()
    assert stale.status_code == 409
    placed = page.split("data-zone")[1]
    assert placed.index('value="company"') < placed.index('value="title"'), "what was arranged is still there"
    layout.refresh_from_db()
    assert layout.content["columns"] == ["title", "phone"]
    again = client.post(LIST, {**mine, "version": version_in(page)})
    assert again.status_code == 302
    layout.refresh_from_db()
    assert layout.content["columns"] == ["company", "title"]


def test_who_comes_second_to_a_new_layout_is_told_too(enter, arrange):
    client = enter("anna", elevated=True)
    client.get(LIST)
    arrange("lead", "list", columns=["title", "email"])
    stale = client.post(LIST, {"place": ["company"], "once": "2"})
    assert stale.status_code == 409
    assert version_in(stale.content.decode()) == "1"


def test_a_refused_layout_keeps_what_was_arranged(enter):
    client = enter("anna", elevated=True)
    given = {"place": ["section:1", "email", "section:7", "phone"], "it-1": "Uno", "it-7": "", "tab_en-7": "More"}
    refused = client.post(f"{LIST}?part=detail", given)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Serve un valore" in page
    assert 'value="Uno"' in page
    saved = client.post(f"{LIST}?part=detail", {**given, "it-7": "Sette"})
    assert saved.status_code == 302
    content = Layout.objects.get().content
    assert content["sections"][1] == section("Sette", "phone", tab="More")


def test_the_preview_shows_what_the_role_would_see_and_saves_nothing(cast, enter, anna, lead):
    role = Role.objects.get(key="sales")
    rules = {"lead": {"email": "hidden"}}
    run(
        "role.set_access",
        {"areas": role.areas, "grants": {"lead": {"view": "all"}}, "fields": rules},
        anna,
        target=role,
    )
    client = enter("anna", elevated=True)
    shown = client.post("/studio/leads/layout/preview/?part=list&as=sales", {"place": ["email", "company"]})
    page = shown.content.decode()
    assert "Acme" in page
    assert "ada@example.com" not in page
    assert not Layout.objects.exists()
    for part in ("detail", "figures", "quick", "board", "related"):
        assert client.post(f"/studio/leads/layout/preview/?part={part}&as=sales", {}).status_code == 200


def test_the_editor_offers_what_is_not_shown(enter, add):
    hobby = add("lead", label="Passatempo")
    client = enter("anna", elevated=True)
    page = client.get(LIST).content.decode()
    tray, surface = page.split("data-tray")[1].split("data-zone")
    assert f'value="{hobby.name}" disabled' in tray
    assert hobby.name not in surface


def test_a_layout_is_named_for_people(arrange):
    assert arrange("lead", "list", "sales", columns=["title"]).title == "lead · Elenco · sales"
