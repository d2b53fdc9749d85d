"""A field's own rules: users, auto-numbers, defaults, patterns, and values that are kept apart."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from anello.core.actions import Context, run
from anello.core.modules import get
from anello.core.studio import indexes, jobs
from anello.core.studio.models import CustomField
from tests.database import server
from tests.jobs import run_jobs
from tests.shapes import fresh, refused

pytestmark = pytest.mark.django_db


def test_a_user_field_takes_colleagues(cast, anna, add):
    made = add(kind="user", label="Tutor")
    person = run("person.create", {"last_name": "Rossi", made.name: cast.carla.pk}, anna)
    assert get("person").field(made.name).to == "user"
    assert getattr(fresh(person), f"{made.name}_id") == cast.carla.pk
    assert refused("person.update", {made.name: 10**9}, anna, person.pk) == {
        made.name: ["Non esiste, o non puoi vederlo."]
    }


def test_numbers_are_given_to_old_and_new_records(anna, add):
    old = run("person.create", [{"last_name": "A"}, {"last_name": "B"}], anna)
    made = add(kind="autonumber", label="Codice", numbering="P{year}-{seq:04}")
    year = timezone.localdate().year
    assert [getattr(fresh(person), made.name) for person in old] == [f"P{year}-0001", f"P{year}-0002"]
    new = run("person.create", {"last_name": "C"}, anna)
    assert getattr(new, made.name) == f"P{year}-0003"
    assert refused("person.create", {"last_name": "D", made.name: "X"}, anna) == {
        made.name: ["Non puoi modificare questo campo."]
    }


@pytest.mark.django_db(transaction=True)
def test_no_number_is_given_twice_to_records_created_at_once(lasting, cast, anna):
    values = {"module": "person", "kind": "autonumber", "label_it": "N", "label_en": "N", "numbering": "{seq}"}
    made = run("custom_field.create", values, anna)
    lasting()
    together = threading.Barrier(3)
    failures = []

    def create():
        try:
            together.wait()
            for n in range(5):
                run("person.create", [{"last_name": f"A{n}"}, {"last_name": f"B{n}"}], Context(actor=anna.actor))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    numbers = list(get("person").model.objects.values_list(made.name, flat=True))
    assert sorted(numbers, key=int) == [str(n) for n in range(1, 31)]


def test_new_records_begin_with_the_default_until_it_changes(cast, anna, add, studio):
    words = add(label="Canale", initial="fiera")
    since = add(kind="date", label="Dal", initial="oggi")
    price = add(kind="decimal", label="Tariffa", initial="12,5")
    person = run("person.create", {"last_name": "Rossi"}, anna)
    stored = fresh(person)
    values = (getattr(stored, words.name), getattr(stored, since.name), float(getattr(stored, price.name)))
    assert values == ("fiera", timezone.localdate(), 12.5)
    client = Client()
    client.force_login(cast.anna)
    assert 'value="fiera"' in client.get("/people/new/").content.decode()
    run("custom_field.update", {"initial": "web"}, anna, target=words)
    studio()
    assert getattr(run("person.create", {"last_name": "Verdi"}, anna), words.name) == "web"
    assert getattr(fresh(person), words.name) == "fiera"


def test_a_pattern_holds_for_the_whole_text_and_never_takes_long(anna, add):
    made = add(label="Targa", pattern="[A-Z]{2}[0-9]{3}[A-Z]{2}")
    person = run("person.create", {"last_name": "Rossi", made.name: "AB123CD"}, anna)
    words = "Non ha la forma richiesta: [A-Z]{2}[0-9]{3}[A-Z]{2}"
    assert refused("person.update", {made.name: "AB123CDE"}, anna, person.pk) == {made.name: [words]}
    slow = add(label="Lento", pattern="(a|aa)+$")
    assert refused("person.update", {slow.name: "a" * 200 + "b"}, anna, person.pk) == {
        slow.name: ["Non ha la forma richiesta: (a|aa)+$"]
    }


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"pattern": "[A-"}, {"pattern": ["L'espressione non si legge (carattere 4)."]}),
        ({"kind": "integer", "pattern": "a"}, {"pattern": ["Solo un testo ha una forma."]}),
        (
            {"kind": "autonumber", "numbering": "P-{year}"},
            {"numbering": ["Il formato deve contenere {seq}, il numero progressivo."]},
        ),
        ({"numbering": "{seq}"}, {"numbering": ["Solo un numero progressivo ha una numerazione."]}),
        ({"kind": "integer", "initial": "dodici"}, None),
        ({"kind": "integer", "initial": "12", "least": 20}, {"initial": ["Il minimo è 20."]}),
        ({"kind": "email", "initial": "ada"}, {"initial": ["Indirizzo e-mail non valido."]}),
        ({"kind": "boolean", "unique": True}, {"unique": ["Di questo tipo i valori possono ripetersi."]}),
        (
            {"kind": "formula", "formula": "1", "initial": "1"},
            {"initial": ["Un campo calcolato non ha un valore iniziale."]},
        ),
    ],
)
def test_rules_that_make_no_sense_are_told_at_their_field(anna, values, errors):
    given = {"module": "person", "kind": "text", "label_it": "A", "label_en": "A", **values}
    found = refused("custom_field.create", given, anna)
    assert found == errors if errors else list(found) == ["initial"]


def test_what_is_doubled_already_is_told_with_examples_and_nothing_changes(anna, add):
    made = add(label="Tessera")
    rows = [
        {"last_name": "A", made.name: "x1"},
        {"last_name": "B", made.name: "X1"},
        {"last_name": "C", made.name: "y"},
    ]
    run("person.create", rows, anna)
    assert refused("custom_field.update", {"unique": True}, anna, made) == {
        "unique": ["Ci sono già dei doppi: «X1» (2)."]
    }
    assert not CustomField.objects.get(pk=made.pk).unique


@pytest.fixture
def made(lasting, cast, anna):
    """A unique text field in tables that stay."""
    values = {"module": "person", "kind": "text", "label_it": "Tessera", "label_en": "Card", "unique": True}
    made = run("custom_field.create", values, anna)
    lasting()
    return made


def there():
    return indexes._there()


@pytest.mark.django_db(transaction=True)
def test_indexes_are_made_by_a_job_and_keep_values_apart_whatever_their_case(made, anna):
    assert (CustomField.objects.get(pk=made.pk).index, there()) == ("building", {})
    jobs.index()
    names = {f"xi_{made.pk}_{what}" for what in ("words", "sort", "unique")}
    assert (CustomField.objects.get(pk=made.pk).index, there()) == ("ready", dict.fromkeys(names, True))
    first = run("person.create", {"last_name": "A", made.name: "x1"}, anna)
    run("person.create", [{"last_name": "B"}, {"last_name": "C"}], anna)
    again = {"last_name": "D", made.name: "X1"}
    assert refused("person.create", again, anna) == {made.name: ["Questo valore è già usato da un altro record."]}
    run("person.delete", {}, anna, target=first.pk)
    run("person.create", again, anna)
    assert made.name in refused("person.restore", {}, anna, first.pk)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_left_half_made_is_made_again(made):
    jobs.index()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [f"xi_{made.pk}_sort"])
    assert not there()[f"xi_{made.pk}_sort"]
    jobs.index()
    assert all(there().values())


@pytest.mark.django_db(transaction=True)
def test_an_index_in_the_making_makes_way_for_whoever_changes_the_table(made, anna, lasting):
    beginning, failures = threading.Event(), []

    def index():
        beginning.set()
        try:
            jobs.index()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    with psycopg.connect(server.url(connection.settings_dict["NAME"])) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT")  # an index is not ready before those are gone who see what was before
        worker = threading.Thread(target=index)
        worker.start()
        beginning.wait()
        while not any(not valid for valid in there().values()):
            time.sleep(0.05)
        values = {"module": "person", "kind": "integer", "label_it": "Età", "label_en": "Age"}
        age = run("custom_field.create", values, anna)
        worker.join()
    assert failures == []
    assert "building" in CustomField.objects.filter(pk__in=[made.pk, age.pk]).values_list("index", flat=True)
    lasting()
    run_jobs(early=True)
    assert set(CustomField.objects.values_list("index", flat=True)) == {"ready"}


@pytest.mark.django_db(transaction=True)
def test_indexes_go_with_their_field_and_come_back_with_it(made, anna, lasting):
    jobs.index()
    run("custom_field.delete", {}, anna, target=made)
    jobs.index()
    assert there() == {}
    run("custom_field.restore", {}, anna, target=made)
    lasting()
    jobs.index()
    assert len(there()) == 3
    run("custom_field.update", {"indexed": False, "unique": False}, anna, target=made)
    jobs.index()
    assert (there(), CustomField.objects.get(pk=made.pk).index) == ({}, "none")


@pytest.mark.django_db(transaction=True)
def test_duplicates_that_slipped_in_are_told_on_the_fields_page(made, anna):
    run("person.create", [{"last_name": "A", made.name: "x"}, {"last_name": "B", made.name: "X"}], anna)
    jobs.index()
    assert CustomField.objects.get(pk=made.pk).index == "duplicates"
    assert f"xi_{made.pk}_unique" not in there()


@pytest.mark.django_db(transaction=True)
def test_lists_use_the_index(made, cast):
    from anello.core.search import RecordQuery

    jobs.index()
    query = RecordQuery(cast.actor("anna"), get("person"))
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        for op in ("is", "contains", "starts"):
            found = RecordQuery(cast.actor("anna"), get("person")).where({"field": made.name, "op": op, "value": "abc"})
            assert f"xi_{made.pk}_" in found.records.order_by().explain()
        ordered = query.order(made.name)._run(False, None, False)
        cursor.execute("SET enable_sort = off")
        assert f"xi_{made.pk}_sort" in ordered.explain()
        cursor.execute("RESET enable_seqscan")
        cursor.execute("RESET enable_sort")
