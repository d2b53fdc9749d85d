"""Fields that an administrator adds: everywhere at once, and never half."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.actions import Context, Denied, Invalid, NotFound, run
from anello.core.modules import get
from anello.core.search import RecordQuery
from anello.core.studio.models import CustomField, Shape

pytestmark = pytest.mark.django_db


def test_a_field_is_there_at_once_for_screens_filters_and_the_api(cast, add):
    made = add(label="Passione preferita")
    assert made.name == "x_passione_preferita"
    one, two = run(
        "person.create", [{"last_name": "Rossi", made.name: "vela"}, {"last_name": "Verdi"}], cast.ctx("carla")
    )
    assert (getattr(one, made.name), getattr(two, made.name)) == ("vela", "")
    found = RecordQuery(cast.actor("carla"), get("person")).where({"field": made.name, "op": "is", "value": "vela"})
    assert [record.pk for record in found.page(10).records] == [one.pk]
    client = Client()
    client.force_login(cast.carla)
    assert made.label_it in client.get(f"/people/{one.pk}/edit/").content.decode()
    assert "vela" in client.get(f"/people/{one.pk}/").content.decode()
    assert "vela" in client.get(f"/people/?columns=title,{made.name}").content.decode()


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "vela", 5),
        ("longtext", "una riga\ne un'altra", {}),
        ("integer", 12, "dodici"),
        ("decimal", "12.5", "x"),
        ("money", "1200.50", "x"),
        ("percent", "12.5", "x"),
        ("date", "2026-11-22", "2026-02-31"),
        ("datetime", "2026-11-22T10:00:00+01:00", "ieri"),
        ("boolean", True, "forse"),
        ("email", "ada@example.it", "ada"),
        ("phone", "+390212345678", "boh"),
        ("url", "https://example.it", "x y"),
    ],
)
def test_every_kind_takes_what_is_right_and_says_what_is_wrong(cast, add, kind, good, bad):
    made = add(kind=kind, label="Prova")
    person = run("person.create", {"last_name": "Rossi", made.name: good}, cast.ctx("carla"))
    f = get("person").field(made.name)
    stored = get("person").model.objects.get(pk=person.pk)
    assert f.json(f.get(stored)) not in (None, "", False)
    with pytest.raises(Invalid) as refused:
        run("person.update", {made.name: bad}, cast.ctx("carla"), target=person.pk)
    assert set(refused.value.errors) == {made.name}


def test_choices_and_links(cast, add):
    colour = add(kind="choice", label="Colore", options=[{"value": "red", "it": "Rosso", "en": "Red", "color": "red"}])
    friend = add(kind="link", label="Presentato da", to="person")
    first = run("person.create", {"last_name": "Rossi", colour.name: "red"}, cast.ctx("carla"))
    second = run("person.create", {"last_name": "Verdi", friend.name: first.pk}, cast.ctx("carla"))
    assert getattr(second, f"{friend.name}_id") == first.pk
    with pytest.raises(Invalid):
        run("person.update", {colour.name: "blue"}, cast.ctx("carla"), target=first.pk)
    with pytest.raises(Invalid):
        run("person.update", {friend.name: 10**9}, cast.ctx("carla"), target=first.pk)


def test_deleted_it_is_hidden_and_restored_it_comes_back_with_its_values(cast, add, anna, studio):
    made = add()
    person = run("person.create", {"last_name": "Rossi", made.name: "vela"}, cast.ctx("carla"))
    run("custom_field.delete", {}, anna, target=made)
    studio()
    assert not get("person").has(made.name)
    with pytest.raises(Invalid):
        run("person.update", {made.name: "x"}, cast.ctx("carla"), target=person.pk)
    run("custom_field.restore", {}, anna, target=made)
    studio()
    assert getattr(get("person").model.objects.get(pk=person.pk), made.name) == "vela"


def test_what_makes_no_sense_is_refused_and_nothing_changes(anna, add):
    add(label="Hobby")
    before = Shape.objects.get().version
    for wrong in (
        {"module": "person", "kind": "text", "label_it": "Hobby", "label_en": "Hobby"},
        {"module": "unicorn", "kind": "text", "label_it": "A", "label_en": "A"},
        {"module": "user", "kind": "text", "label_it": "A", "label_en": "A"},
        {"module": "person", "kind": "text", "name": "email", "label_it": "A", "label_en": "A"},
        {"module": "person", "kind": "text", "name": "x_a b", "label_it": "A", "label_en": "A"},
        {"module": "person", "kind": "choice", "label_it": "B", "label_en": "B"},
        {"module": "person", "kind": "link", "label_it": "C", "label_en": "C", "to": "unicorn"},
        {"module": "person", "kind": "integer", "label_it": "D", "label_en": "D", "least": 2, "most": 1},
    ):
        with pytest.raises(Invalid):
            run("custom_field.create", wrong, anna)
    assert (CustomField.everything.count(), Shape.objects.get().version) == (1, before)


def test_what_it_is_never_changes_what_it_is_called_may(anna, add, studio):
    made = add()
    with pytest.raises(Invalid):
        run("custom_field.update", {"kind": "integer"}, anna, target=made)
    run("custom_field.update", {"label_it": "Passatempo"}, anna, target=made)
    studio()
    assert get("person").field(made.name).label.it == "Passatempo"


def test_only_administrators_with_elevation_shape_modules(cast, add):
    values = {"module": "person", "kind": "text", "label_it": "A", "label_en": "A"}
    with pytest.raises(NotFound):
        run("custom_field.create", values, cast.ctx("carla"))
    with pytest.raises(Denied):
        run("custom_field.create", values, Context.of(cast.anna))


def test_the_next_request_of_a_process_knows(cast, anna, studio):
    client = Client()
    client.force_login(cast.carla)
    client.get("/people/")
    made = run(
        "custom_field.create", {"module": "person", "kind": "text", "label_it": "Hobby", "label_en": "Hobby"}, anna
    )
    assert not get("person").has(made.name)
    assert "Hobby" in client.get("/people/new/").content.decode()
    assert get("person").has(made.name)


def test_the_api_takes_it_and_says_so(cast, add):
    made = add(kind="integer", label="Figli")
    described = Client().get("/api/v1/openapi.json").json()
    new = described["paths"]["/api/v1/people"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert new["properties"][made.name]["title"] == "Figli"


def test_administrators_find_fields_by_the_search_of_everything(cast, add):
    made = add(label="Passione preferita")
    client = Client()
    client.force_login(cast.anna)
    found = client.get("/lookup/any/?q=passione&in=custom_field,person")
    assert found.status_code == 200
    assert f"custom_field:{made.pk}" in found.content.decode()
