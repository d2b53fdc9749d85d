"""The fields by whose words records are found, and layouts that a solution takes elsewhere."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.studio.jobs import reindex
from anello.core.studio.models import Layout
from anello.core.studio.solutions import things
from tests.layouts import heads

pytestmark = pytest.mark.django_db


def found(client: Client, words: str) -> bool:
    return "Rossi" in client.get(f"/leads/?q={words}").content.decode()


def test_other_search_fields_find_records_old_and_new(cast, anna, arrange, studio, enter, lead):
    run("lead.update", {"job_title": "Tornitrice"}, cast.ctx("carla"), target=lead)
    client = enter("carla")
    assert not found(client, "tornitrice")
    layout = arrange("lead", "search", fields=["job_title"])
    reindex()
    studio()
    assert found(client, "tornitrice")
    assert found(client, "rossi")
    assert not found(client, "acme")
    run("layout.update", {"content": {}}, anna, target=layout)
    studio()
    reindex()
    studio()
    assert found(client, "acme")
    assert not found(client, "tornitrice")
    assert list(get("lead").leaving) == []


def test_nobody_finds_by_hidden_words_while_documents_are_made_anew(cast, anna, arrange, studio, enter, lead):
    role = Role.objects.get(key="sales")
    rules = {"lead": {"company": "hidden"}}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": rules}, anna, target=role)
    client = enter("carla")
    assert not found(client, "acme")
    arrange("lead", "search", fields=["city"])
    assert not found(client, "acme"), "the word is still in the document"
    reindex()
    studio()
    assert not found(client, "acme")
    assert found(client, "rossi")


def test_searching_is_the_same_for_every_role(anna):
    given = {"module": "lead", "part": "search", "role": "sales", "content": {"fields": ["city"]}}
    with pytest.raises(Invalid) as refused:
        run("layout.create", given, anna)
    assert list(refused.value.errors) == ["role"]


# Solutions

FILE = """\
solution: 1
name: Potenziali
fields:
  lead:
    x_shoe: {kind: text, label_it: Scarpa, label_en: Shoe}
layouts:
  lead:
    list:
      everybody: {columns: [title, x_shoe], sort: x_shoe}
      sales: {columns: [email]}
    detail:
      everybody:
        sections:
          - {label: {it: Chi, en: Who}, fields: [email, x_shoe]}
"""


def test_layouts_go_elsewhere_with_a_solution_and_back(cast, anna, studio, enter, lead):
    product = heads(enter("bruno"))
    connection.check_constraints()  # as at the end of the transaction that made the lead
    made = run("solution.import", {"file": FILE}, anna)
    studio()
    assert heads(enter("bruno")) == ["Nome", "Scarpa"]
    assert heads(enter("carla")) == ["E-mail"]
    text = things.write("Copy", lambda part, key: part.name in ("fields", "layouts"))
    assert {thing.state for thing in things.compare(text).things} == {"same"}
    compared = things.rehearse(FILE.replace("[email]", "[email, phone]"))
    assert [thing.key for thing in compared.things if thing.state == "changed"] == [("lead", "list", "sales")]
    run("solution.roll_back", {}, anna, target=made)
    studio()
    assert heads(enter("bruno")) == heads(enter("carla")) == product


def test_a_solution_arranges_the_module_that_it_brings(cast, anna, studio, enter):
    file = """\
solution: 1
name: Contratti
modules:
  x_contract: {label_it: Contratto, plural_it: Contratti, label_en: Contract, plural_en: Contracts, area: sales}
fields:
  x_contract:
    x_fee: {kind: money, label_it: Canone, label_en: Fee}
layouts:
  x_contract:
    list:
      everybody: {columns: [x_fee, title], sort: -x_fee}
    search:
      everybody: {fields: [name]}
"""
    with pytest.raises(Invalid):
        run("solution.import", {"file": file.replace("columns: [x_fee", "columns: [x_free")}, anna)
    run("solution.import", {"file": file}, anna)
    studio()
    run("x_contract.create", {"name": "Ascensori", "x_fee": "100"}, cast.ctx("carla"))
    assert heads(enter("carla"), "/x-contract/") == ["Canone", "Nome"]


def test_a_layout_of_another_version_is_left_out(anna, arrange, studio, enter, lead):
    product = heads(enter("carla"))
    layout = arrange("lead", "list", columns=["title"])
    Layout.objects.filter(pk=layout.pk).update(content={"columns": ["title"], "wide": True}, version=9)
    run("layout.create", {"module": "lead", "part": "quick", "content": {"fields": ["email"]}}, anna)
    studio()
    assert heads(enter("carla")) == product
    assert [thing.state for thing in things.compare(FILE.partition("layouts:")[0]).things] == ["added"]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("columns: [email]", "columns: [hobby]"),
        ("list:", "roof:"),
        ("sales:", "nobody:"),
        ("columns: [email]", "wide: 1"),
    ],
)
def test_a_broken_layout_of_a_file_is_told_and_nothing_is_changed(anna, said, instead):
    with pytest.raises(Invalid):
        run("solution.import", {"file": FILE.replace(said, instead)}, anna)
    assert not Layout.objects.exists()
