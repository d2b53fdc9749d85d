"""Handing over what is held about a person, and forgetting it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.db import connection
from tests.samples import sample

from anello.core.actions import Denied, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.customers.jobs import scan
from anello.customers.models import Consent, ContactPoint, Interaction, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    """Somebody with a rare name, met twice, merged, edited, with one of everything."""
    ctx = cast.ctx
    one = run(
        "person.create",
        {
            "first_name": "Zebedeo",
            "last_name": "Quattrocchi",
            "email": "zebedeo@quattrocchi.it",
            "mobile": "333 7654321",
            "birth_date": "1971-02-03",
            "street": "Via degli Zabaioni 7",
            "notes": "Zebedeo ama il risotto",
            "source": "fair",
        },
        ctx("carla"),
    )
    twin = run(
        "person.create", {"first_name": "Zeb", "last_name": "Quattrocchi", "mobile": "333 7654321"}, ctx("carla")
    )
    firm = run("organisation.create", {"name": "Ditta srl"}, ctx("carla"))
    mine = {"person": one.pk}
    for module, values in {
        "contact_point": {"kind": "email", "value": "zeb@altrove.it"},
        "address": {"kind": "home", "street": "Via Quattrocchi 1", "city": "Torino"},
        "consent": {"purpose": "email", "status": "given", "source": "paper", "proof": "Firmato Zebedeo Quattrocchi"},
        "relation": {"kind": "works_for", "other_organisation": firm.pk, "notes": "Zebedeo dal 2010"},
        "interaction": {"channel": "phone", "subject": "Zebedeo chiama", "body": "Quattrocchi vuole un preventivo"},
    }.items():
        run(f"{module}.create", mine | values, ctx("carla"))
    run("relation.create", {"person": twin.pk, "kind": "spouse", "other_person": one.pk}, ctx("carla"))
    about = {"organisation": firm.pk, "channel": "note", "about": f"person:{one.pk}", "body": "Parlare con Quattrocchi"}
    run("interaction.create", about, ctx("carla"))
    run("person.update", {"job_title": "Amico di Zebedeo"}, ctx("carla"), target=one.pk)
    scan("person")
    run("person.merge", {"losers": [twin.pk]}, ctx("carla"), target=one.pk)
    return Person.objects.get(pk=one.pk)


def residue(*words: str) -> dict[str, int]:
    """{table: rows in which one of the words stands}, over the whole database."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~* %s", ["|".join(words)])
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def test_nothing_personal_is_left_anywhere_after_erasing(cast, person):
    words = ("zebedeo", "quattrocchi", "7654321", "altrove", "zabaioni", "1971-02-03")
    assert residue(*words)
    run("person.erase", None, cast.ctx("anna", elevated=True), target=person.pk)
    assert residue(*words) == {}


def test_what_was_worked_out_about_them_forgets_their_name_too(cast, person):
    """Memberships, standings, pairs, decisions and scores bear the name of whom they are about."""
    other = run("person.create", {"last_name": "Altri"}, cast.ctx("carla"))
    fixed = run("segment.create", {"name": "Invitati", "customer": "person", "kind": "static"}, cast.ctx("bruno"))
    run("segment.add", {"ids": [person.pk]}, cast.ctx("bruno"), target=fixed.pk)
    lead = sample(get("lead"), cast.carla, first_name="Zebedeo", last_name="Quattrocchi")
    type(lead).objects.filter(pk=lead.pk).update(person=person)
    for name, links in {
        "standing": {"person": person},
        "identity_pair": {"person": other, "other": person},
        "lead_score": {"lead": lead, "probability": 50},
    }.items():
        model = get(name).model
        made = model(**links)
        made.title = get(name).title(made)
        made.save()
        assert "Zebedeo" in made.title
    decision = sample(get("decision"), cast.carla)
    type(decision).objects.filter(pk=decision.pk).update(person=person)
    run("person.erase", None, cast.ctx("anna", elevated=True), target=person.pk)
    assert residue("zebedeo", "quattrocchi") == {}
    assert get("standing").model.objects.get(person=person).title == "Persona cancellata"


def test_erasing_keeps_that_there_was_somebody_and_what_was_allowed(cast, person):
    run("person.erase", None, cast.ctx("anna", elevated=True), target=person.pk)
    person.refresh_from_db()
    assert (person.last_name, person.source, person.owner) == ("Persona cancellata", "fair", cast.carla)
    assert Consent.objects.get().status == "given"
    assert Interaction.objects.get(channel="phone").person == person
    assert not ContactPoint.everything.exists()
    erased = Event.objects.get(kind="person.erased")
    assert (erased.record_id, erased.actor, erased.elevated) == (person.pk, cast.anna, True)


def test_the_log_goes_on_telling_that_something_happened_and_no_longer_what(cast, person):
    told = Event.objects.filter(module="person", record_id=person.pk)
    before = list(told.order_by("id").values_list("id", "kind", "record_id", "version"))
    assert before
    run("person.erase", None, cast.ctx("anna", elevated=True), target=person.pk)
    assert list(told.order_by("id").values_list("id", "kind", "record_id", "version"))[: len(before)] == before
    assert not told.exclude(kind="person.erased").exclude(changes={}, data={}).exists()


def test_only_an_elevated_administrator_erases(cast, person):
    for who in ("anna", "bruno", "carla"):
        with pytest.raises(Denied):
            run("person.erase", None, cast.ctx(who), target=person.pk)
    with pytest.raises(NotFound):
        run("person.erase", None, cast.ctx("marta"), target=person.pk)


def test_the_export_holds_everything_that_is_held(cast, person):
    packed = run("person.export", None, cast.ctx("anna"), target=person.pk)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        held = json.loads(archive.read("data.json"))
    assert [p["title"] for p in held["person"]] == ["Zebedeo Quattrocchi", "Zeb Quattrocchi"]
    for module in ("contact_point", "address", "consent", "relation", "interaction"):
        assert held[module], module
    assert {row["about"] for row in held["interaction"] if "about" in row} == {f"person:{person.pk}"}
    assert "person.updated" in {event["what"] for event in held["history"]}
    assert Event.objects.filter(kind="person.export", record_id=person.pk, actor=cast.anna).exists()


def test_who_may_not_export_does_not(cast, person):
    with pytest.raises(Denied):
        run("person.export", None, cast.ctx("carla"), target=person.pk)
    with pytest.raises(NotFound):
        run("person.export", None, cast.ctx("marta"), target=person.pk)


def test_hidden_fields_stay_hidden_in_the_export(cast, person):
    role = cast.bruno.roles.get()
    role.fields = {"person": {"birth_date": "hidden"}}
    role.save()
    packed = run("person.export", None, cast.ctx("bruno"), target=person.pk)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert b"1971-02-03" not in archive.read("data.json")
