"""What belongs to a customer: contact points, consents, relations, interactions."""

from __future__ import annotations

import pytest

from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.search import RecordQuery

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    return run("person.create", {"first_name": "Mario", "last_name": "Rossi", "email": "m@rossi.it"}, cast.ctx("carla"))


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("email", " Mario@ROSSI.it ", "Mario@rossi.it"),
        ("phone", "02 1234567", "+39021234567"),
        ("mobile", "0039 333 1234567", "+393331234567"),
        ("fax", "(02) 1234567", "+39021234567"),
        ("web", "rossi.it", "https://rossi.it"),
    ],
)
def test_contact_points_are_stored_in_the_normal_form_of_their_kind(cast, person, kind, typed, stored):
    point = run("contact_point.create", {"person": person.pk, "kind": kind, "value": typed}, cast.ctx("carla"))
    assert point.value == stored


@pytest.mark.parametrize(("kind", "typed"), [("email", "mario"), ("phone", "12"), ("web", "a b"), ("pigeon", "x")])
def test_wrong_contact_points_are_refused_at_their_field(cast, person, kind, typed):
    with pytest.raises(Invalid) as caught:
        run("contact_point.create", {"person": person.pk, "kind": kind, "value": typed}, cast.ctx("carla"))
    assert set(caught.value.errors) == {"kind" if kind == "pigeon" else "value"}


def test_wrong_rows_of_many_are_named(cast, person):
    rows = [{"person": person.pk, "kind": "email", "value": v} for v in ("a@rossi.it", "no")]
    with pytest.raises(Invalid) as caught:
        run("contact_point.create", rows, cast.ctx("carla"))
    assert set(caught.value.errors) == {"1.value"}


def test_a_main_contact_point_takes_the_place_of_the_old_one(cast, person):
    new = {"person": person.pk, "kind": "email", "value": "mario@nuova.it", "primary": True}
    run("contact_point.create", new, cast.ctx("carla"))
    person.refresh_from_db()
    assert person.email == "mario@nuova.it"
    assert set(person.contactpoints.values_list("value", "primary")) == {
        ("mario@nuova.it", True),
        ("m@rossi.it", False),
    }


@pytest.mark.parametrize("module", ["contact_point", "address", "consent", "relation", "interaction"])
def test_nothing_belongs_to_nobody(cast, module):
    values = {
        "contact_point": {"kind": "web", "value": "a.it"},
        "address": {"kind": "home", "street": "Via Roma 1", "city": "Torino"},
        "consent": {"purpose": "email", "status": "given", "source": "paper"},
        "relation": {"kind": "spouse"},
        "interaction": {"channel": "note"},
    }[module]
    with pytest.raises(Invalid):
        run(f"{module}.create", values, cast.ctx("carla"))


def test_consents_keep_their_history_and_are_never_rewritten(cast, person):
    say = {"person": person.pk, "purpose": "email", "source": "paper"}
    given = run("consent.create", {**say, "status": "given", "proof": "Modulo 3"}, cast.ctx("carla"))
    run("consent.create", {**say, "status": "withdrawn"}, cast.ctx("carla"))
    assert list(person.consents.order_by("at").values_list("status", flat=True)) == ["given", "withdrawn"]
    with pytest.raises(Invalid):
        run("consent.update", {"status": "withdrawn"}, cast.ctx("carla"), target=given.pk)


def test_relations_join_only_what_they_may(cast, person):
    other = run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))
    firm = run("organisation.create", {"name": "Verdi srl"}, cast.ctx("carla"))
    run("relation.create", {"person": person.pk, "kind": "works_for", "other_organisation": firm.pk}, cast.ctx("carla"))
    run("relation.create", {"person": person.pk, "kind": "spouse", "other_person": other.pk}, cast.ctx("carla"))
    for wrong in (
        {"kind": "works_for", "other_person": other.pk},
        {"kind": "spouse", "other_person": person.pk},
        {"kind": "spouse"},
        {"kind": "spouse", "other_person": other.pk, "since": "2020-01-02", "until": "2020-01-01"},
    ):
        with pytest.raises(Invalid):
            run("relation.create", {"person": person.pk, **wrong}, cast.ctx("carla"))


def test_a_relation_is_seen_by_whoever_sees_both_ends(cast, person):
    mine = run("person.create", {"last_name": "Verdi"}, cast.ctx("dario"))
    values = {"person": person.pk, "kind": "spouse", "other_person": mine.pk}
    relation = run("relation.create", values, cast.ctx("bruno"))
    assert RecordQuery(cast.actor("bruno"), get("relation")).page().records == [relation]
    for name in ("carla", "dario", "marta"):
        assert RecordQuery(cast.actor(name), get("relation")).page().records == []
        with pytest.raises(NotFound):
            run("relation.update", {"notes": "x"}, cast.ctx(name), target=relation.pk)
    with pytest.raises(Denied):
        run("relation.update", {"notes": "x"}, cast.ctx("ivo"), target=relation.pk)


def test_what_is_said_with_a_person_is_said_with_the_organisation(cast, person):
    firm = run("organisation.create", {"name": "Rossi srl"}, cast.ctx("carla"))
    run("person.update", {"organisation": firm.pk}, cast.ctx("carla"), target=person.pk)
    call = {"person": person.pk, "channel": "phone", "direction": "in", "body": "Chiede un  preventivo\nsubito"}
    interaction = run("interaction.create", call, cast.ctx("carla"))
    assert interaction.organisation == firm
    assert (interaction.title, interaction.owner) == ("Chiede un preventivo subito", cast.carla)


def test_foreign_customers_take_no_details(cast, person):
    with pytest.raises(Invalid):
        run("interaction.create", {"person": person.pk, "channel": "note", "body": "x"}, cast.ctx("dario"))
    with pytest.raises(NotFound):
        run("interaction.create", {"person": person.pk, "channel": "note", "body": "x"}, cast.ctx("marta"))
    assert not Event.objects.filter(module="interaction").exists()
