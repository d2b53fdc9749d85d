"""Layouts that administrators make: who sees which, what they never give, how they are edited."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import SYSTEM, views_of
from anello.core.studio.jobs import reindex
from anello.core.studio.layouts import PARTS
from anello.core.studio.models import Layout
from anello.core.studio.shape import open_modules
from anello.core.studio.solutions import things

pytestmark = pytest.mark.django_db
PASSWORD = "anello-demo"


@pytest.fixture
def arrange(anna, studio):
    """Makes a layout, and brings this process along."""

    def arrange(module: str, part: str, role: str = "", **content: Any) -> Layout:
        given = {"module": module, "part": part, "role": role, "content": content}
        made = run("layout.create", given, anna)
        studio()
        return made

    return arrange


@pytest.fixture
def enter(cast):
    def enter(name: str, *, elevated: bool = False) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        if elevated:
            assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
        return client

    return enter


def heads(client: Client, url: str = "/leads/") -> list[str]:
    """The headings of the columns of a list."""
    page = client.get(url).content.decode()
    table = page.split("<thead>")[1].split("</thead>")[0]
    texts = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th [^>]*>(.*?)</th>", table, re.DOTALL)]
    return texts[1:-1]


def section(label: str, *fields: str, tab: str = "") -> dict[str, Any]:
    return {"label": {"it": label, "en": label}, "tab": {"it": tab, "en": tab} if tab else None, "fields": list(fields)}


@pytest.fixture
def lead(cast):
    given = {"first_name": "Ada", "last_name": "Rossi", "company": "Acme", "email": "ada@example.com", "value": "900"}
    return run("lead.create", given, cast.ctx("carla"))


# Who sees which


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


def test_a_layout_of_another_version_is_left_out(anna, arrange, studio, enter, lead):
    product = heads(enter("carla"))
    layout = arrange("lead", "list", columns=["title"])
    Layout.objects.filter(pk=layout.pk).update(content={"columns": ["title"], "wide": True}, version=9)
    run("layout.create", {"module": "lead", "part": "quick", "content": {"fields": ["email"]}}, anna)
    studio()
    assert heads(enter("carla")) == product
    assert [thing.state for thing in things.compare(FILE.partition("layouts:")[0]).things] == ["added"]


def test_what_it_is_of_never_changes(anna, arrange):
    layout = arrange("lead", "list", columns=["title"])
    with pytest.raises(Invalid):
        run("layout.update", {"role": "sales"}, anna, target=layout)


# The editor

LIST = "/studio/leads/layout/"


def test_only_elevated_administrators_reach_the_editor(enter):
    assert enter("carla").get(LIST).status_code == 404
    asked = enter("anna").get(LIST)
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, "/elevate/")
    client = enter("anna", elevated=True)
    for part in ("list", "detail", "figures", "quick", "board", "related"):
        assert client.get(f"{LIST}?part={part}").status_code == 200
        assert client.get(f"/studio/organisations/layout/?part={part}&role=sales").status_code == 200
    for nonsense in ("?part=roof", "?role=nobody", "../../users/layout/"):
        assert client.get(f"{LIST}{nonsense}").status_code == 404


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    return found[1] if found else ""


def test_saving_is_one_gesture_with_one_undo(cast, enter, studio, lead):
    client = enter("anna", elevated=True)
    product = heads(enter("carla"))
    saved = client.post(f"{LIST}?role=sales", {"place": ["email", "title"], "sort": "email", "once": "1"})
    assert saved.status_code == 302
    assert heads(enter("carla")) == ["E-mail", "Nome"]
    batch = Event.objects.get(kind="layout.created").batch
    client.post(f"/undo/{batch}/")
    assert heads(enter("carla")) == product


def test_reset_brings_back_what_was_below_and_is_undone_too(cast, enter, arrange, lead):
    product = heads(enter("carla"))
    arrange("lead", "list", columns=["title", "email"])
    arrange("lead", "list", "sales", columns=["email"])
    client = enter("anna", elevated=True)
    client.post("/studio/leads/layout/reset/?part=list&role=sales")
    assert heads(enter("carla")) == ["Nome", "E-mail"]
    client.post("/studio/leads/layout/reset/?part=list")
    assert heads(enter("carla")) == product
    client.post(f"/undo/{Event.objects.filter(module='layout').latest('id').batch}/")
    assert heads(enter("carla")) == ["Nome", "E-mail"]


def test_two_administrators_do_not_write_over_each_other(cast, enter, arrange, anna):
    layout = arrange("lead", "list", columns=["title", "email"])
    client = enter("anna", elevated=True)
    seen = version_in(client.get(LIST).content.decode())
    run("layout.update", {"content": {"columns": ["title", "phone"], "sort": ""}}, anna, target=layout)
    mine = {"place": ["company", "title"], "version": seen}
    stale = client.post(LIST, mine)
    page = stale.content.decode()
    assert stale.status_code == 409
    placed = page.split("data-zone")[1]
    assert placed.index('value="company"') < placed.index('value="title"'), "what was arranged is still there"
    layout.refresh_from_db()
    assert layout.content["columns"] == ["title", "phone"]
    again = client.post(LIST, {**mine, "version": version_in(page)})
    assert again.status_code == 302
    layout.refresh_from_db()
    assert layout.content["columns"] == ["company", "title"]


def test_who_comes_second_to_a_new_layout_is_told_too(enter, arrange):
    client = enter("anna", elevated=True)
    client.get(LIST)
    arrange("lead", "list", columns=["title", "email"])
    stale = client.post(LIST, {"place": ["company"], "once": "2"})
    assert stale.status_code == 409
    assert version_in(stale.content.decode()) == "1"


def test_a_refused_layout_keeps_what_was_arranged(enter):
    client = enter("anna", elevated=True)
    given = {"place": ["section:1", "email", "section:7", "phone"], "it-1": "Uno", "it-7": "", "tab_en-7": "More"}
    refused = client.post(f"{LIST}?part=detail", given)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Serve un valore" in page
    assert 'value="Uno"' in page
    saved = client.post(f"{LIST}?part=detail", {**given, "it-7": "Sette"})
    assert saved.status_code == 302
    content = Layout.objects.get().content
    assert content["sections"][1] == section("Sette", "phone", tab="More")


def test_the_preview_shows_what_the_role_would_see_and_saves_nothing(cast, enter, anna, lead):
    role = Role.objects.get(key="sales")
    rules = {"lead": {"email": "hidden"}}
    run(
        "role.set_access",
        {"areas": role.areas, "grants": {"lead": {"view": "all"}}, "fields": rules},
        anna,
        target=role,
    )
    client = enter("anna", elevated=True)
    shown = client.post("/studio/leads/layout/preview/?part=list&as=sales", {"place": ["email", "company"]})
    page = shown.content.decode()
    assert "Acme" in page
    assert "ada@example.com" not in page
    assert not Layout.objects.exists()
    for part in ("detail", "figures", "quick", "board", "related"):
        assert client.post(f"/studio/leads/layout/preview/?part={part}&as=sales", {}).status_code == 200


def test_the_editor_offers_what_is_not_shown(enter, add):
    hobby = add("lead", label="Passatempo")
    client = enter("anna", elevated=True)
    page = client.get(LIST).content.decode()
    tray, surface = page.split("data-tray")[1].split("data-zone")
    assert f'value="{hobby.name}" disabled' in tray
    assert hobby.name not in surface


def test_a_layout_is_named_for_people(arrange):
    assert arrange("lead", "list", "sales", columns=["title"]).title == "lead · Elenco · sales"


# Search


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
