"""Formulas: stored like any value, right again whenever what they use changes, and seen by those who may see all of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.search import RecordQuery
from anello.core.studio import computing, jobs
from anello.core.studio.models import CustomField, Refill
from tests.shapes import fresh, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(add):
    return add(module="person", kind="formula", label="Scheda", formula="upper(last_name) + ', ' + organisation.city")


@pytest.fixture
def acme(anna):
    return run("organisation.create", {"name": "Acme", "city": "Forlì", "employees": 10}, anna)


def test_it_is_stored_with_the_record_and_told_in_its_event(anna, full, acme):
    person = run("person.create", {"last_name": "Rossi", "organisation": acme.pk}, anna)
    assert getattr(fresh(person), full.name) == "ROSSI, Forlì"
    told = Event.objects.get(kind="person.created", record_id=person.pk)
    assert told.changes[full.name] == [None, "ROSSI, Forlì"]
    run("person.update", {"last_name": "Verdi"}, anna, target=person.pk)
    assert getattr(fresh(person), full.name) == "VERDI, Forlì"
    told = Event.objects.filter(kind="person.updated", record_id=person.pk).latest("id")
    assert told.changes[full.name] == ["ROSSI, Forlì", "VERDI, Forlì"]


def test_lists_filter_and_sort_by_it_and_input_never_sets_it(cast, anna, add):
    double = add(module="organisation", kind="formula", label="Doppio", formula="employees * 2")
    assert (double.result, double.uses) == ("number", ["organisation.employees"])
    small, large = run("organisation.create", [{"name": "A", "employees": 3}, {"name": "B", "employees": 9}], anna)
    query = RecordQuery(cast.actor("anna"), get("organisation"))
    found = query.where({"field": double.name, "op": "gt", "value": 10}).order(f"-{double.name}")
    assert [record.pk for record in found.page(10).records] == [large.pk]
    assert refused("organisation.update", {double.name: 7}, anna, small.pk) == {
        double.name: ["Non puoi modificare questo campo."]
    }
    client = Client()
    client.force_login(cast.anna)
    assert "18" in client.get(f"/organisations/{large.pk}/").content.decode()
    assert f'name="{double.name}"' not in client.get(f"/organisations/{large.pk}/edit/").content.decode()


def test_it_follows_the_linked_record(anna, full, acme):
    person = run("person.create", {"last_name": "Rossi", "organisation": acme.pk}, anna)
    version = fresh(person).version
    run("organisation.update", {"city": "Cesena"}, anna, target=acme.pk)
    assert getattr(fresh(person), full.name) == "ROSSI, Cesena"
    assert fresh(person).version == version  # nobody edited the person
    told = Event.objects.filter(kind="person.updated", record_id=person.pk).latest("id")
    assert (told.changes, told.data) == ({full.name: ["ROSSI, Forlì", "ROSSI, Cesena"]}, {"derived": True})


def test_many_are_left_to_a_job_that_tells_what_changed(anna, full, acme, monkeypatch):
    monkeypatch.setattr(computing, "FEW", 1)
    monkeypatch.setattr(jobs, "BATCH", 2)
    people = run("person.create", [{"last_name": f"N{n}", "organisation": acme.pk} for n in range(5)], anna)
    run("organisation.update", {"city": "Cesena"}, anna, target=acme.pk)
    assert getattr(fresh(people[0]), full.name) == "N0, Forlì"
    assert Refill.objects.get().targets == [acme.pk]
    jobs.refill()
    assert {getattr(fresh(person), full.name) for person in people} == {f"N{n}, Cesena" for n in range(5)}
    assert not Refill.objects.exists()
    told = Event.objects.filter(kind="person.updated", record_id=people[4].pk).latest("id")
    assert (told.via, told.data) == ("job", {"derived": True})


def test_rows_that_there_were_are_worked_out_in_batches_that_nothing_undoes(anna, studio, acme, monkeypatch):
    people = run("person.create", [{"last_name": f"N{n}"} for n in range(5)], anna)
    monkeypatch.setattr(jobs, "BATCH", 2)
    connection.check_constraints()
    values = {"module": "person", "kind": "formula", "label_it": "Su", "label_en": "Up", "formula": "upper(last_name)"}
    made = run("custom_field.create", values, anna)
    studio()
    events = Event.objects.count()
    assert jobs._batch()  # what a killed worker had committed
    state = CustomField.objects.get(pk=made.pk)
    assert (state.state, state.progress > 0, Refill.objects.get().done) == ("filling", True, 2)
    jobs.refill()
    assert [getattr(fresh(person), made.name) for person in people] == [f"N{n}" for n in range(5)]
    state = CustomField.objects.get(pk=made.pk)
    assert (state.state, state.progress, Event.objects.count()) == ("ready", None, events)


def test_a_changed_formula_is_worked_out_again_with_all_that_follows(anna, add, studio, acme):
    base = add(module="organisation", kind="formula", label="Base", formula="employees * 2")
    more = add(module="organisation", kind="formula", label="Oltre", formula=f"{base.name} + 1")
    far = add(module="person", kind="formula", label="Lontano", formula=f"organisation.{more.name} * 10")
    person = run("person.create", {"last_name": "Rossi", "organisation": acme.pk}, anna)
    assert getattr(fresh(person), far.name) == 210
    run("custom_field.update", {"formula": "employees * 3"}, anna, target=base)
    studio()
    jobs.refill()
    assert (getattr(fresh(acme), base.name), getattr(fresh(acme), more.name)) == (30, 31)
    assert getattr(fresh(person), far.name) == 310
    run("organisation.update", {"employees": 1}, anna, target=acme.pk)
    assert getattr(fresh(person), far.name) == 40


def test_undo_brings_it_back_too(anna, full, acme):
    person = run("person.create", {"last_name": "Rossi", "organisation": acme.pk}, anna)
    gesture = type(anna)(actor=anna.actor, via="ui")
    run("organisation.update", {"city": "Cesena"}, gesture, target=acme.pk)
    run("undo", {"batch": gesture.batch}, type(anna)(actor=anna.actor, via="ui"))
    assert getattr(fresh(person), full.name) == "ROSSI, Forlì"


def test_what_makes_no_formula_is_told_at_the_character_and_nothing_changes(anna, add):
    add(module="organisation", kind="formula", label="Base", formula="employees * 2")
    values = {"module": "organisation", "kind": "formula", "label_it": "Altro", "label_en": "Other"}
    errors = refused("custom_field.create", {**values, "formula": "employees + totale"}, anna)
    assert errors == {"formula": ["Il campo «totale» non esiste (carattere 13)."]}
    errors = refused("custom_field.create", {**values, "formula": "employees", "required": True}, anna)
    assert errors == {"required": ["Un campo calcolato non è obbligatorio."]}
    assert CustomField.objects.count() == 1


def test_a_circle_is_refused_by_its_name(anna, add):
    one = add(module="organisation", kind="formula", label="Uno", formula="employees * 2")
    two = add(module="organisation", kind="formula", label="Due", formula=f"{one.name} + 1")
    add(module="person", kind="formula", label="Tre", formula=f"organisation.{two.name} + 1")
    errors = refused("custom_field.update", {"formula": f"{two.name} + 1"}, anna, one)
    (words,) = errors["formula"]
    assert words in (
        "I calcoli girano in tondo: organisation.x_uno → organisation.x_due → organisation.x_uno.",
        "I calcoli girano in tondo: organisation.x_due → organisation.x_uno → organisation.x_due.",
    )


def test_the_kind_of_the_result_stays(anna, add):
    one = add(module="organisation", kind="formula", label="Uno", formula="employees * 2")
    errors = refused("custom_field.update", {"formula": "upper(city)"}, anna, one)
    assert errors == {"formula": ["Il risultato era Numero e sarebbe Testo: aggiungi un altro campo."]}


def test_what_a_formula_uses_is_not_deleted_before_it(anna, add, studio):
    used = add(kind="integer", label="Figli")
    by = add(kind="formula", label="Bonus", formula=f"{used.name} * 100")
    errors = refused("custom_field.delete", {}, anna, used)
    assert errors == {"": ["Lo usano questi campi: Bonus (person.x_bonus)."]}
    run("custom_field.delete", {}, anna, target=by)
    run("custom_field.delete", {}, anna, target=used)
    studio()
    errors = refused("custom_field.restore", {}, anna, by)
    assert errors == {"formula": ["Il campo «x_figli» non esiste (carattere 1)."]}


def test_it_is_hidden_from_whom_something_it_uses_is_hidden(cast, anna, full, acme):
    person = run("person.create", {"last_name": "Rossi", "organisation": acme.pk, "owner": cast.carla.pk}, anna)
    client = Client()
    client.force_login(cast.carla)
    page = f"/people/{person.pk}/"
    assert "ROSSI, Forlì" in client.get(page).content.decode()
    for role in Role.objects.filter(holders=cast.carla):
        role.fields = {**role.fields, "organisation": {"city": "hidden"}}
        role.save()
    assert "ROSSI, Forlì" not in client.get(page).content.decode()
    headers = {"Authorization": f"Bearer {run('token.issue', {}, cast.ctx('carla'))}"}
    assert full.name not in Client().get(f"/api/v1/people/{person.pk}", headers=headers).json()
    with pytest.raises(Invalid):
        RecordQuery(cast.actor("carla"), get("person")).where({"field": full.name, "op": "contains", "value": "R"})


def test_amounts_in_another_currency_are_not_mixed(anna, add):
    made = add(module="organisation", kind="formula", label="Quota", formula="revenue * percent(0.1)")
    acme = run("organisation.create", {"name": "Acme", "revenue": "1000"}, anna)
    assert getattr(fresh(acme), made.name) == Decimal(100)


def test_each_night_what_uses_today_is_worked_out_again(anna, add, monkeypatch):
    made = add(kind="formula", label="Domani", formula="today() + 1")
    person = run("person.create", {"last_name": "Rossi"}, anna)
    later = timezone.localdate() + dt.timedelta(days=3)
    monkeypatch.setattr(timezone, "localdate", lambda: later)
    jobs.another_day(0)
    jobs.refill()
    assert getattr(fresh(person), made.name) == later + dt.timedelta(days=1)


def test_it_is_right_after_a_merge(anna, full, acme):
    other = run("organisation.create", {"name": "Acme 2", "city": "Rimini"}, anna)
    person = run("person.create", {"last_name": "Rossi", "organisation": other.pk}, anna)
    run("organisation.merge", {"losers": [other.pk]}, anna, target=acme.pk)
    assert getattr(fresh(person), full.name) == "ROSSI, Forlì"
