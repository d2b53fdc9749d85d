"""Roll-ups: what the related records amount to, kept by every gesture on them, whoever else writes at that moment."""

from __future__ import annotations

import random
import threading
from decimal import Decimal

import pytest
from django.db import connections

from anello.core.actions import Context, Invalid, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.studio import jobs

pytestmark = pytest.mark.django_db
FEW = {"field": "employees", "op": "gt", "value": 10}


def fresh(record):
    return type(record)._base_manager.get(pk=record.pk)


def company(ctx, name, **more):
    return run("organisation.create", {"name": name, **more}, ctx)


@pytest.fixture
def staff(add):
    """How many people work in the companies of a group."""
    return add(
        module="organisation",
        kind="rollup",
        label="Addetti",
        source="organisation.parent",
        function="sum",
        of="employees",
    )


def test_it_follows_every_gesture_on_the_related_records(anna, add, staff):
    count = add(module="organisation", kind="rollup", label="Quante", source="organisation.parent", function="count")
    large = add(
        module="organisation",
        kind="rollup",
        label="Grandi",
        source="organisation.parent",
        function="count",
        filter=FEW,
    )
    one, other = company(anna, "Uno"), company(anna, "Altro")
    names = (count.name, staff.name, large.name)

    def seen(group):
        return tuple(int(getattr(fresh(group), name)) for name in names)

    assert seen(one) == (0, 0, 0)
    a = company(anna, "A", parent=one.pk, employees=5)
    b = company(anna, "B", parent=one.pk, employees=20)
    assert seen(one) == (2, 25, 1)
    run("organisation.update", {"employees": 11}, anna, target=a.pk)
    assert seen(one) == (2, 31, 2)
    run("organisation.update", {"parent": other.pk}, anna, target=b.pk)
    assert (seen(one), seen(other)) == ((1, 11, 1), (1, 20, 1))
    gesture = Context(actor=anna.actor, via="ui")
    run("organisation.delete", {}, gesture, target=a.pk)
    assert seen(one) == (0, 0, 0)
    run("undo", {"batch": gesture.batch}, Context(actor=anna.actor))
    assert seen(one) == (1, 11, 1)
    run("organisation.delete", {}, anna, target=a.pk)
    run("organisation.restore", {}, anna, target=a.pk)
    assert seen(one) == (1, 11, 1)
    told = Event.objects.filter(record_id=one.pk, kind="organisation.updated").latest("id")
    assert told.data == {"derived": True}


def test_whoever_made_the_child_undoes_it_without_a_right_on_the_parent(cast, anna, add):
    count = add(module="organisation", kind="rollup", label="Gente", source="person.organisation", function="count")
    group = company(anna, "Gruppo")
    gesture = Context(actor=anna.actor, via="ui")
    run("person.create", {"last_name": "Rossi", "organisation": group.pk}, gesture)
    assert getattr(fresh(group), count.name) == 1
    run("undo", {"batch": gesture.batch}, Context(actor=anna.actor))
    assert getattr(fresh(group), count.name) == 0


def test_least_most_and_average_of_nothing_are_empty(anna, add):
    made = {
        function: add(
            module="organisation",
            kind="rollup",
            label=f"R {function}",
            source="organisation.parent",
            function=function,
            of="revenue",
        ).name
        for function in ("sum", "min", "max", "average")
    }
    group = company(anna, "Gruppo")

    def seen():
        return {function: getattr(fresh(group), name) for function, name in made.items()}

    assert seen() == {"sum": 0, "min": None, "max": None, "average": None}
    company(anna, "A", parent=group.pk, revenue="10.00")
    company(anna, "B", parent=group.pk, revenue="5.01")
    company(anna, "C", parent=group.pk)
    expected = {"sum": "15.01", "min": "5.01", "max": "10.00", "average": "7.51"}
    assert seen() == {function: Decimal(value) for function, value in expected.items()}


def test_rows_that_there_were_are_counted_and_formulas_follow(anna, add):
    group = company(anna, "Gruppo", employees=1)
    company(anna, "A", parent=group.pk, employees=4)
    total = add(
        module="organisation",
        kind="rollup",
        label="Addetti",
        source="organisation.parent",
        function="sum",
        of="employees",
    )
    whole = add(module="organisation", kind="formula", label="Tutti", formula=f"{total.name} + or_else(employees, 0)")
    assert (getattr(fresh(group), total.name), getattr(fresh(group), whole.name)) == (4, 5)
    company(anna, "B", parent=group.pk, employees=10)
    assert (getattr(fresh(group), total.name), getattr(fresh(group), whole.name)) == (14, 15)


def test_a_total_of_formulas_is_worked_out_after_them(anna, add, studio):
    double = add(module="organisation", kind="formula", label="Doppio", formula="employees * 2")
    total = add(
        module="organisation",
        kind="rollup",
        label="Totale",
        source="organisation.parent",
        function="sum",
        of=double.name,
    )
    group = company(anna, "Gruppo")
    company(anna, "A", parent=group.pk, employees=4)
    run("custom_field.update", {"formula": "employees * 3"}, anna, target=double)
    studio()
    jobs.refill()
    assert getattr(fresh(group), total.name) == 12


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"source": "person.friend", "function": "count"}, "source", "Scegli di quali record: "),
        ({"source": "organisation.parent", "function": ""}, "function", "Scegli il calcolo: count, sum"),
        ({"source": "organisation.parent", "function": "sum", "of": "city"}, "of", "(numero, importo)."),
        (
            {"source": "organisation.parent", "function": "count", "filter": {"field": "parent.city", "op": "empty"}},
            "filter",
            "Il filtro usa solo i campi di Organizzazioni: «parent.city» non lo è.",
        ),
        (
            {"source": "organisation.parent", "function": "count", "filter": {"field": "city", "op": "gt", "value": 1}},
            "filter",
            "«Città» non si filtra con «gt».",
        ),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(anna, values, field, words):
    given = {"module": "organisation", "kind": "rollup", "label_it": "R", "label_en": "R", **values}
    with pytest.raises(Invalid) as refused:
        run("custom_field.create", given, anna)
    assert list(refused.value.errors) == [field]
    assert words in refused.value.errors[field][0]


def test_a_total_of_itself_is_a_circle(anna, add, staff):
    with pytest.raises(Invalid) as refused:
        run("custom_field.update", {"of": staff.name}, anna, target=staff)
    assert refused.value.errors == {
        "function": ["I calcoli girano in tondo: organisation.x_addetti → organisation.x_addetti."]
    }


def test_after_any_gestures_it_is_what_counting_anew_gives(anna, staff):
    chance = random.Random(7)
    groups = [company(anna, f"G{n}") for n in range(3)]
    firms = [company(anna, f"F{n}", parent=chance.choice(groups).pk, employees=n) for n in range(6)]
    module = get("organisation").model
    for _ in range(60):
        firm = module.everything.get(pk=chance.choice(firms).pk)
        gesture = Context(actor=anna.actor, via="ui")
        if firm.deleted_at is not None:
            run("organisation.restore", {}, gesture, target=firm.pk)
        elif chance.random() < 0.25:
            run("organisation.delete", {}, gesture, target=firm.pk)
        else:
            parent = chance.choice([*groups, None])
            values = {"parent": parent.pk if parent else None, "employees": chance.randrange(100)}
            run("organisation.update", values, gesture, target=firm.pk)
        if chance.random() < 0.3:
            run("undo", {"batch": gesture.batch}, Context(actor=anna.actor))
        for group in groups:
            expected = sum(f.employees or 0 for f in module.objects.filter(parent=group.pk))
            assert getattr(fresh(group), staff.name) == expected


@pytest.mark.django_db(transaction=True)
def test_children_written_at_once_are_all_counted(lasting, cast, anna):
    values = {"source": "person.organisation", "function": "count", "label_it": "Gente", "label_en": "People"}
    made = run("custom_field.create", {"module": "organisation", "kind": "rollup", **values}, anna)
    lasting()
    group = company(anna, "Gruppo")
    together = threading.Barrier(4)
    failures = []

    def write(number):
        try:
            together.wait()
            for n in range(5):
                values = {"last_name": f"P{number}-{n}", "organisation": group.pk}
                run("person.create", values, Context(actor=anna.actor))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert getattr(fresh(group), made.name) == 20
