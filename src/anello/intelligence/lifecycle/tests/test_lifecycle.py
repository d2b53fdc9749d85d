"""The life cycle: phases follow the rules, and say why."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone, translation
from tests.samples import sample

from anello.core.actions import Context, Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import SYSTEM
from anello.intelligence.lifecycle import phases
from anello.intelligence.lifecycle.models import PhaseRule
from anello.intelligence.lifecycle.phases import Draft
from anello.intelligence.lifecycle.rules import defaults, ensure
from anello.intelligence.segments.words import sentence

pytestmark = pytest.mark.django_db
WHO = {
    "never": [], "once": [20], "twice": [200, 20], "often": [300, 200, 100, 20], "gone": [800, 400],
    "late": [130, 120, 110, 100],
}  # fmt: skip


def enter(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def customers(cast, warehouse):
    made = {}
    for name, bought in WHO.items():
        person = run("person.create", {"last_name": name}, cast.ctx("carla"))
        for days in bought:
            day = timezone.localdate() - dt.timedelta(days=days)
            values = {"status": "fulfilled", "total": "10", "date": day}
            sample(get("order"), cast.carla, person=person.pk, organisation=None, **values)
        made[name] = person
    warehouse.load()
    ensure()
    return made


def test_everybody_gets_the_phase_of_the_first_rule_that_fits(customers):
    assert phases.refresh("person") == 5
    found = {}
    for name, person in customers.items():
        person.refresh_from_db()
        found[name] = person.phase
    assert found == {
        "never": "prospect", "once": "first_time", "twice": "renewal", "often": "loyal", "gone": "churn", "late": "churn",
    }  # fmt: skip


def test_a_change_of_phase_is_an_event_with_its_cause(customers):
    phases.refresh("person")
    often = customers["often"]
    often.refresh_from_db()
    assert often.phase_since is not None
    told = Event.objects.get(kind="person.phase_changed", record_id=often.pk)
    assert (told.data["from"], told.data["to"]) == ("prospect", "loyal")
    assert told.data["cause"]["en"] == "bought at least 4 times"
    assert told.data["cause"]["purchases"] == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", "ha acquistato almeno 1 volta o ha opportunità (Esito è uno di Vinta)"),
        ("en", "bought at least 1 time or has opportunities (Outcome is one of Won)"),
    ],
)
def test_a_rule_about_what_is_linked_is_told_whole(language, words):
    definition = dict(defaults("person"))["first_time"]
    with translation.override(language):
        assert sentence(SYSTEM, "person", definition) == words


def test_nothing_changes_twice(customers, warehouse):
    phases.refresh("person")
    assert phases.refresh("person") == 0
    warehouse.load()
    assert phases.refresh("person") == 0


def test_only_the_product_sets_phases(cast, customers):
    change = {"id": customers["never"].pk, "phase": "loyal", "cause": {}}
    with pytest.raises(NotFound):
        run("customers.set_phases", {"module": "person", "changes": [change]}, cast.ctx("anna"))
    assert run("customers.set_phases", {"module": "person", "changes": [change]}, Context()) == 1


def test_an_outlook_counts_who_would_change_and_writes_nothing(cast, customers, warehouse):
    phases.refresh("person")
    warehouse.load()
    everybody = [Draft("loyal", {"behaviour": "purchase", "times": {"gte": 2}}), Draft("prospect", {})]
    found = phases.outlook(cast.actor("ivo"), "person", everybody)
    assert (found.changed, found.phases["loyal"]) == (4, (1, 4))
    assert phases.counts(cast.actor("ivo"), "person")["loyal"] == 1
    assert sum(phases.counts(cast.actor("marta"), "person").values()) == 0


def test_transitions_are_those_since_a_day(cast, customers, warehouse):
    phases.refresh("person")
    warehouse.load()
    found = phases.transitions(cast.actor("ivo"), "person", timezone.localdate() + dt.timedelta(days=1))
    assert found[("loyal", "loyal")] == 1


def test_rules_are_changed_by_analysts_only_and_must_make_sense(cast, customers):
    rule = PhaseRule.objects.get(customer="person", phase="loyal")
    run(
        "phase_rule.update",
        {"definition": {"behaviour": "purchase", "times": {"gte": 2}}},
        cast.ctx("ivo"),
        target=rule.pk,
    )
    with pytest.raises(Invalid):
        run("phase_rule.update", {"definition": {"behaviour": "flight"}}, cast.ctx("ivo"), target=rule.pk)
    assert phases.refresh("person") == 5
    assert phases.counts(cast.actor("ivo"), "person")["prospect"] == 6


def test_the_page_shows_phases_rules_and_transitions(cast, customers, warehouse):
    phases.refresh("person")
    warehouse.load()
    page = enter(cast.ivo).get("/lifecycle/").content.decode()
    assert "almeno 4 volte" in page
    rule = PhaseRule.objects.get(customer="person", phase="loyal")
    form = {"definition": '{"behaviour": "purchase", "times": {"gte": 2}}', "customer": "person"}
    shown = enter(cast.ivo).post(f"/lifecycle/rules/{rule.pk}/preview/", form)
    assert shown.context["outlook"].changed == 1
    assert enter(cast.ivo).post(f"/lifecycle/rules/{rule.pk}/", {**form, "version": rule.version}).status_code == 302
    rule.refresh_from_db()
    assert rule.definition["times"] == {"gte": 2}
    assert enter(cast.marta).get("/lifecycle/").status_code == 404
    assert enter(cast.carla).get(f"/lifecycle/rules/{rule.pk}/").status_code == 404
