"""What is said with a lead, and about a deal."""

from __future__ import annotations

import pytest
from django.test import Client

from anello.core.actions import Invalid, NotFound, run
from anello.core.modules import get

pytestmark = pytest.mark.django_db
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def lead(house):
    return run("lead.create", {"last_name": "Sartori", "company": "Sartori Vivai"}, house.ctx("carla"))


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def said():
    return get("interaction").model.objects.order_by("id")


def test_a_lead_has_a_composer_and_what_is_noted_stands_on_its_page(house, lead):
    carla = browser(house.carla)
    page = carla.get(f"/leads/{lead.pk}/").content.decode()
    assert f'action="/leads/{lead.pk}/log/"' in page
    answer = carla.post(
        f"/leads/{lead.pk}/log/", {"channel": "phone", "direction": "in", "body": "Vuole sedie"}, **PART
    )
    assert answer.status_code == 200
    assert "Vuole sedie" in carla.get(f"/leads/{lead.pk}/", {"part": "timeline"}).content.decode()
    assert "Vuole sedie" in carla.get(f"/leads/{lead.pk}/", {"part": "timeline", "kind": "said"}).content.decode()
    for name, status in (("dario", 404), ("marta", 404), ("ivo", 403)):
        form = {"channel": "note", "body": "x"}
        assert browser(getattr(house, name)).post(f"/leads/{lead.pk}/log/", form, **PART).status_code == status


def test_what_was_said_with_a_lead_is_seen_by_whoever_sees_the_lead(house, lead):
    run("interaction.create", {"channel": "note", "body": "x", "about": f"lead:{lead.pk}"}, house.ctx("carla"))
    token = {name: browser(getattr(house, name)) for name in ("carla", "bruno", "dario", "ivo", "marta")}
    one = said().get()
    seen = {name: client.get(f"/interactions/{one.pk}/").status_code for name, client in token.items()}
    assert seen == {"carla": 200, "bruno": 200, "dario": 404, "ivo": 200, "marta": 404}


def test_nobody_notes_on_what_they_may_not_change_or_on_nothing(house, lead):
    for who in ("dario", "marta"):
        with pytest.raises((Invalid, NotFound)):
            run("interaction.create", {"channel": "note", "body": "x", "about": f"lead:{lead.pk}"}, house.ctx(who))
    with pytest.raises(Invalid):
        run("interaction.create", {"channel": "note", "body": "x"}, house.ctx("carla"))
    product = run("product.create", {"code": "P", "name": "P", "price": "1"}, house.ctx("bruno"))
    with pytest.raises(Invalid):
        run(
            "interaction.create", {"channel": "note", "body": "x", "about": f"product:{product.pk}"}, house.ctx("carla")
        )


def test_conversion_hands_it_to_the_person_and_undo_takes_it_back(house, lead):
    run("interaction.create", {"channel": "note", "body": "x", "about": f"lead:{lead.pk}"}, house.ctx("carla"))
    gesture = house.ctx("carla")
    run("lead.convert", {}, gesture, target=lead.pk)
    lead.refresh_from_db()
    one = said().get(channel="note")
    assert (one.person_id, one.organisation_id) == (lead.person_id, lead.organisation_id)
    run("undo", {"batch": gesture.batch}, house.ctx("carla"))
    one.refresh_from_db()
    assert (one.person_id, one.organisation_id, one.about_id) == (None, None, lead.pk)


def test_what_is_said_about_a_deal_is_said_with_its_customer(house, customer):
    deal = run("opportunity.create", {"name": "Arredo", "organisation": customer.pk}, house.ctx("carla"))
    carla = browser(house.carla)
    carla.post(f"/opportunities/{deal.pk}/log/", {"channel": "visit", "direction": "out", "body": "Rilievo"}, **PART)
    one = said().get(channel="visit")
    assert (one.organisation_id, one.about_module, one.about_id) == (customer.pk, "opportunity", deal.pk)
    assert "Rilievo" in carla.get(f"/opportunities/{deal.pk}/", {"part": "timeline"}).content.decode()
    assert "Rilievo" in carla.get(f"/organisations/{customer.pk}/", {"part": "timeline"}).content.decode()
    assert carla.post("/quotes/1/log/", {"channel": "note", "body": "x"}, **PART).status_code == 404
