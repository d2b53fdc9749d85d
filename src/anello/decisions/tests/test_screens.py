"""The ring page and the reasons of decisions, as different people see them."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from anello.core.actions import run
from anello.decisions.models import Decision, Policy
from anello.decisions.tests.conftest import TASK

pytestmark = pytest.mark.django_db


def enter(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_ring_leads_through_the_first_turn(cast, people, policy, django_assert_max_num_queries):
    client = enter(cast.ivo)
    page = client.get("/ring/?part=1").content.decode()
    assert "Il primo giro" in page
    assert "/policies/new/" not in page  # customers come first
    people(5)
    assert "/policies/new/" in client.get("/ring/?part=1").content.decode()
    made = policy(live=True)
    assert f"/policies/{made.pk}/" in client.get("/ring/?part=1").content.decode()
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    with django_assert_max_num_queries(45):
        page = client.get("/ring/?part=1").content.decode()
    assert "Il primo giro" not in page
    assert "Effetto misurato" in page
    assert "<html" not in page


def test_the_figures_of_the_ring_lead_to_the_records_they_count(cast, people, policy):
    people(9)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    old, reached = Decision.objects.filter(arm="treatment").order_by("pk")[:2]
    Decision.objects.filter(pk__in=[old.pk, reached.pk]).update(outcome_at=timezone.now())
    Decision.objects.filter(pk=old.pk).update(decided_at=timezone.now() - dt.timedelta(days=400))
    client = enter(cast.ivo)
    page = client.get("/ring/?part=1").content.decode()
    figures = dict(re.findall(r'<dt>(Trattati|Tenuti da parte|Con il risultato)</dt><dd><a href="([^"]*)"', page))
    for label, others in (("Trattati", [old]), ("Con il risultato", [old])):
        rows = client.get(unescape(figures[label])).content.decode()
        assert f"/decisions/{reached.pk}/" in rows
        assert all(f"/decisions/{one.pk}/" not in rows for one in others), label


def test_the_page_of_a_policy_says_which_of_its_actions_leads(cast, people, policy, warehouse):
    people(200)
    half = {**TASK, "share": 50}
    made = policy(live=True, variants=[half, half], repeat_days=30)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    warehouse.load()
    run("policy.measure", {}, cast.ctx("ivo"), target=made)
    Decision.objects.filter(arm="treatment", variant="B").update(outcome_at=timezone.now())
    page = enter(cast.ivo).get(f"/policies/{made.pk}/").content.decode()
    assert "In carica e sfidante" in page
    assert "B, sfidante, è la migliore" in page
    assert "Ogni cliente conta una volta" in page


def test_everybody_sees_the_ring_of_what_they_may_see(cast, people, policy):
    people(5)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    for name in ("anna", "bruno", "carla", "elena", "ivo"):
        assert enter(getattr(cast, name)).get("/ring/").status_code == 200
    assert enter(cast.marta).get("/ring/").status_code == 404
    page = enter(cast.carla).get("/ring/").content.decode()
    assert "Politiche attive" not in page
    assert "/policies/" not in page


def test_a_salesperson_reads_why_a_customer_was_treated(cast, people, policy):
    (person,) = people(1)
    made = policy(live=True, control_share=1)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    decision = Decision.objects.get(person=person)
    client = enter(cast.carla)
    for url in (f"/people/{person.pk}/?part=side", f"/decisions/{decision.pk}/"):
        page = client.get(url).content.decode()
        assert "È nella fase «Fedele»" in page
        assert "su 100" in page
    assert enter(cast.dario).get(f"/decisions/{decision.pk}/").status_code == 404


FORM = {
    "name": "Da risentire",
    "customer": "person",
    "phases": ["loyal"],
    "control_share": "20",
    "contacts": "2",
    "contact_days": "30",
    "priority": "50",
    "outcome": "purchase",
    "window_days": "30",
    "measure": "conversion",
    "schedule": "once",
    "A-treatment": "task",
    "A-subject": "Sentire {{ customer.title }}",
    "A-days": "2",
    "A-priority": "normal",
    "A-cost": "1,50",
}


def test_the_builder_previews_without_writing_and_saves_what_was_typed(cast, people):
    people(40)
    client = enter(cast.ivo)
    assert client.get("/policies/new/").status_code == 200
    assert "A-subject" in client.get("/policies/actions/A/?A-treatment=task").content.decode()
    shown = client.post("/policies/preview/", FORM).content.decode()
    assert "40" in shown
    assert "da parte, per confronto" in shown
    assert not Policy.objects.exists()
    assert client.post("/policies/new/", FORM).status_code == 302
    made = Policy.objects.get()
    assert (made.owner, made.phases) == (cast.ivo, ["loyal"])
    assert made.variants == [
        {
            "treatment": "task",
            "parameters": made.variants[0]["parameters"] | {"subject": "Sentire {{ customer.title }}", "days": 2},
            "cost": 1.5,
            "share": 100.0,
        }
    ]
    page = client.get(f"/policies/{made.pk}/edit/").content.decode()
    assert "Sentire {{ customer.title }}" in page
    assert "1,5" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"A-subject": ""}, "Serve un valore"),
        ({"A-subject": "{{ nothing }}"}, "nothing"),
        ({"phases": ["undefined"]}, "Valore non previsto"),
        ({"condition": '{"field": "nothing", "op": "is"}'}, "nothing"),
        ({"control_share": "0"}, "minimo"),
        ({"A-cost": "much"}, "numero"),
    ],
)
def test_what_cannot_be_understood_is_said_by_preview_and_form_alike(cast, people, wrong, words):
    client = enter(cast.ivo)
    assert words in client.post("/policies/preview/", FORM | wrong).content.decode()
    answer = client.post("/policies/new/", FORM | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Policy.objects.exists()


def test_a_condition_is_put_together_from_fields_as_in_lists(cast, people, policy):
    client, url = enter(cast.ivo), "/policies/condition/"
    page = client.post(url, {**FORM, "what": "city"}).content.decode()
    assert 'name="op"' in page
    assert 'name="value"' in page
    added = client.post(url, {**FORM, "what": "city", "op": "is", "value": "Lecce", "add": "1"})
    (tree,) = re.findall(r'name="condition" value="([^"]*)"', added.content.decode())
    assert json.loads(unescape(tree)) == {"all": [{"field": "city", "op": "is", "value": "Lecce"}]}
    assert "Lecce" in added.content.decode()
    saved = client.post("/policies/new/", FORM | {"condition": unescape(tree)})
    assert Policy.objects.get().condition == json.loads(unescape(tree))
    assert "Lecce" in client.get(f"{saved['Location']}edit/").content.decode()
    gone = client.post(url, {**FORM, "condition": unescape(tree), "remove": "0"}).content.decode()
    assert "Lecce" not in gone
    wrong = client.post(url, {**FORM, "what": "birth_date", "op": "gte", "value": "ieri", "add": "1"})
    assert wrong.status_code == 422
    broken = client.post(url, {**FORM, "condition": "{"}, headers={"HX-Request": "true"})
    assert (broken.status_code, "filtro" in broken["HX-Trigger"]) == (422, True)
    assert enter(cast.carla).post(url, FORM).status_code == 404


def test_who_sees_no_policies_has_no_builder(cast, policy):
    made = policy()
    client = enter(cast.carla)
    for url in ("/policies/new/", f"/policies/{made.pk}/edit/", "/policies/actions/A/?A-treatment=task"):
        assert client.get(url).status_code == 404
    assert client.post("/policies/preview/", FORM).status_code == 404


def test_the_page_of_a_policy_shows_what_it_would_do_and_what_it_changed(cast, people, policy, warehouse):
    people(30)
    made = policy(live=True)
    client = enter(cast.ivo)
    assert "verrebbero trattati" in client.get(f"/policies/{made.pk}/").content.decode()
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    page = client.get(f"/policies/{made.pk}/").content.decode()
    assert "dopo il prossimo carico" in page
    assert "Intervallo al 95 per cento" not in page
    warehouse.load()
    run("policy.measure", {}, cast.ctx("ivo"), target=made)
    page = client.get(f"/policies/{made.pk}/").content.decode()
    assert "dopo il prossimo carico" not in page
    assert "Intervallo al 95 per cento" in page
    assert "ancora da eseguire" in page
