"""What a person may see and what a filter finds: the same in the warehouse as in PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Random
from django.utils import timezone
from tests.samples import sample

from anello.core.actions import Context, Invalid, run
from anello.core.events.models import Event
from anello.core.modules import Module, all_modules, get, incoming
from anello.core.modules import fields as kinds
from anello.core.policies import visible
from anello.core.search.filters import compile_filter
from anello.customers.models import Person
from anello.warehouse.datasets import datasets
from anello.warehouse.errors import Untranslatable

ENOUGH = 2
"""So many fields of each kind are asked with each operator."""
EVERYBODY = ("anna", "bruno", "carla", "dario", "elena", "franco", "giulia", "ivo", "marta")


def stored() -> list[Module]:
    return [dataset.module for dataset in datasets().values() if dataset.module]


@pytest.fixture
def filled(cast, warehouse):
    """Something of every module, of Carla, Dario and nobody, with traps for patterns and cases; loaded."""
    for name in ("carla", "dario"):
        for module in stored():
            # Some modules hold a sample only once.
            with suppress(Invalid):
                sample(module, getattr(cast, name)) if module.is_record else None
    for last, city in (("D'Angelò 100%", "Forlì_Nord"), ("ÈRNESTO\\", "forlì nord"), ("Straße", "")):
        person = run("person.create", {"last_name": last, "city": city, "tags": ["VIP", "a,b"]}, cast.ctx("carla"))
    run("person.delete", {}, cast.ctx("carla"), target=person.pk)
    warehouse.load()
    return cast


def compare(warehouse: Any, module: Module, predicate: Q, what: Any) -> int:
    rows = module.model._default_manager.filter(predicate).order_by().values("pk")
    there = sorted(row["pk"] for row in rows)
    here = sorted(row["pk"] for row in warehouse.sql(warehouse.translate(rows)).to_pylist())
    assert here == there, (module.name, what)
    return len(there)


def test_everybody_sees_the_same_records_of_every_module(filled, warehouse):
    seen = {}
    for name in EVERYBODY:
        actor = filled.actor(name)
        for module in stored():
            seen[name, module.name] = compare(warehouse, module, visible(actor, module), name)
    assert seen["carla", "person"] < seen["bruno", "person"]
    assert seen["marta", "person"] == 0


def values(field: Any, record: Any, op: str) -> list[Any]:
    value = field.json(field.get(record))
    if op in ("empty", "not_empty"):
        return [None]
    if op == "period":
        return ["this_month", "this_year"]
    if op == "between":
        return [[value, value]] if value is not None else []
    if value in (None, "", []):
        return []
    if op in ("in", "not_in"):
        return [value if isinstance(value, list) else [value]]
    if op in ("contains", "not_contains", "starts") and isinstance(value, str):
        return [value[:4], value.upper()]
    return [value]


def test_every_operator_of_every_kind_of_field_finds_the_same(filled, warehouse):
    actor, found = filled.actor("bruno"), 0
    asked: Counter[tuple[str, str]] = Counter()
    for module in stored():
        record = module.model._default_manager.order_by("-pk").first()
        for field in module.fields if record else ():
            for op in field.operators:
                for value in values(field, record, op):
                    if asked[field.kind, op] == ENOUGH:
                        continue
                    asked[field.kind, op] += 1
                    tree = {"field": field.name, "op": op, "value": value}
                    try:
                        predicate = visible(actor, module) & compile_filter(actor, module, tree)
                    except Invalid:
                        continue
                    found += compare(warehouse, module, predicate, tree) > 0
    assert found > 60


def test_filters_across_relations_and_with_traps_find_the_same(filled, warehouse):
    person = get("person")
    trees = [
        {"field": "last_name", "op": "contains", "value": "100%"},
        {"field": "last_name", "op": "contains", "value": "0_"},
        {"field": "last_name", "op": "contains", "value": "\\"},
        {"field": "last_name", "op": "contains", "value": "d'angel"},
        {"field": "city", "op": "contains", "value": "lì_n"},
        {"field": "city", "op": "is", "value": "FORLÌ NORD"},
        {"field": "tags", "op": "in", "value": ["a,b", "c"]},
        {"not": {"field": "city", "op": "contains", "value": "forlì"}},
        {"any": [{"field": "city", "op": "empty"}, {"field": "owner", "op": "is", "value": "me"}]},
        {"field": "organisation.name", "op": "contains", "value": "Sample"},
        {"field": "order:person", "op": "has_no", "value": {}},
    ]
    for other, link in incoming(person):
        if other in stored():
            trees.append({"field": f"{other.name}:{link.name}", "op": "has", "value": {}})
    for name in ("carla", "ivo"):
        actor = filled.actor(name)
        for tree in trees:
            try:
                predicate = compile_filter(actor, person, tree)
            except Invalid:
                continue
            compare(warehouse, person, visible(actor, person) & predicate, tree)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Person.objects.annotate(n=Length("last_name")).filter(n__gt=3),
        lambda: Person.objects.filter(last_name__regex="^R"),
        lambda: Person.objects.filter(search_text__contains="rossi"),
        lambda: Person.objects.filter(
            RawSQL("anello_document(search_text) @@ to_tsquery('rossi')", [], BooleanField())
        ),
        lambda: Person.objects.extra(tables=["accounts_role"]),
        lambda: Person.objects.order_by(Random()),
    ],
    ids=["unknown function", "pattern", "searched text alone", "full text", "another table", "chance"],
)
def test_what_might_mean_something_else_is_refused(db, warehouse, rows):
    with pytest.raises(Untranslatable):
        warehouse.translate(rows())


def test_modules_of_the_crm_are_in_the_warehouse_and_secrets_are_not(db):
    tables = datasets()
    left_out = {m.name for m in all_modules() if m.model._meta.db_table not in tables}
    assert left_out == {
        "custom_field", "custom_module", "layout", "retouch", "role", "solution", "webhook", "webhook_delivery",
    }  # fmt: skip
    assert not {"password", "last_login"} & set(tables["accounts_user"].types)
    assert any(isinstance(f, kinds.Link) for f in get("person").fields)


def test_of_a_moment_it_finds_what_was_there_then(db, warehouse):
    now = timezone.now()

    def ago(days):
        return now - dt.timedelta(days=days)

    person = run("person.create", {"last_name": "Rossi"}, Context(via="system", now=ago(10)))
    run("person.update", {"city": "Bari"}, Context(via="system", now=ago(3)), target=person)
    warehouse.load()

    def count(queryset, at):
        (row,) = warehouse.sql(f"SELECT count(*) AS n FROM ({warehouse.translate(queryset, at=at)})").to_pylist()
        return row["n"]

    there, told = Person.objects.filter(city="Bari").values("pk"), Event.objects.filter(module="person").values("pk")
    assert [(count(there, ago(d)), count(told, ago(d))) for d in (11, 5, 1)] == [(0, 0), (0, 1), (1, 2)]
