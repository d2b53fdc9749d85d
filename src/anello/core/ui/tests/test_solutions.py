"""What is shaped here goes into a file, and into place elsewhere: all of it or nothing, and back again."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import PASSWORD

from anello.core.accounts.models import Role
from anello.core.actions import Context, Invalid, run
from anello.core.modules import get
from anello.core.studio.models import CustomField, Shape
from anello.core.studio.solutions import paper, things
from anello.core.studio.solutions.models import Solution

pytestmark = pytest.mark.django_db

FILE = """\
# Field visits, as the technicians wanted them.
solution: 1
name: Visite tecniche
fields:
  person:
    x_shoe:
      kind: choice
      label_it: Scarpa antinfortunistica
      label_en: Safety shoe
      options:
        - {value: "no", it: No, en: "No"}
        - {value: s3, it: S3, en: S3, color: green}
    x_km:
      kind: integer
      label_it: Chilometri
      label_en: Kilometres
      most: 1000
roles:
  technician:
    name_it: Tecnico
    name_en: Technician
    areas: {customers: user}
    grants:
      person: {view: all}
    fields:
      person: {x_km: read}
"""


@pytest.fixture
def anna(cast):
    return Context.of(cast.anna, elevated=True)


@pytest.fixture
def browser(cast):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.anna)
    assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
    return client


def everything():
    return (
        list(CustomField.everything.order_by("pk").values()),
        list(Role.objects.order_by("pk").values()),
        Solution.everything.count(),
        list(Shape.objects.values()),
    )


def test_a_file_is_put_into_place_in_one_gesture(cast, anna, studio):
    made = run("solution.import", {"file": FILE}, anna)
    studio()
    assert get("person").field("x_km").maximum == 1000
    assert [option.value for option in get("person").field("x_shoe").options] == ["no", "s3"]
    role = Role.objects.get(key="technician")
    assert (role.grants, role.fields) == ({"person": {"view": "all"}}, {"person": {"x_km": "read"}})
    assert (made.name, made.state) == ("Visite tecniche", "imported")


def test_what_is_exported_is_imported_the_same(anna, studio):
    run("solution.import", {"file": FILE}, anna)
    text = things.write("Copy", lambda part, key: part.name == "fields" or key == ("technician",))
    assert "Safety shoe" in text
    assert {thing.state for thing in things.compare(text).things} == {"same"}
    with pytest.raises(Invalid):
        run("solution.import", {"file": text}, anna)


def test_rolled_back_everything_is_as_before_and_comes_back_with_its_values(cast, anna, studio):
    run("role.create", {"key": "technician", "name_it": "Vecchio", "name_en": "Old"}, anna)
    made = run("solution.import", {"file": FILE}, anna)
    studio()
    person = run("person.create", {"last_name": "Rossi", "x_km": 12}, cast.ctx("bruno"))
    run("solution.roll_back", {}, anna, target=made)
    studio()
    assert not get("person").has("x_km")
    role = Role.objects.get(key="technician")
    assert (role.name_en, role.areas, role.grants, role.fields) == ("Old", {}, {}, {})
    run("solution.import", {"file": FILE}, anna)
    studio()
    assert get("person").model.objects.get(pk=person.pk).x_km == 12


def test_a_role_that_was_added_goes_unless_somebody_has_it(cast, anna):
    made = run("solution.import", {"file": FILE}, anna)
    cast.marta.roles.add(Role.objects.get(key="technician"))
    before = everything()
    with pytest.raises(Invalid):
        run("solution.roll_back", {}, anna, target=made)
    assert everything() == before
    cast.marta.roles.clear()
    run("solution.roll_back", {}, anna, target=made)
    assert not Role.objects.filter(key="technician").exists()


def test_what_was_changed_since_is_not_rolled_back_over(anna):
    made = run("solution.import", {"file": FILE}, anna)
    field = CustomField.objects.get(name="x_km")
    run("custom_field.update", {"label_en": "Distance"}, anna, target=field)
    before = everything()
    with pytest.raises(Invalid) as refused:
        run("solution.roll_back", {}, anna, target=made)
    assert "x_km" in refused.value.words
    assert everything() == before


def test_the_difference_says_what_is_added_changed_and_the_same(anna):
    run("solution.import", {"file": FILE}, anna)
    compared = things.rehearse(FILE.replace("Safety shoe", "Boot").replace("x_km", "x_miles"))
    states = {thing.key: thing.state for thing in compared.things}
    assert states == {
        ("person", "x_shoe"): "changed",
        ("person", "x_miles"): "added",
        ("technician",): "changed",
    }
    shoe = next(thing for thing in compared.things if thing.key == ("person", "x_shoe"))
    assert shoe.differences == [("label_en", "Safety shoe", "Boot")]


def test_a_change_is_told_as_deep_as_it_goes(anna):
    run("solution.import", {"file": FILE}, anna)
    compared = things.rehearse(FILE.replace("color: green", "color: red").replace("{view: all}", "{view: own}"))
    assert [said for thing in compared.things for said in thing.said] == [
        ("Valori › s3 › color", "green", "red"),
        ("grants › person › view", "all", "own"),
    ]
    other = things.rehearse(FILE.replace("x_shoe", "x_boot"))
    assert ("Valori", "", "no: No, s3: S3") in next(t.said for t in other.things if t.key[-1] == "x_boot")


def test_a_solution_comes_from_a_file_and_not_from_a_form(browser):
    page = browser.get("/solutions/").content.decode()
    assert "/solutions/new/" not in page
    assert "/solutions/check/" in page
    assert browser.get("/solutions/new/").status_code == 404


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("solution: 1", "solution: 9", 2, "formato"),
        ("solution: 1\n", "", 1, "solution: 1"),
        ("kind: integer", "kind: unicorn", 14, ""),
        ("kind: integer", "kind: link", 13, ""),
        ("person:\n    x_shoe", "unicorn:\n    x_shoe", 6, ""),
        ("x_km:\n", "km:\n", 13, "x_"),
        ("x_km:\n", "x_shoe:\n", 13, "già"),
        ("most: 1000", "mostly: 1000", 17, "sconosciuto"),
        ("most: 1000", "most: 'mille", 27, "YAML"),
        ("most: 1000", "most: !!python/object:os.system {}", 17, "!"),
        ("{customers: user}", "{moon: user}", 22, "Area"),
        ("{customers: user}", "{customers: king}", 22, ""),
        ("{view: all}", "{fly: all}", 24, "Verbo"),
        ("{view: all}", "&a {view: all}", 24, "&"),
        ("{x_km: read}", "{x_horn: read}", 26, "Campo"),
        ("roles:", "wardrobes:", 18, "fields, retouches, roles, layouts"),
        ("roles:", "roles: 3\nwrong:", 18, "chiavi"),
    ],
)
def test_a_file_that_is_broken_by_hand_changes_nothing_and_says_where(anna, old, new, line, words):
    assert old in FILE
    before = everything()
    with pytest.raises(Invalid) as refused:
        run("solution.import", {"file": FILE.replace(old, new, 1)}, anna)
    said = refused.value.errors["file"]
    assert any(re.match(rf"Riga {line}\b", message) for message in said), said
    assert words in " ".join(said)
    assert everything() == before


def test_checking_changes_nothing_either(anna):
    before = everything()
    assert things.rehearse(FILE).troubles == []
    assert everything() == before


def test_what_never_changes_is_told_before_importing(anna):
    run("solution.import", {"file": FILE}, anna)
    compared = things.rehearse(FILE.replace("kind: integer", "kind: decimal"))
    assert [(fault.line, fault.path[-1]) for fault in compared.troubles] == [(14, "kind")]


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from(list("ab:-{}[]&*!|>#'\"\n \t\\%@`,?~")), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    try:
        paper.read(text)
    except paper.Unreadable as error:
        faults = error.faults
    else:
        return
    assert all(fault.line >= 1 and str(fault.words) for fault in faults)


def test_texts_go_into_the_file_and_back_as_they_are():
    tree = {
        "solution": 1,
        "x": {"a": "no", "b": "1.10", "c": "2026-11-22", "d": "uno\ndue\n", "e": True, "f": [1, "2"]},
    }
    assert paper.read(paper.write(tree, "Perché")).tree == tree


def test_on_screen_one_sees_the_difference_first_then_imports_and_rolls_back(browser):
    page = browser.post("/solutions/check/", {"file": SimpleUploadedFile("visits.yaml", FILE.encode())})
    assert page.status_code == 200
    assert not CustomField.objects.exists()
    assert "x_km" in page.content.decode()
    done = browser.post("/solutions/check/", {"text": page.context["text"], "do": "import"})
    made = Solution.objects.get()
    assert done["Location"] == f"/solutions/{made.pk}/"
    assert "Visite tecniche" in browser.get("/solutions/").content.decode()
    assert "Ritira" in browser.get(f"/solutions/{made.pk}/").content.decode()
    browser.post(f"/solutions/{made.pk}/do/solution.roll_back/")
    assert not CustomField.objects.exists()


def test_on_screen_a_broken_file_is_told_with_its_lines(browser):
    page = browser.post("/solutions/check/", {"file": SimpleUploadedFile("x.yaml", b"solution: 1\nfields: [")})
    assert page.status_code == 422
    assert "Riga" in page.content.decode()
    assert browser.post("/solutions/check/", {"file": SimpleUploadedFile("x.yaml", b"\xff\xfe")}).status_code == 422
    assert browser.post("/solutions/check/", {}).status_code == 422


def test_on_screen_one_chooses_what_goes_into_the_file(anna, browser):
    run("solution.import", {"file": FILE}, anna)
    assert "fields/person/x_km" in browser.get("/solutions/file/").content.decode()
    sent = browser.get("/solutions/file/", {"name": "Solo km", "thing": "fields/person/x_km"})
    assert sent["Content-Disposition"] == 'attachment; filename="solo-km.yaml"'
    text = sent.content.decode()
    assert "x_km" in text
    assert "x_shoe" not in text


@pytest.mark.parametrize("path", ["/solutions/", "/solutions/check/", "/solutions/file/"])
def test_for_others_there_are_no_solutions(cast, path):
    for name in ("bruno", "ivo", "marta"):
        client = Client()
        client.force_login(getattr(cast, name))
        assert client.get(path).status_code == 404
