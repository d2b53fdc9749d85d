"""Modules that an administrator makes: they are like all others, in every way in and out."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.accounts.models import Role
from anello.core.actions import Invalid, NotFound, run
from anello.core.events.consumers import registered
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.search import suggest
from anello.core.studio.models import CustomModule

pytestmark = pytest.mark.django_db

CONTRACT = {"label_it": "Contratto", "plural_it": "Contratti", "label_en": "Contract", "plural_en": "Contracts"}


@pytest.fixture
def contracts(cast, anna, studio):
    """A module with a link to organisations and an amount, which salespeople work with."""
    row = run("custom_module.create", CONTRACT | {"area": "sales", "icon": "briefcase"}, anna)
    studio()
    for more in (
        {"kind": "link", "to": "organisation", "label_it": "Cliente", "label_en": "Customer"},
        {"kind": "money", "label_it": "Canone", "label_en": "Fee"},
    ):
        run("custom_field.create", {"module": row.name, **more}, anna)
    studio()
    return get(row.name)


def _part(client: Client, address: str, part: str) -> str:
    """A part of a record's page, as the page asks for it."""
    return client.get(f"{address}?part={part}", headers={"HX-Request": "true"}).content.decode()


def test_it_is_worked_with_like_any_other(cast, contracts):
    acme = run("organisation.create", {"name": "Acme Srl"}, cast.ctx("carla"))
    values = {"name": "Manutenzione ascensori", "x_customer": acme.pk, "x_fee": "1200.50"}
    made = run(f"{contracts.name}.create", values, cast.ctx("carla"))
    assert made.title == "Manutenzione ascensori"
    client = Client()
    client.force_login(cast.carla)
    page = client.get("/x-contract/").content.decode()
    assert "Manutenzione ascensori" in page
    assert "Acme Srl" in page
    assert "1.200,50" in client.get(f"/x-contract/{made.pk}/").content.decode()
    assert "Manutenzione ascensori" in _part(client, f"/organisations/{acme.pk}/", "related")
    assert client.get("/x-contract/new/").status_code == 200
    assert [hit.id for hit in suggest(cast.actor("carla"), "ascensori")] == [made.pk]
    run(f"{contracts.name}.update", {"x_fee": "10"}, cast.ctx("carla"), target=made.pk)
    run(f"{contracts.name}.delete", {}, cast.ctx("carla"), target=made.pk)
    assert "ascensori" not in client.get("/x-contract/").content.decode()
    run(f"{contracts.name}.restore", {}, cast.ctx("carla"), target=made.pk)
    assert client.get(f"/x-contract/{made.pk}/").status_code == 200


def test_who_has_no_role_for_it_does_not_know_that_it_exists(cast, contracts):
    made = run(f"{contracts.name}.create", {"name": "Segreto"}, cast.ctx("carla"))
    client = Client()
    client.force_login(cast.marta)
    assert client.get("/x-contract/").status_code == 404
    assert "Contratti" not in client.get("/").content.decode()
    with pytest.raises(NotFound):
        run(f"{contracts.name}.update", {"name": "x"}, cast.ctx("marta"), target=made.pk)


def test_a_module_of_its_own_area_is_nobodys_until_a_role_gives_it(cast, anna, studio):
    row = run("custom_module.create", CONTRACT, anna)
    studio()
    client = Client()
    client.force_login(cast.carla)
    assert client.get("/x-contract/").status_code == 404
    role = Role.objects.get(key="sales")
    grants = {row.name: {"view": "all", "create": "own"}}
    run("role.set_access", {"areas": role.areas, "grants": grants, "fields": {}}, anna, target=role)
    assert client.get("/x-contract/").status_code == 200


def test_the_api_has_it_and_says_so(cast, contracts):
    token = run("token.issue", {"name": "test"}, cast.ctx("carla"))
    client = Client(headers={"Authorization": f"Bearer {token}"})
    told = client.get("/api/v1/openapi.json").json()["paths"]
    assert (
        "x_fee"
        in told["/api/v1/x-contract"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    )
    made = client.post("/api/v1/x-contract", {"name": "Uno", "x_fee": "12"}, content_type="application/json")
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert client.get(f"/api/v1/x-contract/{pk}").json()["x_fee"] == "12.00"
    assert client.patch(f"/api/v1/x-contract/{pk}", {"x_fee": "no"}, content_type="application/json").status_code == 422
    assert [row["id"] for row in client.get("/api/v1/x-contract?x_fee__gte=10").json()["data"]] == [pk]
    assert client.get("/api/v1/x-unicorn").status_code == 404
    assert Client().get("/api/v1/x-contract").status_code == 401


def test_what_joins_two_modules_is_on_the_pages_of_both(cast, anna, studio):
    sites = {"label_it": "Sede", "plural_it": "Sedi", "label_en": "Site", "plural_en": "Sites", "area": "customers"}
    run("custom_module.create", sites, anna)
    studio()
    words = {"label_it": "Referente", "plural_it": "Referenti", "label_en": "Keeper", "plural_en": "Keepers"}
    joint = run("custom_module.create", words | {"area": "customers", "links": ["x_site", "person"]}, anna)
    studio()
    site = run("x_site.create", {"name": "Torino"}, cast.ctx("carla"))
    ada = run("person.create", {"last_name": "Bianchi"}, cast.ctx("carla"))
    pair = run(f"{joint.name}.create", {"first": site.pk, "second": ada.pk}, cast.ctx("carla"))
    assert pair.title == "Torino – Bianchi"
    client = Client()
    client.force_login(cast.carla)
    assert "Referenti" in _part(client, f"/people/{ada.pk}/", "related")
    assert "Referenti" in _part(client, f"/x-site/{site.pk}/", "related")
    with pytest.raises(Invalid):
        run(f"{joint.name}.create", {"first": site.pk, "second": ada.pk}, cast.ctx("carla"))
    run("x_site.delete", {}, cast.ctx("carla"), target=site.pk)
    assert not get(joint.name).model.objects.filter(pk=pair.pk).exists()


def test_hidden_it_is_gone_and_comes_back_with_everything(cast, anna, contracts, studio):
    made = run(f"{contracts.name}.create", {"name": "Uno", "x_fee": "5"}, cast.ctx("carla"))
    row = CustomModule.objects.get()
    run("custom_module.delete", {}, anna, target=row)
    studio()
    assert "x_contract" not in names()
    client = Client()
    client.force_login(cast.carla)
    assert client.get("/x-contract/").status_code == 404
    assert client.get("/").status_code == 200
    run("custom_module.restore", {}, anna, target=row)
    studio()
    assert str(get("x_contract").model.objects.get(pk=made.pk).x_fee) == "5.00"


def test_what_others_lead_to_is_not_hidden_under_them(anna, contracts, studio):
    run(
        "custom_field.create",
        {"module": "person", "kind": "link", "to": "x_contract", "label_it": "Contratto", "label_en": "Contract"},
        anna,
    )
    studio()
    with pytest.raises(Invalid, match=r"person\.x_contract"):
        run("custom_module.delete", {}, anna, target=CustomModule.objects.get())


def test_what_cannot_be_a_module_is_refused_and_leaves_nothing(anna, contracts, studio):
    for wrong in (
        CONTRACT,
        CONTRACT | {"name": "x_other"},
        {"label_it": "A", "plural_it": "Persone", "label_en": "A", "plural_en": "As"},
        {"label_it": "A", "plural_it": "Aa", "label_en": "A", "plural_en": "As", "name": "person"},
        {"label_it": "A", "plural_it": "Aa", "label_en": "A", "plural_en": "As", "links": ["person"]},
        {"label_it": "A", "plural_it": "Aa", "label_en": "A", "plural_en": "As", "links": ["person", "user"]},
    ):
        with pytest.raises(Invalid):
            run("custom_module.create", wrong, anna)
    assert CustomModule.everything.count() == 1


def test_its_records_enter_the_customers_timeline(cast, contracts):
    acme = run("organisation.create", {"name": "Acme Srl"}, cast.ctx("carla"))
    run(f"{contracts.name}.create", {"name": "Uno", "x_customer": acme.pk}, cast.ctx("carla"))
    registered()["timeline"].handler(list(Event.objects.filter(module=contracts.name)))
    client = Client()
    client.force_login(cast.carla)
    assert "Uno" in _part(client, f"/organisations/{acme.pk}/", "timeline")
