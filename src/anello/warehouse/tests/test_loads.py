"""Loads: bit by bit or from nothing, the same; failing, nothing; after forgetting, nothing of whom was forgotten."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from django.utils import timezone
from tests import processes
from tests.jobs import run_jobs
from tests.samples import sample

from anello.core.actions import run
from anello.core.events import log
from anello.core.events.consumers import drain
from anello.core.events.models import Event
from anello.core.modules import get
from anello.customers.models import Interaction, Person
from anello.warehouse import forgetting, landing, progress, reading
from anello.warehouse.datasets import datasets
from anello.warehouse.errors import Busy, Damaged
from anello.warehouse.forgetting import forget


def everything(warehouse):
    """{table: rows as text} of all that is in the warehouse, the record of loads aside."""
    tables = warehouse.sql(
        "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE table_name <> 'load'"
    ).to_pylist()
    return {row["name"]: sorted(map(str, warehouse.sql(f"SELECT * FROM {row['name']}").to_pylist())) for row in tables}


def differences(before, after):
    """(table, row before, row after) where they are not the same."""
    assert before.keys() == after.keys()
    return [
        (name, *pair) for name in before for pair in zip(before[name], after[name], strict=True) if pair[0] != pair[1]
    ]


def bought(cast, person, **more):
    values = {"date": "2026-11-02", "total": "12.50", "status": "fulfilled", **more}
    return sample(get("order"), cast.carla, person=person.pk, organisation=None, **values)


def test_built_from_the_landing_alone_it_is_the_same(cast, warehouse):
    one = run("person.create", {"last_name": "Rossi", "city": "Roma", "tags": ["a"]}, cast.ctx("carla"))
    two = run("person.create", {"last_name": "Verdi", "email": "v@example.com"}, cast.ctx("dario"))
    warehouse.load()
    bought(cast, one)
    run("person.update", {"tags": ["b", "c"], "city": ""}, cast.ctx("carla"), target=one.pk)
    warehouse.load()
    run("person.delete", {}, cast.ctx("carla"), target=one.pk)
    run("person.restore", {}, cast.ctx("carla"), target=one.pk)
    run("person.merge", {"losers": [two.pk]}, cast.ctx("bruno"), target=one.pk)
    sample(get("order_line"), cast.carla)
    warehouse.load(whole=True)
    before = everything(warehouse)
    assert warehouse.rebuild().rebuilt
    assert differences(before, everything(warehouse)) == []


def test_what_no_event_tells_of_comes_in_too(cast, warehouse):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    # The timeline writes rows of its own, and nobody is told of them.
    Interaction.objects.create(
        person=person, channel="system", event_kind="order.created", about_module="order", about_id=7
    )
    assert warehouse.load().touched["person"] == {person.pk}
    assert warehouse.sql("SELECT type FROM mart.interaction").to_pylist() == [{"type": "order.created"}]
    Interaction.objects.all().delete()
    Person.objects.update(city="Enna")
    warehouse.load(whole=True)
    assert warehouse.sql("SELECT type FROM mart.interaction").to_pylist() == []
    assert warehouse.sql("SELECT city FROM main.customers_person").to_pylist() == [{"city": "Enna"}]


def test_an_event_about_many_records_has_their_table_compared(cast, warehouse):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    Person.objects.update(city="Enna")
    log.append([Event(kind="person.scored", module="person", via="job", batch="0" * 32)])
    warehouse.load()
    assert warehouse.sql("SELECT city FROM main.customers_person").to_pylist() == [{"city": "Enna"}]


def test_as_of_any_moment_one_sees_what_was_true_then(cast, warehouse):
    person = run("person.create", {"last_name": "Rossi", "city": "Roma"}, cast.ctx("carla"))
    between = timezone.now()
    run("person.update", {"city": "Milano"}, cast.ctx("carla"), target=person.pk)
    run("person.delete", {}, cast.ctx("carla"), target=person.pk)
    warehouse.load()
    then = warehouse.sql(
        "SELECT city, deleted_at FROM history.customers_person "
        "WHERE _valid_from <= $at AND coalesce(_valid_to > $at, true)", {"at": between}
    )  # fmt: skip
    assert then.to_pylist() == [{"city": "Roma", "deleted_at": None}]
    now = warehouse.sql("SELECT city, deleted_at IS NOT NULL AS gone FROM main.customers_person").to_pylist()
    assert now == [{"city": "Milano", "gone": True}]
    assert warehouse.sql("SELECT * FROM mart.customer").num_rows == 0


def test_a_load_that_fails_changes_nothing_and_the_next_makes_up_for_it(cast, warehouse, monkeypatch):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    before, loads = everything(warehouse), landing.manifests()
    run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))

    def broken(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(landing, "commit", broken)
    with pytest.raises(OSError, match="no space left"):
        warehouse.load()
    assert (everything(warehouse), landing.manifests()) == (before, loads)
    assert progress.current().state == "failed"
    assert "no space left" in progress.current().error
    monkeypatch.undo()
    warehouse.load()
    assert warehouse.sql("SELECT * FROM mart.customer").num_rows == 2


def test_one_load_at_a_time(cast, warehouse):
    with landing.writer(), pytest.raises(Busy):
        warehouse.load(wait=False)


def test_a_landing_that_was_tampered_with_is_named(cast, warehouse):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    before = reading.built()
    file = next((landing.landing() / "customers_person").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="customers_person"):
        warehouse.rebuild()
    assert reading.built() == before


def test_who_reads_keeps_the_warehouse_they_began_with(cast, warehouse):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    warehouse.load()
    reader = warehouse.connect()
    run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))
    warehouse.load()
    run("person.create", {"last_name": "Neri"}, cast.ctx("carla"))
    warehouse.load()
    assert reader.table("customer", database="mart").count().execute() == 1
    assert warehouse.connect().table("customer", database="mart").count().execute() == 3


def test_a_forgotten_person_is_nowhere_and_figures_stay(cast, warehouse):
    values = {
        "last_name": "Zanzottera",
        "first_name": "Gualtiero",
        "email": "gz@example.com",
        "birth_date": "1970-02-03",
    }
    person = run("person.create", values, cast.ctx("carla"))
    run("interaction.create", {"person": person.pk, "channel": "phone", "body": "Zanzottera called"}, cast.ctx("carla"))
    bought(cast, person, notes="For Gualtiero Zanzottera")
    warehouse.load()
    run("person.update", {"job_title": "Zanzottera & Co"}, cast.ctx("carla"), target=person.pk)
    warehouse.load()
    run("person.erase", {}, cast.ctx("anna", elevated=True), target=person.pk)
    forget([person.pk])
    held = b"".join(path.read_bytes() for path in landing.home().rglob("*") if path.is_file())
    text = json.dumps(everything(warehouse))
    assert "anzottera" not in text
    assert "1970" not in str(warehouse.sql("SELECT birth_date FROM history.customers_person").to_pylist())
    assert b"anzottera" not in held
    assert warehouse.sql("SELECT purchases FROM mart.customer WHERE kind = 'person'").to_pylist() == [{"purchases": 1}]
    before = everything(warehouse)
    warehouse.load()
    warehouse.rebuild()
    assert before["mart.customer"] == everything(warehouse)["mart.customer"]


def test_a_forgotten_person_is_not_in_columns_and_tables_that_are_gone_either(cast, warehouse, monkeypatch):
    person = run("person.create", {"last_name": "Zanzottera", "job_title": "Lampadaio"}, cast.ctx("carla"))
    other = run("person.create", {"last_name": "Verdi", "job_title": "Fioraio"}, cast.ctx("carla"))
    values = {"channel": "phone", "body": "Quello delle lampade"}
    run("interaction.create", {"person": person.pk, **values}, cast.ctx("carla"))
    run("interaction.create", {"person": other.pk, "channel": "phone", "body": "Quello dei fiori"}, cast.ctx("carla"))
    warehouse.load()
    known = datasets()

    def fewer():
        people = replace(known["customers_person"], left_out=known["customers_person"].left_out | {"job_title"})
        return {n: d for n, d in known.items() if n != "customers_interaction"} | {"customers_person": people}

    monkeypatch.setattr(forgetting, "datasets", fewer)
    run("person.erase", {}, cast.ctx("anna", elevated=True), target=person.pk)
    forget([person.pk])
    held = b"".join(path.read_bytes() for path in landing.home().rglob("*") if path.is_file())
    assert [word for word in (b"anzottera", b"ampadaio", b"delle lampade") if word in held] == []
    assert [word for word in (b"Fioraio", b"dei fiori") if word not in held] == []
    assert warehouse.sql("SELECT count(*) AS n FROM main.customers_interaction").to_pylist() == [{"n": 2}]


# In processes of their own


@pytest.mark.django_db(transaction=True)
def test_an_event_becomes_visible_by_itself_and_a_killed_load_harms_nothing(
    transactional_db, settings, tmp_path, monkeypatch
):
    from tests.cast import create_cast

    from anello import warehouse

    settings.WAREHOUSE_ROOT = tmp_path / "warehouse"
    for name, value in (processes.environment() | {"ANELLO_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    cast = create_cast()
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    drain()
    run_jobs(early=True)
    assert warehouse.sql("SELECT title FROM mart.customer").to_pylist() == [{"title": "Rossi"}]
    # Those who follow (scores, phases) write, once, what they learned: then there is nothing new any more.
    quiet = next(n for n in range(5) if warehouse.load().rows == 0)
    assert quiet < 3
    before = reading.built()
    assert warehouse.load().rows == 0
    assert reading.built() == before
    run("person.create", {"last_name": "Verdi"}, cast.ctx("carla"))
    for pause in (0.5, 1.5, 2.5, 3.5):
        killed = subprocess.Popen([sys.executable, "-m", "anello.warehouse", "load"], stdout=subprocess.DEVNULL)
        time.sleep(pause)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert warehouse.sql("SELECT count(*) AS n FROM mart.customer").to_pylist()[0]["n"] in (1, 2)
    warehouse.load()
    assert warehouse.sql("SELECT title FROM mart.customer ORDER BY title").column("title").to_pylist() == [
        "Rossi",
        "Verdi",
    ]
    assert sorted(path.name for path in landing.home().iterdir()) == [
        "built", "landing", "progress.json", "warehouse.duckdb", "writer.lock"
    ]  # fmt: skip
    assert dt.datetime.fromisoformat(progress.current().at).tzinfo
