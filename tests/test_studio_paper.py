"""Records of administrators' modules on paper: the letter and the facts, for whoever may see them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.studio import uses
from anello.core.studio.models import CustomModule
from anello.core.ui.records import paper
from anello.kit.pdf import render

pytestmark = pytest.mark.django_db

CONTRACT = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}


@pytest.fixture
def contract(anna, studio, add, cast):
    run("custom_module.create", {**CONTRACT, "area": "sales"}, anna)
    studio()
    add(module="x_contract", kind="money", label="Canone")
    add(module="x_contract", kind="date", label="Inizio")
    values = {"name": "Ascensori #1 [a]", "x_canone": "1200.50", "x_inizio": dt.date(2026, 3, 1)}
    return run("x_contract.create", values, cast.ctx("carla"))


@pytest.fixture
def printed(monkeypatch):
    """What goes on paper, as well as the paper."""
    seen = []

    def note(template, data, at):
        seen.append(data)
        return render(template, data, at)

    monkeypatch.setattr(paper.pdf, "render", note)
    return seen


def ask(cast, name, pk):
    client = Client()
    client.force_login(getattr(cast, name))
    return client.get(f"/x-contract/{pk}/paper/")


def write(anna, letter):
    return run("custom_module.update", {"paper_it": letter}, anna, target=CustomModule.objects.get())


def test_a_record_is_had_as_a_pdf_with_its_facts(cast, contract, printed):
    answer = ask(cast, "carla", contract.pk)
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "Ascensori%20%231" in answer["Content-Disposition"]
    (data,) = printed
    facts = {fact["label"]: fact["value"] for section in data["sections"] for fact in section["facts"]}
    assert (facts["Canone"], facts["Inizio"]) == ("1.200,50\xa0€", "01/03/2026")
    assert ask(cast, "marta", contract.pk).status_code == 404


def test_a_letter_heads_it_with_the_values_of_its_fields(cast, anna, contract, printed):
    write(anna, "Gentile cliente,\n\nil canone di {name} è {x_canone}.")
    ask(cast, "carla", contract.pk)
    assert printed[0]["letter"] == ["Gentile cliente,", "il canone di Ascensori #1 [a] è 1.200,50\xa0€."]


def test_who_may_not_see_a_field_does_not_read_it_in_the_letter(cast, anna, contract, printed):
    write(anna, "Canone: {x_canone}")
    role = Role.objects.get(key="sales")
    fields = {"x_contract": {"x_canone": "hidden"}}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": fields}, anna, target=role)
    ask(cast, "carla", contract.pk)
    assert printed[0]["letter"] == ["Canone:"]
    assert "1.200,50" not in str(printed[0])


def test_a_letter_that_names_no_field_is_refused(anna, contract):
    with pytest.raises(Invalid) as error:
        write(anna, "Canone: {x_rent}")
    assert error.value.errors == {"paper_it": ["Nessun campo si chiama così: {x_rent}."]}


def test_a_letter_is_among_the_uses_of_the_fields_that_it_names(anna, contract):
    write(anna, "Canone: {x_canone}")
    (use,) = uses.of_field("x_contract", "x_canone")
    assert (str(use), use.url) == ("Testo del PDF «Contratti»", "/studio/x-contract/edit/")


def test_what_the_product_brings_has_papers_of_its_own(cast):
    person = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    client = Client()
    client.force_login(cast.carla)
    assert client.get(f"/people/{person.pk}/paper/").status_code == 404
