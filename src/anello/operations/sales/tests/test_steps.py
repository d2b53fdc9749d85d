"""Cards that need an answer to move: dropped on a board, or edited in place."""

from __future__ import annotations

import json

import pytest

from anello.core.actions import run
from anello.core.modules import get

pytestmark = pytest.mark.django_db
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def carla(house, client):
    client.force_login(house.carla)
    return client


@pytest.fixture
def deal(house, customer):
    return run("opportunity.create", {"name": "Arredo", "organisation": customer.pk}, house.ctx("carla"))


@pytest.fixture
def lost(deal):
    return get("stage").model.objects.get(pipeline=deal.pipeline_id, kind="lost")


def asked(answer):
    return json.loads(answer.headers["HX-Trigger"])["ask"]["url"]


def drop(client, slug, record, column, **query):
    form = {"id": record.pk, "column": column, "version": record.version}
    return client.post(f"/{slug}/board/move/", form, query_params=query, **PART)


def test_a_deal_dropped_on_lost_is_asked_why_and_moves_with_the_answer(carla, deal, lost):
    answer = drop(carla, "opportunities", deal, lost.pk, group=str(deal.pipeline_id))
    assert answer.status_code == 422
    url = asked(answer)
    page = carla.get(url, **PART).content.decode()
    assert f'type="hidden" name="stage" value="{lost.pk}"' in page
    assert 'name="lost_reason"' in page
    assert page.count('name="stage"') == 1
    deal.refresh_from_db()
    assert deal.status == "open"
    done = carla.post(url, {"stage": lost.pk, "lost_reason": "price"}, **PART)
    deal.refresh_from_db()
    assert (done.status_code, deal.status, deal.lost_reason) == (200, "lost", "price")


def test_an_answer_that_is_missing_is_asked_again(carla, deal, lost):
    url = asked(drop(carla, "opportunities", deal, lost.pk, group=str(deal.pipeline_id)))
    again = carla.post(url, {"stage": lost.pk}, **PART)
    assert again.status_code == 422
    assert 'aria-invalid="true"' in again.content.decode()


def test_a_stage_edited_in_place_asks_the_same(carla, deal, lost):
    form = {"stage": lost.pk, "version": deal.version}
    answer = carla.post(f"/opportunities/{deal.pk}/edit/stage/", form, **PART)
    assert answer.status_code == 200
    assert asked(answer) == f"/opportunities/{deal.pk}/do/opportunity.move/?stage={lost.pk}&fixed=stage"
    assert str(deal.stage) in answer.content.decode()


def test_a_lead_dropped_on_converted_is_converted_by_the_dialog(house, carla):
    lead = run("lead.create", {"last_name": "Sartori"}, house.ctx("carla"))
    assert asked(drop(carla, "leads", lead, "converted")) == f"/leads/{lead.pk}/do/lead.convert/"


def test_documents_enter_a_column_by_their_verb_or_not_at_all(house, carla):
    person = run("person.create", {"last_name": "Rossi"}, house.ctx("carla"))
    order = run("order.create", {"person": person.pk}, house.ctx("carla"))
    refused = drop(carla, "orders", order, "fulfilled")
    assert (refused.status_code, "ask" in refused.headers["HX-Trigger"]) == (422, False)
    order.refresh_from_db()
    assert order.status == "draft"
    quote = run("quote.create", {"person": person.pk}, house.ctx("carla"))
    assert drop(carla, "quotes", quote, "expired").status_code == 422
    line = {"order": order.pk, "description": "Sedia", "quantity": 1, "unit_price": "10"}
    run("order_line.create", line, house.ctx("carla"))
    order.refresh_from_db()
    assert drop(carla, "orders", order, "confirmed").status_code == 200
    assert get("order").model.objects.get(pk=order.pk).status == "confirmed"
