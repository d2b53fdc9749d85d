"""The page of a role: what is inherited, what is an exception, one save, and taking it back."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.cast import PASSWORD

from anello.core.accounts.models import Role
from anello.core.actions import Conflict, Invalid, run
from anello.core.events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(cast):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.anna)
    assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def role(cast):
    return Role.objects.get(key="sales")


def save(client, role, **changes):
    version = Role.objects.get(pk=role.pk).version
    return client.post(f"/roles/{role.pk}/matrix/", {"version": version, **changes})


def cells(page):
    """{name: cell} of everything on the page."""
    return {cell["name"]: cell for area in page.context["areas"] for row in area["modules"] for cell in row["cells"]}


def test_a_cell_shows_what_it_inherits_from_the_area_or_the_exception(anna, role):
    save(anna, role, **{"grants:person:edit": "all"})
    found = cells(anna.get(f"/roles/{role.pk}/matrix/"))
    assert (found["grants:person:edit"]["chosen"], found["grants:person:edit"]["shown"]) == ("all", "all")
    assert (found["grants:person:view"]["chosen"], found["grants:person:view"]["shown"]) == ("", "team")
    assert found["grants:person:view"]["levels"].split()[0] == "none"


def test_only_what_changed_is_posted_and_the_rest_stays(anna, role):
    save(anna, role, **{"grants:person:edit": "all", "fields:person:email": "read", "areas:marketing": "reader"})
    save(anna, role, **{"grants:lead:edit": "team", "grants:person:edit": ""})
    role.refresh_from_db()
    assert role.grants == {"lead": {"edit": "team"}}
    assert role.fields == {"person": {"email": "read"}}
    assert role.areas["marketing"] == "reader"


def test_one_undo_takes_the_whole_save_back(cast, anna, role):
    before = (role.areas, role.grants, role.fields)
    save(anna, role, **{"grants:person:edit": "all", "fields:person:email": "hidden", "areas:marketing": "manager"})
    batch = Event.objects.get(kind="role.set_access").batch
    assert anna.post(f"/undo/{batch}/").status_code == 302
    role.refresh_from_db()
    assert (role.areas, role.grants, role.fields) == before


def test_a_save_that_somebody_went_on_from_is_not_undone_silently(cast, anna, role):
    save(anna, role, **{"grants:person:edit": "all"})
    batch = Event.objects.get(kind="role.set_access").batch
    save(anna, role, **{"grants:person:edit": "team"})
    with pytest.raises(Conflict):
        run("undo", {"batch": batch}, cast.ctx("anna", elevated=True))
    assert Role.objects.get(pk=role.pk).grants == {"person": {"edit": "team"}}


def test_what_was_marked_stays_marked_when_somebody_else_was_faster(anna, role):
    late = {"version": role.version, "grants:person:edit": "all"}
    save(anna, role, **{"grants:lead:edit": "team"})
    answer = anna.post(f"/roles/{role.pk}/matrix/", late)
    assert answer.status_code == 409
    assert answer.context["changes"] == {"grants:person:edit": "all"}
    again = {**late, "version": answer.context["role"].version}
    assert anna.post(f"/roles/{role.pk}/matrix/", again).status_code == 302
    role.refresh_from_db()
    assert role.grants == {"lead": {"edit": "team"}, "person": {"edit": "all"}}


@pytest.mark.parametrize("name", ["grants:unicorn:view", "grants:person", "fields:person:horn", "areas:moon"])
def test_what_no_cell_says_is_refused_in_words(anna, role, name):
    answer = save(anna, role, **{name: "all" if name != "fields:person:horn" else "read"})
    assert answer.status_code == 422
    assert answer.context["errors"]
    assert Role.objects.get(pk=role.pk).version == role.version


def test_the_rules_of_a_modules_fields_come_when_asked_for(anna, role):
    save(anna, role, **{"fields:person:email": "hidden"})
    rules = {rule["name"]: rule for rule in anna.get(f"/roles/{role.pk}/matrix/?fields=person").context["fields"]}
    assert rules["fields:person:email"]["chosen"] == "hidden"
    assert anna.get(f"/roles/{role.pk}/matrix/?fields=unicorn").status_code == 404


def test_who_holds_the_role_is_named_and_leads_to_their_access(cast, anna, role):
    page = anna.get(f"/roles/{role.pk}/matrix/")
    assert page.context["holders"] == [cast.carla, cast.dario]
    assert f'href="/users/{cast.carla.pk}/access/"' in page.content.decode()


def test_fields_of_ones_own_are_there_by_themselves(cast, anna, role, studio):
    values = {"module": "person", "kind": "text", "label_it": "Hobby", "label_en": "Hobby"}
    run("custom_field.create", values, cast.ctx("anna", elevated=True))
    studio()
    assert b"Hobby" in anna.get(f"/roles/{role.pk}/matrix/?fields=person").content
    save(anna, role, **{"fields:person:x_hobby": "read"})
    with pytest.raises(Invalid):
        run("person.create", {"last_name": "Rossi", "x_hobby": "vela"}, cast.ctx("carla"))
