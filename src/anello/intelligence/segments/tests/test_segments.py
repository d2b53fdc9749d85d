"""Segments: who is in them, who comes and goes, and who may see it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading

import pytest
from django.test import Client
from django.utils import timezone
from tests import processes
from tests.samples import sample

from anello.core.actions import Context, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.search.filters import compile_filter
from anello.intelligence.segments import jobs, queries, refreshing, words
from anello.intelligence.segments.models import Segment, SegmentMember
from anello.warehouse import mappings, sources
from anello.warehouse.datasets import datasets

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
TWICE_THEN_SILENT = {
    "all": [{"behaviour": "purchase", "times": {"gte": 2}}, {"behaviour": "purchase", "none_for_days": 90}]
}


def enter(user):
    client = Client()
    client.force_login(user)
    return client


def ago(days):
    return timezone.localdate() - dt.timedelta(days=days)


def person(cast, name, *bought, owner="carla", **values):
    """A customer who bought so many days ago."""
    made = run("person.create", {"last_name": name, **values}, cast.ctx(owner))
    for days in bought:
        sample(
            get("order"), cast.carla, person=made.pk, organisation=None, status="fulfilled", total="10", date=ago(days)
        )
    return made


@pytest.fixture
def customers(cast, warehouse):
    made = {
        "silent": person(cast, "Silente", 300, 120, city="Milano"),
        "active": person(cast, "Attivo", 300, 20, city="Milano"),
        "once": person(cast, "Unico", 200, city="Roma"),
        "never": person(cast, "Mai", city="Roma"),
        "of_dario": person(cast, "Dariano", 400, 95, owner="dario"),
    }
    warehouse.load()
    return made


def segment(cast, definition=None, who="ivo", **more):
    return run(
        "segment.create",
        {"name": "Prova", "customer": "person", "kind": "dynamic", "definition": definition or {}, **more},
        cast.ctx(who),
    )


def refreshed(one):

    run("segment.refresh", {}, Context(), target=one.pk)
    return set(SegmentMember.objects.filter(segment=one).values_list("person__last_name", flat=True))


def test_bought_twice_and_silent_for_90_days(cast, customers):
    assert refreshed(segment(cast, TWICE_THEN_SILENT)) == {"Silente", "Dariano"}


def test_a_look_that_changes_nothing_is_no_event(cast, customers):
    one = segment(cast, TWICE_THEN_SILENT)
    jobs.refresh(one.pk)
    before = Event.objects.count()
    seen = Segment.objects.get(pk=one.pk).refreshed_at
    jobs.refresh(one.pk)
    assert Segment.objects.get(pk=one.pk).refreshed_at > seen
    assert Event.objects.count() == before, "an event would bring a load, and a load another look, for ever"


def test_who_no_longer_fits_leaves_and_the_row_remembers_when(cast, customers, warehouse):
    one = segment(cast, TWICE_THEN_SILENT)
    refreshed(one)
    sample(
        get("order"),
        cast.carla,
        person=customers["silent"].pk,
        organisation=None,
        status="fulfilled",
        total="10",
        date=ago(1),
    )
    warehouse.load()
    assert refreshed(one) == {"Dariano"}
    gone = SegmentMember.everything.get(segment=one, person=customers["silent"])
    assert gone.left_at is not None
    assert gone.joined_at < gone.left_at
    told = (
        Event.objects.filter(kind="segment.members_changed", record_id=one.pk)
        .order_by("pk")
        .values_list("data", flat=True)
    )
    assert list(told) == [{"count": 2, "joined": 2, "left": 0}, {"count": 1, "joined": 0, "left": 1}]
    [size] = queries.sizes(one)
    assert (size.count, size.joined, size.left) == (1, 2, 1)


def test_lists_filter_by_segment(cast, customers):
    one = segment(cast, TWICE_THEN_SILENT)
    refreshed(one)
    only = {"field": "segment_member:person.segment", "op": "in", "value": [one.pk]}
    found = get("person").model.objects.filter(compile_filter(cast.actor("bruno"), get("person"), only))
    assert {p.last_name for p in found} == {"Silente", "Dariano"}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"field": "city", "op": "is", "value": "Milano"}, {"silent", "active"}),
        ({"all": [{"field": "city", "op": "is", "value": "Roma"}, {"behaviour": "purchase", "times": {"is": 0}}]}, {"never"}),
        ({"any": [{"field": "city", "op": "is", "value": "Roma"}, {"behaviour": "purchase", "within_days": 30}]}, {"active", "once", "never"}),
        ({"behaviour": "purchase", "times": {"gte": 2}, "within_days": 365}, {"silent", "active"}),
        ({"behaviour": "purchase", "times": {"lte": 1}, "within_days": 365}, {"once", "never", "of_dario"}),
        ({"behaviour": "purchase", "spent": {"gte": 20}}, {"silent", "active", "of_dario"}),
        ({"behaviour": "purchase", "spent": {"lte": 10}, "within_days": 3650}, {"once", "never"}),
        ({"behaviour": "purchase", "cadence": {"gt": 0.5}}, {"silent"}),
        ({"not": {"behaviour": "purchase", "none_for_days": 90}}, {"active"}),
        ({"behaviour": "interaction", "none_for_days": 30}, {"silent", "active", "once", "never", "of_dario"}),
        ({"phase": ["prospect", "loyal"]}, {"silent", "active", "once", "never", "of_dario"}),
        ({}, {"silent", "active", "once", "never", "of_dario"}),
    ],
)  # fmt: skip
def test_conditions_find(cast, customers, definition, expected):
    found = queries.glance(cast.actor("ivo"), "person", definition, key="test")
    assert {pk for pk, _ in found.sample} == {customers[name].pk for name in expected}
    assert found.count == len(expected)
    assert found.total == 5


PERIODS = [
    {"within_days": 90},
    {"within_days": 1000},
    {"between": [ago(400).isoformat(), ago(100).isoformat()]},
    {"between": [ago(90).isoformat(), ago(-90).isoformat()]},
]
MEASURES = [
    *(
        {"times": times}
        for times in ({"gte": 0}, {"gte": 1}, {"gte": 2}, {"gte": 3}, {"lte": 0}, {"lte": 1}, {"is": 0})
    ),
    *({"times": times} for times in ({"is": 2}, {"gte": 1, "lte": 2}, {"gte": 3, "lte": 1})),
    *({"spent": spent} for spent in ({"gte": 0}, {"gte": 20}, {"lte": 10}, {"gte": 10, "lte": 20}, {"gte": 30})),
]


def test_purchases_in_a_period_are_those_that_one_would_count(cast, warehouse):
    """The same day twice, the edges of the periods, days to come, gifts, and loads between."""
    bought = {
        "never": [], "once": [90], "edge": [89, 90, 100, 400, 401], "day": [30, 30, 30], "ahead": [-5, -40, 20, 95, 300],
        "later": [-1], "long": [700, 600, 500],
    }  # fmt: skip
    made = {name: person(cast, name, *days[1:]) for name, days in bought.items()}
    gift = sample(get("order"), cast.carla, person=made["once"].pk, organisation=None, status="fulfilled", date=ago(9))
    type(gift).objects.filter(pk=gift.pk).update(net=0, taxable=0, total=0)
    warehouse.load()
    for name, days in bought.items():
        for first in days[:1]:
            values = {"person": made[name].pk, "organisation": None, "status": "fulfilled", "total": "10"}
            sample(get("order"), cast.carla, **values, date=ago(first))
    warehouse.load()
    compared = {"gte": int.__ge__, "lte": int.__le__, "is": int.__eq__}
    for period in PERIODS:
        if "between" in period:
            first, last = map(dt.date.fromisoformat, period["between"])
        else:
            first, last = ago(period["within_days"] - 1), ago(0)
        for measure in MEASURES:
            [(what, wanted)] = measure.items()
            each = 10 if what == "spent" else 1
            counts = {name: each * sum(first <= ago(n) <= last for n in days) for name, days in bought.items()}
            expected = {made[n].pk for n, c in counts.items() if all(compared[op](c, v) for op, v in wanted.items())}
            asked = {"behaviour": "purchase", **measure, **period}
            found = queries.glance(cast.actor("ivo"), "person", asked, key="test")
            assert {pk for pk, _ in found.sample} == expected, asked


def test_every_fact_is_offered_in_words(cast):
    kinds = {name: label for name, label in words.subjects(cast.actor("ivo")).items() if "event:" in name}
    assert {name for name, label in kinds.items() if name.rpartition(".")[2] in label.it.split()} == set()
    assert "event:order.confirm" in kinds


def test_segments_are_made_of_segments(cast, customers):
    inner = segment(cast, {"field": "city", "op": "is", "value": "Milano"})
    outer = {"all": [{"segment": inner.pk}, {"not": {"behaviour": "purchase", "within_days": 60}}]}
    assert queries.glance(cast.actor("ivo"), "person", outer, key="test").count == 1
    with pytest.raises(Invalid, match=r"contains itself|contiene sé stesso"):
        run("segment.update", {"definition": {"segment": inner.pk}}, cast.ctx("ivo"), target=inner.pk)


@pytest.mark.parametrize(
    "definition",
    [
        {"field": "gone", "op": "is", "value": 1}, {"behaviour": "flight"}, {"behaviour": "purchase", "times": {}},
        {"behaviour": "purchase", "none_for_days": 0}, {"behaviour": "purchase", "times": {"gte": 1}, "none_for_days": 3},
        {"behaviour": "interaction", "spent": {"gte": 1}}, {"segment": 999_999}, {"segment": None}, {"all": 3},
        {"score": "nonsense", "gte": 3}, {"score": "clv"}, {"behaviour": "event:x'y.z"}, {"phase": [{}]},
        {"behaviour": "purchase", "between": ["2026-02-01", "2026-01-01"]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(cast, warehouse, definition):
    with pytest.raises(Invalid) as refused:
        segment(cast, definition)
    assert all(str(word) for words in refused.value.errors.values() for word in words)


def test_a_definition_that_broke_says_so_and_keeps_its_members(cast, customers):
    one = segment(cast, TWICE_THEN_SILENT)
    refreshed(one)
    Segment.objects.filter(pk=one.pk).update(definition={"field": "gone", "op": "is", "value": 1})
    assert refreshed(one) == {"Silente", "Dariano"}
    one.refresh_from_db()
    assert "gone" in one.problem


def test_readers_count_whom_they_see_and_a_segment_holds_whom_its_author_sees(cast, customers):
    everybody = queries.glance(cast.actor("ivo"), "person", TWICE_THEN_SILENT, key="test")
    theirs = queries.glance(cast.actor("carla"), "person", TWICE_THEN_SILENT, key="test")
    nobody = queries.glance(cast.actor("marta"), "person", {}, key="test")
    assert (everybody.count, theirs.count, nobody.total) == (2, 1, 0)


def test_fixed_lists_take_whom_one_sees(cast, customers):
    one = segment(cast, kind="static", who="bruno")
    ids = [customers["silent"].pk, customers["never"].pk]
    run("segment.add", {"ids": ids}, cast.ctx("bruno"), target=one.pk)
    run("segment.remove", {"ids": ids[:1]}, cast.ctx("bruno"), target=one.pk)
    assert list(SegmentMember.objects.filter(segment=one).values_list("person", flat=True)) == ids[1:]
    with pytest.raises(NotFound):
        run("segment.add", {"ids": [999_999]}, cast.ctx("bruno"), target=one.pk)
    dynamic = segment(cast, TWICE_THEN_SILENT)
    with pytest.raises(Invalid):
        run("segment.add", {"ids": ids}, cast.ctx("ivo"), target=dynamic.pk)


def test_who_is_taken_out_of_a_fixed_list_is_out_of_what_is_made_of_it(cast, customers, warehouse, monkeypatch):
    one = segment(cast, kind="static", who="bruno")
    ids = [customers["silent"].pk, customers["never"].pk]
    run("segment.add", {"ids": ids}, cast.ctx("bruno"), target=one.pk)
    warehouse.load()
    inner = {"segment": one.pk}
    assert queries.glance(cast.actor("ivo"), "person", inner, key="test").count == 2
    run("segment.remove", {"ids": ids[:1]}, cast.ctx("bruno"), target=one.pk)
    warehouse.load()
    assert queries.glance(cast.actor("ivo"), "person", inner, key="test").sample == [(ids[1], "Mai")]
    run("segment.add", {"ids": ids[:1]}, cast.ctx("bruno"), target=one.pk)
    warehouse.load()
    monkeypatch.setattr(refreshing, "FEW", 1)
    run("segment.remove", {"ids": ids}, cast.ctx("bruno"), target=one.pk)
    warehouse.load()
    assert queries.glance(cast.actor("ivo"), "person", inner, key="test").count == 0


def test_a_product_is_asked_of_its_own_lines(cast, customers, warehouse, tmp_path):
    """Two lines of it in one order, another product beside it; and an order of the same number made elsewhere."""
    lamp = sample(get("product"), cast.carla, name="Lampada")
    order = sample(
        get("order"), cast.carla, person=customers["once"].pk, organisation=None, status="draft", date=ago(10)
    )
    for price, product in ((10, lamp.pk), (10, lamp.pk), (500, None)):
        line = {"order": order.pk, "description": "Riga", "unit_price": str(price), "quantity": "1", "vat_rate": "22"}
        run("order_line.create", {**line, "product": product}, Context())
    type(order).objects.filter(pk=order.pk).update(status="confirmed")
    run("person.update", {"email": "attivo@example.com"}, cast.ctx("carla"), target=customers["active"].pk)
    warehouse.load()
    (tmp_path / "orders.csv").write_text(f"id,day,net,who,what\n{order.pk},{ago(5)},99,attivo@example.com,Lampada\n")
    mappings.folder().mkdir()
    path = mappings.folder() / "shop.toml"
    columns = 'purchase_id = "id"\nat = "day"\namount = "net"\nemail = "who"\nproduct = "what"\n'
    path.write_text(f'file = "{tmp_path}/orders.csv"\ncurrency = "EUR"\n[columns]\n{columns}')
    sources.load(mappings.read(path))

    def found(**more):
        asked = {"behaviour": "purchase", "where": {"product": lamp.pk}, **more}
        return {pk for pk, _ in queries.glance(cast.actor("ivo"), "person", asked, key="test").sample}

    once, everybody = customers["once"].pk, {one.pk for one in customers.values()}
    assert found() == found(times={"is": 1}) == found(within_days=30, spent={"gte": 20}) == {once}
    assert found(times={"gte": 2}) == found(spent={"gte": 21}) == set()
    assert found(none_for_days=20) == everybody - {once}


def test_what_is_not_loaded_yet_is_said_and_no_failure(cast, warehouse, monkeypatch):
    known = datasets()
    monkeypatch.setattr(
        "anello.warehouse.extract.datasets", lambda: {n: d for n, d in known.items() if n != "sales_lead"}
    )
    warehouse.load()
    asked = {"field": "lead:person", "op": "has", "value": {"field": "city", "op": "is", "value": "Roma"}}
    form = {"customer": "person", "definition": json.dumps(asked)}
    answer = enter(cast.ivo).post("/segments/preview/", form)
    assert "prossimo carico" in answer.content.decode()


def test_another_process_stops_a_count_too(warehouse, cast, tmp_path, monkeypatch):
    warehouse.load()
    monkeypatch.setattr(queries, "PATIENCE", 600)
    stop = "import django; django.setup(); from anello.intelligence.segments import queries; queries.stop('k')"
    environment = processes.environment() | {"ANELLO_HOME": str(tmp_path)}
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 7"
    threading.Timer(
        0.2, subprocess.run, [[sys.executable, "-c", stop]], {"env": {**os.environ, **environment}, "check": True}
    ).start()
    with pytest.raises(queries.Stopped), queries.asking("k") as duck:
        duck.execute(slow)


def test_a_newer_question_takes_the_place_of_the_one_before(warehouse, cast, monkeypatch):
    warehouse.load()
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 7"

    def ask():
        with queries.asking("k") as duck:
            duck.execute("SELECT 1")

    monkeypatch.setattr(queries, "PATIENCE", 600)
    threading.Timer(0.2, ask).start()
    with pytest.raises(queries.Stopped), queries.asking("k") as duck:
        duck.execute(slow)


def test_a_count_can_be_stopped(warehouse, cast):
    warehouse.load()
    done = threading.Event()

    def stop():
        while not done.wait(0.05):
            queries.stop("k")

    threading.Thread(target=stop).start()
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 7"
    with pytest.raises(queries.Stopped), queries.asking("k") as duck:
        duck.execute(slow)
    done.set()


def test_the_builder_makes_the_segment_sentence_by_sentence(cast, customers):
    page = enter(cast.ivo)
    assert page.get("/segments/new/").status_code == 200
    form = {
        "name": "Dormienti",
        "customer": "person",
        "kind": "dynamic",
        "definition": "{}",
        "add": "1",
        "what": "purchase",
    }
    first = page.post("/segments/conditions/", {**form, "measure": "times_gte", "number": "2"}, headers=PART)
    form["definition"] = first.context["tree"]
    second = page.post("/segments/conditions/", {**form, "measure": "none", "number": "90"}, headers=PART)
    form["definition"] = second.context["tree"]
    assert "2 volte" in second.content.decode()
    assert "90 giorni" in second.content.decode()
    refused = page.post("/segments/conditions/", {**form, "measure": "none", "number": "x"}, headers=PART)
    assert refused.status_code == 422
    assert page.post("/segments/preview/", form).context["glance"].count == 2
    assert page.post("/segments/new/", form).status_code == 302
    made = Segment.objects.get(name="Dormienti")
    assert refreshed(made) == {"Silente", "Dariano"}
    shown = page.get(f"/segments/{made.pk}/").content.decode()
    assert "Silente" in shown
    assert "90 giorni" in shown
    fewer = page.post("/segments/conditions/", {"customer": "person", "definition": form["definition"], "remove": "0"})
    assert json.loads(fewer.context["tree"]) == {"all": [{"behaviour": "purchase", "none_for_days": 90}]}


def test_selected_people_go_into_a_list(cast, customers):
    page, ids = enter(cast.bruno), [customers["silent"].pk, customers["never"].pk]
    assert page.get("/people/to-segment/", {"id": ids}).status_code == 200
    assert page.post("/people/to-segment/", {"id": ids, "name": "Invitati"}).status_code == 302
    assert SegmentMember.objects.filter(segment__name="Invitati").count() == 2
    assert page.post("/people/to-segment/", {"id": ids, "name": ""}).status_code == 422
    assert enter(cast.marta).get("/people/to-segment/", {"id": ids}).status_code == 404
