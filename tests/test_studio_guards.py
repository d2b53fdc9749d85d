"""Fields that depend on others of their record, by every door; and picklists whose values nobody loses."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.actions import Context, run
from tests.shapes import fresh, refused

pytestmark = pytest.mark.django_db


def option(value, *when, **more):
    return {"value": value, "it": value.title(), "en": value.title(), "when": list(when), **more}


@pytest.fixture
def cars(add):
    make = add(kind="choice", label="Marca", options=[option("fiat"), option("alfa")])
    model = add(
        kind="choice",
        label="Modello",
        depends_on=make.name,
        options=[option("panda", "fiat"), option("giulia", "alfa"), option("altro")],
    )
    return make.name, model.name


def test_a_value_goes_with_the_one_it_depends_on(anna, cars):
    make, model = cars
    person = run("person.create", {"last_name": "Rossi", make: "fiat", model: "panda"}, anna)
    words = {model: ["«giulia» non va con questo valore di «Marca»."]}
    assert refused("person.update", {model: "giulia"}, anna, person.pk) == words
    assert refused("person.update", {make: "alfa"}, anna, person.pk) == {
        model: ["«panda» non va con questo valore di «Marca»."]
    }
    run("person.update", {make: "alfa", model: "giulia"}, anna, target=person.pk)
    run("person.update", {model: "altro"}, anna, target=person.pk)
    assert refused("person.create", {"last_name": "Verdi", model: "panda"}, anna) == {
        model: ["«panda» non va con questo valore di «Marca»."]
    }


def test_what_is_not_shown_is_not_filled_in_and_empties_when_it_hides(anna, add):
    married = add(kind="boolean", label="Sposato")
    partner = add(label="Coniuge", show_if=married.name, required=True)
    person = run("person.create", {"last_name": "Rossi"}, anna)
    assert refused("person.update", {partner.name: "Ada"}, anna, person.pk) == {
        partner.name: ["Con questi valori il campo non si compila."]
    }
    assert refused("person.update", {married.name: True}, anna, person.pk) == {partner.name: ["Serve un valore."]}
    run("person.update", {married.name: True, partner.name: "Ada"}, anna, target=person.pk)
    gesture = Context(actor=anna.actor, via="ui")
    run("person.update", {married.name: False}, gesture, target=person.pk)
    assert getattr(fresh(person), partner.name) == ""
    run("undo", {"batch": gesture.batch}, Context(actor=anna.actor))
    assert getattr(fresh(person), partner.name) == "Ada"


def test_what_hides_hides_what_depends_on_it(anna, add):
    one = add(kind="boolean", label="Uno")
    two = add(label="Due", show_if=one.name)
    three = add(label="Tre", show_if=f"{two.name} == 'x'")
    person = run("person.create", {"last_name": "R", one.name: True, two.name: "x", three.name: "y"}, anna)
    run("person.update", {one.name: False}, anna, target=person.pk)
    assert (getattr(fresh(person), two.name), getattr(fresh(person), three.name)) == ("", "")


def test_it_is_required_where_the_condition_holds_and_asked_of_gestures_that_touch_it(anna, add):
    before = run("person.create", {"last_name": "Vecchi", "city": "Roma"}, anna)
    why = add(label="Perché", require_if="city == 'Roma' and is_empty(notes)")
    assert refused("person.create", {"last_name": "Rossi", "city": "Roma"}, anna) == {why.name: ["Serve un valore."]}
    run("person.create", [{"last_name": "A", "city": "Roma", why.name: "x"}, {"last_name": "B"}], anna)
    run("person.update", {"job_title": "Re"}, anna, target=before.pk)
    run("person.update", {"notes": "x"}, anna, target=before.pk)
    assert refused("person.update", {"notes": ""}, anna, before.pk) == {why.name: ["Serve un valore."]}
    assert refused("person.create", [{"last_name": "A"}, {"last_name": "B", "city": "Roma"}], anna) == {
        f"1.{why.name}": ["Serve un valore."]
    }


def test_the_form_asks_the_server_what_to_show(cast, anna, add, cars):
    make, model = cars
    married = add(kind="boolean", label="Sposato")
    partner = add(label="Coniuge", show_if=married.name, required=True)
    client = Client()
    client.force_login(cast.anna)
    assert 'data-rules="/people/new/rules/"' in client.get("/people/new/").content.decode()
    answer = client.post("/people/new/rules/", {"last_name": "Rossi", make: "fiat"}).json()
    assert answer[partner.name] == {"hidden": True, "required": True, "options": None}
    assert answer[model] == {"hidden": False, "required": False, "options": ["panda", "altro"]}
    answer = client.post("/people/new/rules/", {married.name: "true", make: "alfa"}).json()
    assert (answer[partner.name]["hidden"], answer[model]["options"]) == (False, ["giulia", "altro"])
    assert "data-rules" not in client.get("/organisations/new/").content.decode()
    client.force_login(cast.marta)
    assert client.post("/people/new/rules/", {}).status_code == 404


def test_a_form_under_way_may_hold_anything(cast):
    client = Client()
    client.force_login(cast.anna)
    for said in ("person", "person:x", "nobody:1", "7"):
        assert client.post("/interactions/new/rules/", {"about": said}).status_code == 200


def test_by_the_api_it_is_the_same(cast, anna, cars):
    make, model = cars
    headers = {"Authorization": f"Bearer {run('token.issue', {}, cast.ctx('anna'))}"}
    data = {"last_name": "Rossi", make: "fiat", model: "giulia"}
    answer = Client().post("/api/v1/people", data, content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert "non va con questo valore" in answer.content.decode()


def test_a_value_that_records_have_is_retired_not_taken_away(cast, anna, add, studio):
    made = add(kind="choice", label="Fascia", options=[option("oro"), option("argento")])
    person = run("person.create", {"last_name": "Rossi", made.name: "oro"}, anna)
    words = "«Oro» sta in 1 record: ritiralo, e resta lì senza essere più offerto."
    assert refused("custom_field.update", {"options": [option("argento")]}, anna, made) == {"options": [words]}
    renamed = [option("argento"), {**option("oro"), "it": "Platino", "color": "violet"}]
    run("custom_field.update", {"options": renamed}, anna, target=made)
    run("custom_field.update", {"options": [option("argento"), option("oro", retired=True)]}, anna, target=made)
    studio()
    run("person.update", {made.name: "oro", "city": "Roma"}, anna, target=person.pk)
    assert refused("person.create", {"last_name": "Verdi", made.name: "oro"}, anna) == {
        made.name: ["Questo valore non si sceglie più."]
    }
    client = Client()
    client.force_login(cast.anna)
    assert 'value="oro"' not in client.get("/people/new/").content.decode()
    assert 'value="oro"' in client.get(f"/people/{person.pk}/edit/").content.decode()
    run("person.update", {made.name: "argento"}, anna, target=person.pk)
    run("custom_field.update", {"options": [option("argento")]}, anna, target=made)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"options": [option("a"), option("a")]}, {"options": ["«a» c'è due volte."]}),
        ({"options": [option("a", "b")]}, {"depends_on": ["Da quale scelta dipendono i valori?"]}),
        ({"options": [option("a")], "depends_on": "city"}, {"depends_on": ["Serve un'altra scelta di questo modulo."]}),
        (
            {"options": [option("a", "xx")], "depends_on": "language"},
            {"depends_on": ["«Lingua» non ha il valore «xx»."]},
        ),
        (
            {"kind": "text", "show_if": "citta == 'Roma'"},
            {"show_if": ["Il campo «citta» non esiste: forse «city» (carattere 1)."]},
        ),
        (
            {"kind": "text", "require_if": "city"},
            {"require_if": ["La condizione dev'essere sì o no, è testo (carattere 1)."]},
        ),
        (
            {"kind": "text", "require_if": "organisation.city == 'Roma'"},
            {"require_if": ["Una condizione usa solo i campi del record (carattere 1)."]},
        ),
        (
            {"kind": "formula", "formula": "1", "show_if": "true"},
            {"show_if": ["Un campo calcolato non ha condizioni."]},
        ),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(anna, values, errors):
    given = {"module": "person", "kind": "choice", "label_it": "A", "label_en": "A", **values}
    assert refused("custom_field.create", given, anna) == errors


def test_conditions_use_what_people_fill_in(anna, add):
    made = add(kind="formula", label="Doppio", formula="len(city) * 2")
    given = {"module": "person", "kind": "text", "label_it": "A", "label_en": "A", "show_if": f"{made.name} > 2"}
    assert refused("custom_field.create", given, anna) == {
        "show_if": ["Una condizione usa solo campi che si compilano (carattere 1)."]
    }


def test_what_a_condition_uses_is_not_deleted_before_it(anna, add):
    one = add(kind="boolean", label="Uno")
    add(label="Due", show_if=one.name)
    assert refused("custom_field.delete", {}, anna, one) == {"": ["Lo usano questi campi: Due (person.x_due)."]}
