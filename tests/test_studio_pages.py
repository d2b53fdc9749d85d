"""The pages of Studio, as an administrator uses them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client

from anello.core.accounts.models import Role, User
from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.policies import field_access
from anello.core.studio import purging, shape
from anello.core.studio.formula_functions import FUNCTIONS
from anello.core.studio.kinds import LABELS
from anello.core.studio.models import CustomField, CustomModule, Layout, Retouch
from anello.core.studio.solutions import things
from anello.core.ui.models import SavedView
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio_of(cast):
    """A browser in which Anna administers, in English."""
    User.objects.update(language="en")
    client = Client()
    client.force_login(cast.anna)
    assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
    return client


def said(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def names(**labels: str) -> dict[str, str]:
    return {"label_it": "Prova", "label_en": "Test", **labels}


def rows(*values: tuple[str, str], **more: str) -> dict[str, object]:
    """A picklist as the form posts it: (label, `when`) of each row."""
    posted: dict[str, object] = {"row": [f"n{n}" for n in range(len(values))], **more}
    for n, (label, when) in enumerate(values):
        posted |= {f"it-n{n}": label, f"en-n{n}": "", f"value-n{n}": "", f"color-n{n}": "green"}
        posted |= {f"when-n{n}": [when]} if when else {}
    return posted


def test_studio_shows_every_module_and_finds_one(studio_of, anna, studio):
    assert "/studio/opportunities/" in said(studio_of.get("/studio/"))
    found = said(studio_of.get("/studio/?q=organis"))
    assert "Organisations" in found
    assert "/studio/opportunities/" not in found
    assert "zzz" in said(studio_of.get("/studio/?q=zzz"))
    assert "No module of that name" in said(studio_of.get("/studio/?q=zzz"))


def test_studio_is_for_administrators_who_are_administering(cast):
    for name, status in (("carla", 404), ("marta", 404), ("anna", 302)):
        client = Client()
        client.force_login(getattr(cast, name))
        for path in ("/studio/", "/studio/people/", "/studio/people/fields/new/text/"):
            assert client.get(path).status_code == status, (name, path)


def test_a_module_is_made_named_deleted_and_brought_back(studio_of, studio):
    given = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}
    given |= {"name": "", "icon": "file-text", "area": "sales"}
    wrong = studio_of.post("/studio/new/", {**given, "plural_en": "People"})
    assert wrong.status_code == 422
    assert "There is a module of that name already." in said(wrong)
    assert 'value="Contratti"' in said(wrong)
    assert studio_of.post("/studio/new/", given).url == "/studio/x-contract/"
    assert "Contracts" in said(studio_of.get("/studio/"))
    row = CustomModule.objects.get()
    renamed = {**given, "plural_en": "Agreements", "version": row.version}
    assert studio_of.post("/studio/x-contract/edit/", renamed).status_code == 302
    assert "Agreements" in said(studio_of.get("/studio/x-contract/"))
    assert studio_of.post("/studio/x-contract/delete/").status_code == 302
    assert studio_of.get("/studio/x-contract/").status_code == 404
    assert "Agreements" in said(studio_of.get("/studio/"))
    assert studio_of.post(f"/studio/modules/{row.pk}/restore/").status_code == 302
    assert studio_of.get("/studio/x-contract/").status_code == 200


def test_a_pair_joins_two_modules(studio_of):
    given = {"label_it": "Legame", "plural_it": "Legami", "label_en": "Tie", "plural_en": "Ties", "icon": "key"}
    given |= {"area": "sales", "joins": "1", "first": "person"}
    wrong = studio_of.post("/studio/new/", given)
    assert wrong.status_code == 422
    assert "Two of these modules" in said(wrong)
    assert studio_of.post("/studio/new/", {**given, "second": "product"}).status_code == 302
    assert CustomModule.objects.get().links == ["person", "product"]
    page = said(studio_of.get("/studio/x-tie/"))
    assert "Add a field" not in page


def test_every_kind_has_a_card_and_a_form_of_its_own(studio_of):
    page = studio_of.get("/studio/people/fields/new/").content.decode()
    addresses = re.findall(r'href="(/studio/people/fields/new/\w+/)"', page)
    assert {address.split("/")[-2] for address in addresses} == LABELS.keys()
    forms = {address.split("/")[-2]: studio_of.get(address) for address in addresses}
    assert {form.status_code for form in forms.values()} == {200}
    asked = {kind: set(re.findall(r'name="(\w+)"', form.content.decode())) for kind, form in forms.items()}
    assert {"pattern", "unique"} <= asked["text"]
    assert not {"formula", "least", "to"} & asked["text"]
    assert {"least", "most"} <= asked["money"]
    assert "pattern" not in asked["money"]
    assert "to" in asked["link"]
    assert "depends_on" in asked["choice"]
    assert {"source", "function"} <= asked["rollup"]
    assert "required" not in asked["rollup"]


def test_a_field_is_added_changed_and_listed_with_its_rules(studio_of):
    given = names(label_it="Partita", label_en="Lot", help_en="As on the label", required="true", unique="true")
    given |= {"pattern": "[A-Z]{2}", "indexed": "true"}
    assert studio_of.post("/studio/products/fields/new/text/", given).url == "/studio/products/"
    row = CustomField.objects.get()
    assert (row.module, row.name, row.required, row.unique, row.pattern) == ("product", "x_lot", True, True, "[A-Z]{2}")
    page = said(studio_of.get("/studio/products/"))
    assert all(word in page for word in ("Lot", "x_lot", "Required", "Unique", "Index being made"))
    form = said(studio_of.get("/studio/products/fields/x_lot/"))
    assert 'value="Partita"' in form
    assert 'name="name"' not in form
    changed = {**given, "label_en": "Batch", "required": "", "version": row.version}
    assert studio_of.post("/studio/products/fields/x_lot/", changed).status_code == 302
    row.refresh_from_db()
    assert (row.label_en, row.required, row.unique) == ("Batch", False, True)


def test_a_refused_field_says_why_where_it_is_and_keeps_what_was_typed(studio_of):
    wrong = studio_of.post(
        "/studio/people/fields/new/integer/", names(name="age", least="9", most="3", initial="tanti")
    )
    page = said(wrong)
    assert wrong.status_code == 422
    assert not CustomField.objects.exists()
    assert "The name begins with x_" in page
    assert "The most is below the least." in page
    assert 'value="tanti"' in page
    assert 'value="age"' in page
    assert studio_of.post("/studio/people/fields/new/text/", names()).status_code == 302
    again = studio_of.post("/studio/people/fields/new/text/", names())
    assert again.status_code == 422
    assert "There is one already" in said(again)


def test_somebody_elses_change_is_not_written_over(studio_of, anna, studio):
    row = run("custom_field.create", {"module": "person", "kind": "text", **names()}, anna)
    studio()
    run("custom_field.update", {"label_en": "Theirs"}, anna, target=row)
    answer = studio_of.post("/studio/people/fields/x_test/", names(label_en="Mine", version="1"))
    row.refresh_from_db()
    assert answer.status_code == 409
    assert row.label_en == "Theirs"


def test_a_picklist_is_made_of_rows_and_depends_on_another(studio_of, anna):
    assert (
        studio_of.post(
            "/studio/people/fields/new/choice/", names(label_en="Brand", **rows(("Fiat", ""), ("Alfa", "")))
        ).status_code
        == 302
    )
    assert [(o["value"], o["it"], o["color"]) for o in CustomField.objects.get().options] == [
        ("fiat", "Fiat", "green"),
        ("alfa", "Alfa", "green"),
    ]
    models = names(label_en="Model", depends_on="x_brand", **rows(("Panda", "fiat"), ("Giulia", "alfa")))
    part = said(studio_of.post("/studio/people/picklist/choice/", models))
    assert part.count("With Test") + part.count("With Brand") == 3
    assert 'value="Panda"' in part
    assert studio_of.post("/studio/people/fields/new/choice/", models).status_code == 302
    model = CustomField.objects.get(name="x_model")
    assert [o["when"] for o in model.options] == [["fiat"], ["alfa"]]
    stored = {"row": ["s1", "s0"], "it-s0": "Panda 4x4", "en-s0": "Panda", "value-s0": "panda", "color-s0": "red"}
    stored |= {"it-s1": "Giulia", "en-s1": "Giulia", "value-s1": "giulia", "color-s1": "gray", "retired-s1": "1"}
    changed = names(label_en="Model", version=str(model.version), **stored)
    assert studio_of.post("/studio/people/fields/x_model/", changed).status_code == 302
    model.refresh_from_db()
    assert [(o["value"], o["it"], o["retired"]) for o in model.options] == [
        ("giulia", "Giulia", True),
        ("panda", "Panda 4x4", False),
    ]


def test_a_formula_is_checked_while_one_types_and_tried_on_real_records(studio_of, cast):
    run("organisation.create", {"name": "Acme", "employees": 21}, cast.ctx("carla"))
    wrong = said(studio_of.post("/studio/organisations/check/formula/", {"formula": "employees * 2 + wrong"}))
    assert "<mark>w</mark>rong" in wrong
    assert "(character 17)" in wrong
    right = said(studio_of.post("/studio/organisations/check/formula/", {"formula": "employees * 2"}))
    assert "It makes sense: number" in right
    assert "Acme" in right
    assert ">42<" in right
    assert "yes or no" in said(studio_of.post("/studio/organisations/check/show_if/", {"show_if": "employees"}))
    assert said(studio_of.post("/studio/organisations/check/formula/", {"formula": " "})).strip() == ""
    assert studio_of.post("/studio/organisations/check/label_it/").status_code == 404


def test_a_roll_up_is_chosen_step_by_step(studio_of):
    source = {"source": "opportunity.organisation", "function": "count"}
    part = said(studio_of.post("/studio/organisations/rollup/", source))
    assert 'name="filter"' in part
    assert 'name="of"' not in part
    part = said(studio_of.post("/studio/organisations/rollup/", {**source, "function": "sum"}))
    assert 'name="of"' in part
    assert 'value="amount"' in part
    condition = {"filter": "{}", "filtered": "opportunity.organisation", "add": "1", "what": "amount", "op": "gt"}
    part = said(studio_of.post("/studio/organisations/rollup/", {**source, **condition, "value": "100"}))
    tree = '{"field":"amount","op":"gt","value":100}'
    assert tree.replace('"', "&quot;") in part or "100" in part
    given = names(label_en="Open value", **source | {"function": "sum", "of": "amount", "filter": tree})
    given |= {"filtered": "opportunity.organisation"}
    assert studio_of.post("/studio/organisations/fields/new/rollup/", given).status_code == 302
    row = CustomField.objects.get()
    assert (row.function, row.of, row.filter["field"], row.result) == ("sum", "amount", "amount", "money")


def test_what_uses_a_field_is_named_before_it_goes(studio_of, anna, add, cast):
    base = add(module="organisation", kind="integer", label="Score")
    twice = add(module="organisation", kind="formula", label="Double", formula=f"{base.name} * 2")
    view = {"module": "organisation", "name": "Best", "filter": {"field": base.name, "op": "gt", "value": 1}}
    run("saved_view.create", view, cast.ctx("carla"))
    asked = said(studio_of.get(f"/studio/organisations/fields/{base.name}/delete/"))
    assert all(word in asked for word in ("Double", "Best", "Saved view", "goes along"))
    assert studio_of.post(f"/studio/organisations/fields/{base.name}/delete/").status_code == 302
    assert not CustomField.objects.exists()
    page = said(studio_of.get("/studio/organisations/"))
    assert "Deleted fields" in page
    assert "Double" in page
    assert studio_of.post(f"/studio/organisations/fields/{base.name}/restore/").status_code == 302
    assert studio_of.post(f"/studio/organisations/fields/{twice.name}/restore/").status_code == 302
    assert CustomField.objects.count() == 2


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def past(rows) -> None:
    """As if the patience were over."""
    for row in rows:
        type(row).everything.filter(pk=row.pk).update(purged_at=row.updated_at - purging.PATIENCE)


def test_a_deleted_field_is_purged_once_nobody_reads_it(studio_of, add, cast, anna, studio):
    row = add(module="person", label="Hobby")
    one = run("person.create", {"last_name": "Rossi", row.name: "chess"}, cast.ctx("carla"))
    url = f"/studio/people/fields/{row.name}/"
    view = {"module": "person", "name": "Players", "columns": ["title", row.name]}
    run("saved_view.create", view, cast.ctx("carla"))
    content = {"columns": ["title", row.name, "email"]}
    run("layout.create", {"module": "person", "part": "list", "content": content}, anna)
    run("role.set_access", {"fields": {"person": {row.name: "read"}}}, anna, target=Role.objects.get(key="agent").pk)
    assert studio_of.get(f"{url}purge/").status_code == 404
    studio_of.post(f"{url}delete/")
    assert "Players" in said(studio_of.get(f"{url}purge/"))
    unnamed = studio_of.post(f"{url}purge/", {"typed": "hobby", "along": "1"})
    assert unnamed.status_code == 422
    assert "Type its name as it stands here: x_hobby" in said(unnamed)
    used = studio_of.post(f"{url}purge/", {"typed": row.name})
    assert used.status_code == 422
    assert "These still use it" in said(used)
    assert studio_of.post(f"{url}purge/", {"typed": row.name, "along": "1"}).status_code == 302
    studio()
    assert Layout.objects.get().content["columns"] == ["title", "email"]
    assert SavedView.objects.get().columns == ["title"]
    assert not Role.objects.get(key="agent").fields.get("person")
    # The column is there still, for those who read it; nobody who looks now does.
    assert row.name in columns("customers_person")
    assert not any(c.name == row.name for c in get("person").model._meta.local_fields)
    assert get("person").model.objects.get(pk=one.pk).last_name == "Rossi"
    purging.drop()
    assert row.name in columns("customers_person")
    row.refresh_from_db()
    with pytest.raises(Invalid):
        run("custom_field.restore", None, anna, target=row.pk)
    past([row])
    connection.check_constraints()
    purging.drop()
    assert row.name not in columns("customers_person")
    assert not CustomField.everything.exists()
    add(module="person", label="Hobby", kind="integer")
    assert run("person.create", {"last_name": "Bianchi", row.name: 3}, cast.ctx("carla")).pk


def test_rows_on_their_way_while_a_column_goes_are_read_by_name(add, cast, anna, studio):
    row, last = add(module="person", label="Hobby"), add(module="person", label="Town")
    run("person.create", {"last_name": "Rossi", row.name: "chess", last.name: "Roma"}, cast.ctx("carla"))
    model = get("person").model
    attributes = [column.attname for column in model._meta.concrete_fields]
    values = model.objects.values_list(*attributes).get()
    run("custom_field.delete", None, anna, target=row.pk)
    run("custom_field.purge", {"id": row.pk}, anna)
    studio()
    read = model.from_db("default", attributes, values)
    assert (read.last_name, getattr(read, last.name), read.get_deferred_fields()) == ("Rossi", "Roma", set())


def test_a_deleted_module_is_purged_with_its_table(studio_of, anna, add, studio):
    made = run(
        "custom_module.create",
        {"label_it": "Ramo", "plural_it": "Rami", "label_en": "Branch", "plural_en": "Branches"},
        anna,
    )
    studio()
    link = add(module="person", kind="link", label="Branch", to="x_branch")
    run("x_branch.create", {"name": "Nord"}, anna)
    run("custom_field.delete", None, anna, target=link.pk)
    run("custom_module.delete", None, anna, target=made.pk)
    url = f"/studio/modules/{made.pk}/purge/"
    refused = studio_of.post(url, {"typed": "x_branch", "along": "1"})
    assert refused.status_code == 422
    assert "person.x_branch" in said(refused)
    run("custom_field.purge", {"id": link.pk}, anna)
    assert studio_of.post(url, {"typed": "x_branch"}).status_code == 302
    studio()
    assert all(model._meta.db_table != "x_branch" for model in shape.made_models())
    past([link, made])
    connection.check_constraints()
    purging.drop()
    assert "x_branch" not in connection.introspection.table_names()
    assert not CustomModule.everything.exists()
    assert not CustomField.everything.exists()


def test_a_built_in_field_gets_other_words_or_is_hidden_for_all(studio_of, cast, anna, studio):
    url = "/studio/people/fields/job_title/"
    form = said(studio_of.get(url))
    assert "Anello brought this field" in form
    assert studio_of.post(url, {"label_it": "Mansione", "label_en": "Function"}).status_code == 302
    studio()
    assert str(get("person").field("job_title").label) in ("Mansione", "Function")
    row = Retouch.objects.get()
    hidden = {"label_it": "Mansione", "label_en": "Function", "hidden": "true", "version": str(row.version)}
    assert studio_of.post(url, hidden).status_code == 302
    studio()
    for name in ("anna", "carla"):
        assert field_access(cast.actor(name), get("person"))["job_title"] == "hidden"
    with pytest.raises(Invalid):
        run("person.create", {"last_name": "Rossi", "job_title": "CEO"}, cast.ctx("carla"))
    client = Client()
    client.force_login(cast.carla)
    assert 'name="job_title"' not in client.get("/people/new/").content.decode()
    described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/people"]["post"]["requestBody"]
    asked = described["content"]["application/json"]["schema"]["properties"]
    assert "last_name" in asked
    assert "job_title" not in asked
    assert "Hidden" in said(studio_of.get("/studio/people/"))
    assert studio_of.post(url, {"reset": "1"}).status_code == 302
    studio()
    assert get("person").field("job_title").label.en == "Job title"
    assert field_access(cast.actor("carla"), get("person"))["job_title"] == "edit"


def test_a_field_without_which_the_module_does_not_work_stays(studio_of, anna):
    for name in ("last_name", "title", "owner"):
        answer = studio_of.post(f"/studio/people/fields/{name}/", {"hidden": "true"})
        assert answer.status_code == 422, name
        assert "The module does not work without this field" in said(answer), name


def test_a_built_in_module_gets_another_name_and_keeps_its_address(studio_of, cast, studio):
    given = {"label_it": "Cliente", "plural_it": "Clienti privati", "label_en": "Client", "plural_en": "Clients"}
    assert studio_of.post("/studio/people/edit/", given).status_code == 302
    studio()
    assert (get("person").plural.en, get("person").slug) == ("Clients", "people")
    client = Client()
    client.force_login(cast.carla)
    assert "Clients" in said(client.get("/people/"))


@pytest.fixture
def bound(add, anna, cast):
    """An organisation, and a person who leads to it by a link of that rule."""

    def made(rule, **more):
        link = add(kind="link", label="Sponsor", to="organisation", on_delete=rule, **more)
        to = run("organisation.create", {"name": "Acme"}, cast.ctx("carla"))
        return link.name, to, run("person.create", {"last_name": "Rossi", link.name: to.pk}, cast.ctx("carla"))

    return made


def test_what_somebody_leads_to_is_not_deleted(bound, cast, anna):
    _link, to, _one = bound("refuse")
    with pytest.raises(Invalid, match="1"):
        run("organisation.delete", None, cast.ctx("carla"), target=to.pk)
    to.refresh_from_db()
    assert to.deleted_at is None


def test_a_link_is_emptied_and_comes_back_with_undo(bound, cast):
    link, to, one = bound("empty")
    ctx = cast.ctx("carla")
    run("organisation.delete", None, ctx, target=to.pk)
    one.refresh_from_db()
    assert getattr(one, f"{link}_id") is None
    run("undo", {"batch": ctx.batch}, cast.ctx("carla"))
    one.refresh_from_db()
    assert getattr(one, f"{link}_id") == to.pk


def test_a_record_is_deleted_and_restored_with_what_it_leads_to(bound, cast):
    _link, to, one = bound("along")
    run("organisation.delete", None, cast.ctx("carla"), target=to.pk)
    one.refresh_from_db()
    assert one.deleted_at is not None
    run("organisation.restore", None, cast.ctx("carla"), target=to.pk)
    one.refresh_from_db()
    assert one.deleted_at is None


def test_a_rule_of_deletion_that_makes_no_sense_is_refused(studio_of, add):
    add(module="organisation", kind="link", label="Chief", to="person", on_delete="along")
    given = {"to": "organisation", "on_delete": "along"}
    ring = studio_of.post("/studio/people/fields/new/link/", names(**given))
    assert ring.status_code == 422
    assert "without end" in said(ring)
    required = studio_of.post(
        "/studio/people/fields/new/link/", names(**given | {"on_delete": "empty", "required": "1"})
    )
    assert required.status_code == 422
    assert "What is required cannot be emptied." in said(required)


def test_a_solution_carries_retouches(anna, studio):
    run("retouch.create", {"module": "person", "field": "job_title", "label_it": "Mansione", "hidden": True}, anna)
    run("retouch.create", {"module": "person", "plural_en": "Clients"}, anna)
    text = things.write("Words", lambda part, key: part.name == "retouches")
    for row in Retouch.objects.all():
        run("retouch.update", {"label_it": "", "plural_en": "", "hidden": False}, anna, target=row.pk)
    studio()
    assert get("person").plural.en == "People"
    run("solution.import", {"file": text}, anna)
    studio()
    assert get("person").plural.en == "Clients"
    assert get("person").field("job_title").hidden


def test_the_editor_of_formulas_tells_every_function(studio_of):
    page = said(studio_of.get("/studio/people/fields/new/formula/"))
    told = {word for code in re.findall(r"<code>(.*?)</code>", page) for word in re.findall(r"[a-z_]+", code)}
    assert set(FUNCTIONS) - told == set()
