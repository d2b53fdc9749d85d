"""Layouts that administrators make: who sees which, and what they never give."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.modules import get
from anello.core.policies import SYSTEM, views_of
from anello.core.studio.layouts import PARTS
from anello.core.studio.models import Layout
from anello.core.studio.shape import open_modules
from tests.layouts import heads, section

pytestmark = pytest.mark.django_db


def test_a_role_s_layout_stands_over_everybody_s_and_that_over_the_product_s(cast, arrange, enter, lead):
    product = heads(enter("carla"))
    arrange("lead", "list", columns=["title", "email"])
    assert heads(enter("carla")) == heads(enter("bruno")) == ["Nome", "E-mail"] != product
    arrange("lead", "list", "sales", columns=["company", "title", "owner.email"], sort="company")
    assert heads(enter("carla")) == ["Azienda", "Nome", "Responsabile · E-mail"]
    assert heads(enter("bruno")) == ["Nome", "E-mail"]


def test_of_several_roles_the_first_counts_administrators_before_all(cast, arrange):
    lead = get("lead")
    arrange("lead", "quick", "sales", fields=["last_name"])
    arrange("lead", "quick", "service", fields=["email"])
    arrange("lead", "quick", "administrator", fields=["phone"])
    cast.carla.roles.add(Role.objects.get(key="service"))
    assert views_of(cast.actor("carla"), lead).quick == ["last_name"]
    cast.carla.roles.add(Role.objects.get(key="administrator"))
    assert views_of(cast.actor("carla"), lead).quick == ["phone"]
    assert views_of(SYSTEM, lead).quick == lead.quick


def test_a_person_s_own_columns_stand_above_the_layout(cast, arrange, enter, lead):
    arrange("lead", "list", columns=["title", "email"])
    run("preferences.update", {"lists": {"lead": {"columns": ["title", "phone"]}}}, cast.ctx("carla"))
    assert heads(enter("carla")) == ["Nome", "Telefono"]
    assert heads(enter("carla"), "/leads/?columns=company") == ["Azienda"]


def test_a_layout_shows_nobody_what_their_role_hides(cast, anna, arrange, enter, lead):
    role = Role.objects.get(key="sales")
    rules = {"lead": {"email": "hidden", "company": "hidden"}}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": rules}, anna, target=role)
    arrange("lead", "list", columns=["title", "email"], sort="company")
    arrange("lead", "detail", sections=[section("Recapiti", "email"), section("Altro", "phone")])
    client = enter("carla")
    assert heads(client) == ["Nome"]
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "ada@example.com" not in page
    assert "Recapiti" not in page
    assert heads(enter("bruno")) == ["Nome", "E-mail"]


def test_a_field_that_is_gone_is_left_out_and_comes_back_in_its_place(cast, anna, add, arrange, studio, enter, lead):
    hobby = add("lead", label="Passatempo")
    layout = arrange("lead", "list", columns=["title", hobby.name, "email"], sort=hobby.name)
    assert heads(enter("carla")) == ["Nome", "Passatempo", "E-mail"]
    run("custom_field.delete", {}, anna, target=hobby)
    studio()
    assert heads(enter("carla")) == ["Nome", "E-mail"]
    run("layout.update", {"content": {**layout.content, "columns": ["email", hobby.name]}}, anna, target=layout)
    run("custom_field.restore", {}, anna, target=hobby)
    studio()
    assert heads(enter("carla")) == ["E-mail", "Passatempo"]


def test_a_module_of_an_administrator_s_own_is_arranged_like_any_other(cast, anna, arrange, add, studio, enter):
    names = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}
    made = run("custom_module.create", names | {"area": "sales"}, anna)
    studio()
    state = add(
        made.name,
        "choice",
        "Stato",
        options=[{"value": "new", "it": "Nuovo", "en": "New"}, {"value": "old", "it": "Vecchio", "en": "Old"}],
    )
    fee = add(made.name, "money", "Canone")
    arrange(made.name, "list", columns=[fee.name, "title"])
    arrange(made.name, "board", by=state.name, total=fee.name, card=[fee.name])
    run(f"{made.name}.create", {"name": "Ascensori", fee.name: "100", state.name: "new"}, cast.ctx("carla"))
    client = enter("carla")
    assert heads(client, "/x-contract/") == ["Canone", "Nome"]
    board = client.get("/x-contract/board/").content.decode()
    assert "Ascensori" in board
    assert "Vecchio" in board


# What the surfaces make of it


def test_facts_stand_in_the_sections_and_under_the_tabs_of_the_layout(cast, arrange, enter, lead):
    arrange(
        "lead",
        "detail",
        sections=[
            section("Soldi", "value", tab="Affare"),
            section("Chi", "email"),
            section("Voce", "phone", tab="Altro"),
        ],
    )
    client = enter("carla")
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    facts = page.split('class="record-facts"')[1]
    assert facts.index("Chi") < facts.index("Affare") < facts.index("Soldi")
    assert "Voce" not in facts
    other = client.get(f"/leads/{lead.pk}/?part=facts&tab=1").content.decode()
    assert "Voce" in other
    assert "Soldi" not in other
    assert "part=facts&amp;tab=1" in other, "it is refreshed as it is"
    form = client.get(f"/leads/{lead.pk}/edit/").content.decode()
    assert all(f'name="{name}"' in form for name in ("value", "phone", "email", "company")), "the form asks for all"


def test_the_quick_form_asks_in_the_order_of_the_layout_and_for_what_is_required(arrange, enter):
    arrange("organisation", "quick", fields=["city", "email"])
    form = enter("carla").get("/organisations/new/?quick=1").content.decode()
    named = re.findall(r'name="(city|email|name|phone)"', form)
    assert list(dict.fromkeys(named)) == ["city", "email", "name"]


def test_related_lists_and_figures_are_those_of_the_layout(cast, arrange, enter):
    acme = run("organisation.create", {"name": "Acme Srl"}, cast.ctx("bruno"))
    run("person.create", {"last_name": "Bianchi", "organisation": acme.pk}, cast.ctx("bruno"))
    client = enter("bruno")
    page = f"/organisations/{acme.pk}/?part=related"
    assert "Bianchi" in client.get(page).content.decode()
    arrange("organisation", "related", lists=["quote.organisation"])
    assert "Bianchi" not in client.get(page).content.decode()
    arrange("organisation", "figures", fields=["created_at"])
    assert "Creato il" in client.get(f"/organisations/{acme.pk}/?part=head").content.decode()


def test_a_board_by_another_choice_moves_cards_by_that_choice(cast, arrange, enter, lead):
    arrange("lead", "board", by="source", total="value", card=["company"])
    client = enter("carla")
    board = client.get("/leads/board/").content.decode()
    assert "Acme" in board
    value = get("lead").field("source").options[0].value
    moved = client.post("/leads/board/move/", {"id": lead.pk, "column": value, "version": lead.version})
    assert moved.status_code in (200, 204)
    lead.refresh_from_db()
    assert lead.source == value


def test_a_board_by_a_link_has_a_column_for_whom_most_cards_lead_to(cast, arrange, enter, lead, monkeypatch):
    for name, owner in (("Verdi", cast.dario), ("Neri", cast.dario), ("Gialli", cast.bruno)):
        run("lead.create", {"last_name": name, "owner": owner.pk}, cast.ctx("anna"))
    arrange("lead", "board", by="owner", card=["company"])
    client = enter("bruno")
    page = client.get("/leads/board/").content.decode()
    columns = re.findall(r'data-column="(\w+)"', page)
    assert set(columns) == {str(cast.carla.pk), str(cast.dario.pk), str(cast.bruno.pk)}
    moved = client.post("/leads/board/move/", {"id": lead.pk, "column": cast.dario.pk, "version": lead.version})
    assert moved.status_code == 204
    lead.refresh_from_db()
    assert lead.owner_id == cast.dario.pk
    monkeypatch.setattr("anello.core.ui.lists.board.MOST_COLUMNS", 1)
    page = client.get("/leads/board/").content.decode()
    assert re.findall(r'data-column="(\w+)"', page) == [str(cast.dario.pk), "others"]
    assert client.post("/leads/board/move/", {"id": lead.pk, "column": "others"}).status_code == 422
    lead.refresh_from_db()
    assert lead.owner_id == cast.dario.pk


def test_a_board_by_what_somebody_may_not_see_is_not_offered(cast, anna, arrange, enter, lead):
    arrange("lead", "board", by="source", card=[])
    assert "/leads/board/" in enter("carla").get("/leads/").content.decode()
    role = Role.objects.get(key="sales")
    rules = {"lead": {"source": "hidden"}}
    run("role.set_access", {"areas": role.areas, "grants": role.grants, "fields": rules}, anna, target=role)
    assert "/leads/board/" not in enter("carla").get("/leads/").content.decode()
    assert enter("carla").get("/leads/board/").status_code == 404


def test_a_layout_costs_no_statement(cast, arrange, enter, lead):
    def count(url: str) -> int:
        client = enter("carla")
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    before = [count("/leads/"), count(f"/leads/{lead.pk}/")]
    arrange("lead", "list", columns=["title", "email", "company"])
    arrange("lead", "detail", sections=[section("Uno", "email"), section("Due", "phone", tab="Altro")])
    after = [count("/leads/"), count(f"/leads/{lead.pk}/")]
    assert all(now <= then for now, then in zip(after, before, strict=True))


# What cannot be


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"module": "user", "part": "list", "content": {"columns": ["title"]}}, "module"),
        ({"module": "lead", "part": "list", "role": "nobody", "content": {"columns": ["title"]}}, "role"),
        ({"module": "lead", "part": "list", "content": {"columns": []}}, "content"),
        ({"module": "lead", "part": "list", "content": {"columns": ["hobby"]}}, "content"),
        ({"module": "lead", "part": "list", "content": {"columns": ["title", "title"]}}, "content"),
        ({"module": "lead", "part": "list", "content": {"columns": ["title"], "wide": True}}, "content"),
        ({"module": "lead", "part": "detail", "content": {"sections": [section("", "email")]}}, "content"),
        ({"module": "lead", "part": "detail", "content": {"sections": [section("A", "x"), section("B")]}}, "content"),
        (
            {
                "module": "lead",
                "part": "detail",
                "content": {"sections": [section("A", "email"), section("B", "email")]},
            },
            "content",
        ),
        ({"module": "lead", "part": "board", "content": {"by": "email", "card": []}}, "content"),
        ({"module": "lead", "part": "board", "content": {"by": "status", "total": "email", "card": []}}, "content"),
        ({"module": "lead", "part": "quick", "content": {"fields": ["created_at"]}}, "content"),
        ({"module": "lead", "part": "related", "content": {"lists": ["quote.organisation"]}}, "content"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(anna, given, field):
    with pytest.raises(Invalid) as refused:
        run("layout.create", given, anna)
    assert list(refused.value.errors) == [field]
    assert not Layout.objects.exists()


def test_whatever_the_product_shows_can_be_said_as_a_layout(anna):
    for module in open_modules():
        for name, kind in PARTS.items():
            said = kind.of(module, module.views_for([]))
            if said is not None:
                given = {"module": module.name, "part": name, "content": said.model_dump(mode="json")}
                run("layout.create", given, anna)


def test_what_it_is_of_never_changes(anna, arrange):
    layout = arrange("lead", "list", columns=["title"])
    with pytest.raises(Invalid):
        run("layout.update", {"role": "sales"}, anna, target=layout)
