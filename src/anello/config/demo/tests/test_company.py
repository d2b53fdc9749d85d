"""The demo company in the product's own screens, built once for all tests of this file."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from anello.config.demo import DemoError, build
from anello.core.accounts.models import User
from anello.core.events.models import Event
from anello.core.modules import all_modules
from anello.core.policies import Actor, can, visible

pytestmark = pytest.mark.django_db

PLACES = [m.name for m in all_modules() if m.listed and m.area in ("customers", "activities", "sales", "catalogue")]


@pytest.fixture(scope="module", autouse=True)
def company(django_db_setup, django_db_blocker):
    """A fifth of the company, committed, as `anello demo` does it."""
    with django_db_blocker.unblock():
        build(lambda done, total: None, size=0.2)
        yield
        call_command("flush", interactive=False, verbosity=0)


def browser(username):
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


@pytest.mark.parametrize("module", PLACES)
def test_every_list_has_records(module):
    found = next(m for m in all_modules() if m.name == module)
    assert found.model._default_manager.exists()


@pytest.mark.parametrize("username", ["anna", "bruno", "carla"])
def test_every_list_and_record_opens(username):
    client, actor = browser(username), Actor.of(User.objects.get(username=username))
    for module in all_modules():
        if not module.listed or not can(actor, module):
            continue
        pages = [f"/{module.slug}/"]
        if module.is_record:
            newest = module.model._default_manager.filter(visible(actor, module)).order_by("-pk")
            pages += [f"/{module.slug}/{pk}/" for pk in newest.values_list("pk", flat=True)[:3]]
        for page in pages:
            assert client.get(page).status_code == 200, page


def test_marta_sees_nothing():
    actor = Actor.of(User.objects.get(username="marta"))
    assert not any(can(actor, module) for module in all_modules())


def test_carla_has_a_full_desk():
    carla = Actor.of(User.objects.get(username="carla"))
    models = {m.name: m for m in all_modules()}
    mine = models["opportunity"].model.objects.filter(owner_id=carla.id)
    assert mine.filter(status="open").count() >= 20
    assert {"won", "lost"} <= set(mine.values_list("status", flat=True))
    assert models["quote"].model.objects.filter(status="pending").exists()
    assert models["activity"].model.objects.filter(owner_id=carla.id).count() >= 30


def test_history_is_told_in_the_order_of_time():
    moments = list(
        Event.objects.exclude(via__in=["import", "cli", "consumer"]).order_by("id").values_list("at", flat=True)
    )
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days >= 400


def test_nothing_leads_out_of_the_demo():
    """Addresses of mail and web are of the domains that exist nowhere (RFC 2606)."""
    seen = 0
    for module in all_modules():
        for f in module.fields:
            if f.kind not in ("email", "url") or not module.is_record:
                continue
            for value in module.model._default_manager.values_list(f.name, flat=True):
                seen += 1
                assert not value or re.search(r"[@.\w]example(\.com)?(/|$)", value), value
    assert seen > 100


def test_it_is_built_in_an_empty_database_only():
    before = Event.objects.count()
    with pytest.raises(DemoError):
        build(lambda done, total: None)
    assert Event.objects.count() == before
