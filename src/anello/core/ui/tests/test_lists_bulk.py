"""Bulk gestures on a list: all or nothing, told per record, taken back whole."""

from __future__ import annotations

import pytest

from anello.core.actions import run
from anello.core.modules import get
from anello.core.ui.lists import bulk

from .conftest import PART, place, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    rows = [{"last_name": f"P{i}", "city": "Torino"} for i in range(5)]
    return run("person.create", rows, cast.ctx("carla"))


def cities():
    return sorted(get("person").model.objects.values_list("city", flat=True))


def test_bulk_edit_changes_the_ticked_records_and_is_undone_at_once(enter, people):
    client = enter("carla")
    ids = [p.pk for p in people[:3]]
    form = {"id": ids, "verb": "edit", "field": "city", "value": "Bari"}
    assert (
        client.get("/people/bulk/", {"id": ids, "verb": "edit", "field": "city"}, **PART).context["field"].name
        == "city"
    )
    answer = client.post("/people/bulk/", form, **PART)
    assert place(answer) == "/people/"
    assert cities() == ["Bari", "Bari", "Bari", "Torino", "Torino"]
    [said] = toasts(answer)
    client.post(said["undo"], **PART)
    assert cities() == ["Torino"] * 5


def test_bulk_edit_of_all_that_match_leaves_the_others(enter, people, cast):
    run("person.create", {"last_name": "Altro", "city": "Roma"}, cast.ctx("carla"))
    form = {"all": "1", "verb": "edit", "field": "job_title", "value": "Socio",
            "filter": '{"field":"city","op":"is","value":"Torino"}'}  # fmt: skip
    enter("carla").post("/people/bulk/", form, **PART)
    titles = get("person").model.objects.values_list("city", "job_title")
    assert sorted(titles) == [("Roma", ""), *[("Torino", "Socio")] * 5]


def test_nothing_changes_when_one_value_is_wrong(enter, people):
    form = {"id": [p.pk for p in people], "verb": "edit", "field": "birth_date", "value": "31/02/2020"}
    answer = enter("carla").post("/people/bulk/", form, **PART)
    assert answer.status_code == 422
    assert answer.context["problems"]
    assert not get("person").model.objects.exclude(birth_date=None).exists()


def test_errors_name_the_record_and_the_others_can_go_ahead(enter, cast):
    # A team cannot be below itself: of two companies, one would become its own parent.
    teams = run("team.create", [{"name": "A"}, {"name": "B"}])
    cast.anna.refresh_from_db()
    client = enter("anna")
    session = client.session
    session["elevated_until"] = 2e10
    session.save()
    form = {"id": [t.pk for t in teams], "verb": "edit", "field": "parent", "value": str(teams[0].pk)}
    refused = client.post("/teams/bulk/", form, **PART)
    assert refused.status_code == 422
    [(pk, title, message)] = refused.context["problems"]
    assert (pk, title) == (teams[0].pk, "A")
    assert message
    client.post("/teams/bulk/", {**form, "skip": [teams[0].pk]}, **PART)
    teams[1].refresh_from_db()
    assert teams[1].parent_id == teams[0].pk


def test_errors_name_the_record_though_others_did_not_change(enter, cast):
    # B is below A already, so that A alone changes, to below itself.
    first = run("team.create", {"name": "A"})
    second = run("team.create", {"name": "B", "parent": first.pk})
    client = enter("anna")
    session = client.session
    session["elevated_until"] = 2e10
    session.save()
    form = {"id": [second.pk, first.pk], "verb": "edit", "field": "parent", "value": str(first.pk), "sort": "-name"}
    refused = client.post("/teams/bulk/", form, **PART)
    assert [(pk, title) for pk, title, _message in refused.context["problems"]] == [(first.pk, "A")]


def test_all_that_match_are_deleted_when_their_number_was_seen(enter, people, monkeypatch):
    client, form = enter("carla"), {"all": "1", "verb": "delete"}
    asked = client.post("/people/bulk/", form, **PART)
    assert asked.context["count"] == "5"
    assert get("person").model.objects.count() == 5
    client.post("/people/bulk/", {**form, "sure": "1"}, **PART)
    assert not get("person").model.objects.exists()


def test_what_is_beyond_the_first_ten_thousand_is_said(enter, people, monkeypatch):
    monkeypatch.setattr(bulk, "CAP", 3)
    client, form = enter("carla"), {"all": "1", "verb": "edit", "field": "city", "value": "Bari"}
    asked = client.get("/people/bulk/", form, **PART)
    assert (asked.context["count"], asked.context["more"]) == ("3", True)
    answer = client.post("/people/bulk/", form, **PART)
    assert cities() == ["Bari", "Bari", "Bari", "Torino", "Torino"]
    assert "come prima" in toasts(answer)[0]["text"]


def test_records_of_others_are_left_out(enter, people, cast):
    foreign = run("person.create", {"last_name": "Estranea"}, cast.ctx("dario"))
    form = {"id": [foreign.pk], "verb": "edit", "field": "city", "value": "Bari"}
    answer = enter("carla").post("/people/bulk/", form, **PART)
    foreign.refresh_from_db()
    assert foreign.city == ""
    assert toasts(answer)[0]["kind"] == "warning"


def test_reader_cannot_change_in_bulk(enter, people):
    form = {"id": [people[0].pk], "verb": "edit", "field": "city", "value": "Bari"}
    enter("ivo").post("/people/bulk/", form, **PART)
    assert cities() == ["Torino"] * 5
    assert "data-selection-bar" not in enter("ivo").get("/people/").content.decode()


def test_bulk_assign_hands_records_over(enter, people, cast):
    form = {"id": [p.pk for p in people], "verb": "assign", "value": str(cast.dario.pk)}
    enter("bruno").post("/people/bulk/", form, **PART)
    assert set(get("person").model.objects.values_list("owner__username", flat=True)) == {"dario"}


def test_bulk_delete_is_taken_back(enter, people):
    client = enter("carla")
    answer = client.post("/people/bulk/", {"id": [p.pk for p in people], "verb": "delete"}, **PART)
    assert not get("person").model.objects.exists()
    client.post(toasts(answer)[0]["undo"], **PART)
    assert get("person").model.objects.count() == 5


def test_undo_is_refused_when_somebody_changed_the_value_since(enter, people, cast):
    client = enter("carla")
    form = {"id": [people[0].pk], "verb": "edit", "field": "city", "value": "Bari"}
    undo = toasts(client.post("/people/bulk/", form, **PART))[0]["undo"]
    run("person.update", {"city": "Roma"}, cast.ctx("bruno"), target=people[0].pk)
    assert toasts(client.post(undo, **PART))[0]["kind"] == "warning"
    assert "Roma" in cities()


def test_gesture_of_somebody_else_is_not_undone(enter, people):
    form = {"id": [people[0].pk], "verb": "edit", "field": "city", "value": "Bari"}
    undo = toasts(enter("carla").post("/people/bulk/", form, **PART))[0]["undo"]
    enter("bruno").post(undo, **PART)
    assert "Bari" in cities()
