"""Why can this person see it? Told by the policy that decides, to those who may ask."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.samples import sample

from anello.core.accounts.models import Role
from anello.core.modules import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(cast):
    """What somebody is told of another: {verb: (allowed, the reasons in one text)}."""

    def ask(asker, record, person, slug="people"):
        client = Client()
        asker.language = "en"
        asker.save()
        client.force_login(asker)
        answer = client.get(f"/{slug}/{record.pk}/why/?user={person.pk}")
        assert answer.status_code == 200
        told = {v.label: (v.allowed, "; ".join(v.reasons)) for v in answer.context["verdicts"]}
        return told, answer

    return ask


def test_it_names_the_role_the_scope_and_the_path_of_the_team(cast, ask):
    person = sample(get("person"), owner=cast.carla)
    told, answer = ask(cast.anna, person, cast.bruno)
    assert told["View"][0]
    assert "Sales manager (team, Customers: manager)" in told["View"][1]
    assert "their team or one below" in told["View"][1]
    assert answer.context["record_team"] == "Direzione › Vendite › Vendite Nord"


def test_it_says_what_is_missing(cast, ask):
    person = sample(get("person"), owner=cast.dario)
    told, _ = ask(cast.anna, person, cast.carla)
    assert told["View"][0] is False
    assert told["View"][1].startswith("only where")
    told, _ = ask(cast.anna, person, cast.marta)
    assert told["View"] == (False, "has no role")
    told, _ = ask(cast.anna, person, cast.ivo)
    assert told["View"][0] is True
    assert told["Edit"] == (False, "no role gives it")


def test_exceptions_of_a_role_are_called_so(cast, ask):
    Role.objects.filter(key="sales").update(grants={"person": {"view": "all"}}, fields={"person": {"email": "hidden"}})
    told, answer = ask(cast.anna, sample(get("person"), owner=cast.dario), cast.carla)
    assert told["View"] == (True, "it holds for all records; given by: Salesperson (all, exception of the role)")
    assert [(label, level) for label, level, _ in answer.context["limited"]] == [("E-mail", "hidden")]


def test_what_belongs_to_something_is_explained_by_that(cast, ask):
    deal = sample(get("opportunity"), owner=cast.carla)
    line = sample(get("opportunity_line"), opportunity=deal.pk)
    _, answer = ask(cast.anna, line, cast.carla, get("opportunity_line").slug)
    (above,) = answer.context["verdicts"][0].above
    assert above.allowed
    assert deal.title in above.label
    assert "their team" in "".join(above.reasons)


def test_managers_ask_about_their_own_people_and_others_not_at_all(cast, ask):
    person = sample(get("person"), owner=cast.carla)
    told, answer = ask(cast.bruno, person, cast.carla)
    assert told["View"][0]
    assert {name for _, name in answer.context["people"]} == {"Bruno Bassi", "Carla Conti", "Dario Donati"}
    manager, salesperson = Client(), Client()
    manager.force_login(cast.bruno)
    salesperson.force_login(cast.carla)
    assert manager.get(f"/people/{person.pk}/why/?user={cast.ivo.pk}").status_code == 404
    assert salesperson.get(f"/people/{person.pk}/why/").status_code == 404
    assert b"/why/" in manager.get(f"/people/{person.pk}/").content
    assert b"/why/" not in salesperson.get(f"/people/{person.pk}/").content


def test_a_record_that_one_does_not_see_is_not_explained(cast):
    person = sample(get("person"), owner=cast.giulia)
    client = Client()
    client.force_login(cast.bruno)
    assert client.get(f"/people/{person.pk}/why/").status_code == 404


def test_what_takes_administering_is_said(cast, ask):
    told, _ = ask(cast.anna, cast.carla, cast.anna, "users")
    assert told["View"] == (True, "colleagues see each other; given by: Administrator (all, administrator)")
    assert told["Edit"] == (False, "administration is changed only while administering")
