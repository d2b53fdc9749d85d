"""Saved views: whose they are, who sees them, what they keep."""

from __future__ import annotations

import pytest

from anello.core.actions import Invalid, run
from anello.core.ui.models import SavedView

from .conftest import PART, place

pytestmark = pytest.mark.django_db
TORINO = '{"field":"city","op":"is","value":"Torino"}'


def save(client, name="Torinesi", **form):
    return client.post("/people/views/save/", {"name": name, "audience": "me", **form}, **PART)


def tabs(client):
    return [tab["label"] for tab in client.get("/people/?view=all").context["tabs"]][1:]


def test_view_keeps_filter_words_order_and_columns(cast, enter):
    client = enter("carla")
    there = place(save(client, filter=TORINO, sort="-city", columns="title,city", q="ros"))
    run("person.create", [{"last_name": "Rossi", "city": c} for c in ("Torino", "Bari")], cast.ctx("carla"))
    page = client.get(there)
    assert [row.title for row in page.context["rows"]] == ["Rossi"]
    assert [head.column.path for head in page.context["heads"]] == ["title", "city"]
    assert page.context["state"].sort == "-city"


@pytest.mark.parametrize(
    ("audience", "who"), [("me", {"carla"}), ("team", {"carla"}), ("all", {"carla", "dario", "bruno", "ivo"})]
)
def test_view_is_seen_by_its_audience(enter, audience, who):
    save(enter("carla"), audience=audience)
    assert {name for name in ("carla", "dario", "bruno", "ivo") if tabs(enter(name))} == who


def test_colleague_of_the_team_sees_its_views(cast, enter):
    cast.dario.team = cast.carla.team
    cast.dario.save()
    save(enter("carla"), audience="team")
    assert tabs(enter("dario")) == ["Torinesi"]


def test_shared_view_shows_everybody_their_own_records_only(cast, enter):
    run("person.create", {"last_name": "Nordica", "city": "Torino"}, cast.ctx("carla"))
    there = place(save(enter("carla"), audience="all", filter=TORINO))
    assert len(enter("carla").get(there).context["rows"]) == 1
    assert not enter("dario").get(there).context["rows"]


def test_view_of_another_person_cannot_be_changed_or_deleted(enter):
    save(enter("carla"), audience="all")
    view = SavedView.objects.get()
    assert enter("dario").post(f"/people/views/{view.pk}/delete/", **PART).status_code == 404
    assert enter("dario").post("/people/views/update/", {"view": view.pk, "q": "x"}, **PART).status_code == 404
    view.refresh_from_db()
    assert view.words == ""


def test_private_view_is_gone_for_others(enter):
    save(enter("carla"))
    answer = enter("dario").get(f"/people/?view={SavedView.objects.get().pk}")
    assert answer.context["errors"]
    assert "Torinesi" not in answer.content.decode()


def test_changes_are_kept_on_request(enter):
    client = enter("carla")
    save(client)
    view = SavedView.objects.get()
    changed = client.get("/people/", {"view": view.pk, "filter": TORINO})
    assert changed.context["state"].changed
    client.post("/people/views/update/", {"view": view.pk, "filter": TORINO}, **PART)
    view.refresh_from_db()
    assert view.filter["value"] == "Torino"


def test_view_is_renamed_shared_moved_made_first_and_deleted(enter):
    client = enter("carla")
    save(client, name="Uno")
    save(client, name="Due")
    one, two = SavedView.objects.order_by("pk")
    client.post(
        "/people/views/save/",
        {"view": two.pk, "change": "1", "name": "Secondo", "audience": "all", "default": "1"},
        **PART,
    )
    client.post(f"/people/views/{two.pk}/left/", **PART)
    assert tabs(client) == ["Secondo", "Uno"]
    assert tabs(enter("ivo")) == ["Secondo"]
    assert client.get("/people/").context["state"].view == two
    client.post(f"/people/views/{two.pk}/delete/", **PART)
    assert tabs(client) == ["Uno"]
    assert client.get("/people/").context["state"].view is None
    assert one.pk


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_view_wants_a_proper_name(enter, name):
    answer = save(enter("carla"), name=name)
    assert answer.status_code == 422
    assert answer.context["errors"]["name"]
    assert not SavedView.objects.exists()


def test_view_wants_a_filter_its_owner_can_use(cast):
    with pytest.raises(Invalid):
        run("saved_view.create", {"module": "person", "name": "X", "filter": {"field": "unicorn"}}, cast.ctx("carla"))
