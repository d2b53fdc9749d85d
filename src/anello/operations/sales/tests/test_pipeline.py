"""Opportunities along their pipelines, and leads to whom they belong."""

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import Invalid, NotFound, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.operations.sales import queries

pytestmark = pytest.mark.django_db


def fresh(record):
    return type(record).everything.get(pk=record.pk)


def stage(name):
    return get("stage").model.objects.get(name_it=name)


@pytest.fixture
def deal(house, customer):
    return run(
        "opportunity.create",
        {"name": "Trapani", "organisation": customer.pk, "amount": "1000"},
        house.ctx("carla"),
    )


def test_a_new_opportunity_starts_at_the_beginning(deal):
    assert (str(deal.pipeline), str(deal.stage), deal.status) == ("Nuovi clienti", "Primo contatto", "open")
    assert (deal.probability, str(deal.expected), deal.forecast) == (10, "100.00", "pipeline")
    assert deal.stale_at == deal.stage_since + dt.timedelta(days=14)


def test_probability_and_expected_value_follow_the_stage(house, deal):
    run("opportunity.move", {"stage": stage("Proposta").pk}, house.ctx("carla"), target=deal.pk)
    now = fresh(deal)
    assert (now.probability, str(now.expected), now.forecast) == (50, "500.00", "best_case")
    run("opportunity.update", {"probability": "60"}, house.ctx("carla"), target=deal.pk)
    assert str(fresh(deal).expected) == "600.00"


def test_a_stage_of_another_pipeline_is_refused(house, deal):
    with pytest.raises(Invalid) as caught:
        run("opportunity.move", {"stage": stage("In scadenza").pk}, house.ctx("carla"), target=deal.pk)
    assert set(caught.value.errors) == {"stage"}


def test_changing_the_pipeline_starts_again(house, deal):
    renewals = get("pipeline").model.objects.get(name_it="Rinnovi")
    run("opportunity.update", {"pipeline": renewals.pk}, house.ctx("carla"), target=deal.pk)
    assert str(fresh(deal).stage) == "In scadenza"


def test_lost_wants_a_reason_and_reopening_forgets_it(house, deal):
    with pytest.raises(Invalid) as caught:
        run("opportunity.update", {"stage": stage("Persa").pk}, house.ctx("carla"), target=deal.pk)
    assert set(caught.value.errors) == {"lost_reason"}
    run("opportunity.lose", {"lost_reason": "price"}, house.ctx("carla"), target=deal.pk)
    lost = fresh(deal)
    assert (lost.status, lost.probability, lost.stale_at) == ("lost", 0, None)
    assert lost.closed_at is not None
    run("opportunity.reopen", None, house.ctx("carla"), target=deal.pk)
    again = fresh(deal)
    assert (again.status, again.lost_reason, again.closed_at, str(again.stage)) == ("open", "", None, "Trattativa")
    kinds = Event.objects.filter(module="opportunity", record_id=deal.pk).values_list("kind", flat=True)
    assert {"opportunity.lost", "opportunity.reopened"} <= set(kinds)


def test_a_move_taken_back_brings_its_moments_back(house, deal):
    before = fresh(deal)
    gesture = house.ctx("carla")
    run("opportunity.win", None, gesture, target=deal.pk)
    run("undo", {"batch": gesture.batch}, house.ctx("carla"))
    after = fresh(deal)
    for name in ("stage_id", "status", "probability", "expected", "stage_since", "stale_at", "closed_at", "forecast"):
        assert getattr(after, name) == getattr(before, name), name


def test_lines_make_the_amount(house, deal, drill):
    run("opportunity_line.create", {"opportunity": deal.pk, "product": drill.pk, "quantity": 3}, house.ctx("carla"))
    assert str(fresh(deal).amount) == "300.00"
    with pytest.raises(Invalid) as caught:
        run("opportunity.update", {"amount": "5"}, house.ctx("carla"), target=deal.pk)
    assert set(caught.value.errors) == {"amount"}


def test_deals_that_stand_still_are_stale_until_they_move(house, deal):
    late = timezone.now() + dt.timedelta(days=15)
    assert list(queries.stale(house.actor("carla"), now=late)) == [deal]
    assert list(queries.stale(house.actor("dario"), now=late)) == []
    assert list(queries.stale(house.actor("carla"))) == []
    run("opportunity.move", {"stage": stage("Proposta").pk}, house.ctx("carla"), target=deal.pk)
    assert list(queries.stale(house.actor("carla"), now=late)) == []


def test_a_stage_that_becomes_more_patient_forgives(house, deal):
    first = stage("Primo contatto")
    run("stage.update", {"stale_days": 90}, house.ctx("bruno"), target=first.pk)
    assert fresh(deal).stale_at == deal.stage_since + dt.timedelta(days=90)


def test_nobody_else_moves_my_deal(house, deal):
    for who in ("dario", "marta"):
        with pytest.raises(NotFound):
            run("opportunity.move", {"stage": stage("Vinta").pk}, house.ctx(who), target=deal.pk)


# Leads


def new_lead(house, who="anna", via="api", **values):
    return fresh(run("lead.create", {"last_name": "Neri", **values}, house.ctx(who, via)))


def team(name):
    return get("team").model.objects.get(name=name)


def assignment(house, **values):
    return run("assignment_rule.create", {"name": "Regola", **values}, house.ctx("bruno"))


def test_leads_go_round_in_turn(house):
    assignment(house, strategy="round_robin", sales_team=team("Vendite").pk)
    owners = [new_lead(house).owner for _ in range(4)]
    assert owners == [house.bruno, house.carla, house.dario, house.bruno]


def test_leads_go_to_who_has_least(house):
    for _ in range(3):
        run("lead.create", {"last_name": "Mio"}, house.ctx("carla"))
    assignment(house, strategy="load", sales_team=team("Vendite").pk)
    owners = [lead.owner for lead in run("lead.create", [{"last_name": "x"}] * 4, house.ctx("anna", "import"))]
    assert owners.count(house.carla) == 0
    assert {owners.count(house.bruno), owners.count(house.dario)} == {2}


def test_leads_go_to_their_territory_by_condition(house):
    run(
        "territory.create",
        {"name": "Lombardia", "provinces": ["MI", "BG"], "salesperson": house.carla.pk},
        house.ctx("bruno"),
    )
    assignment(house, position=1, strategy="territory")
    assignment(
        house,
        position=0,
        strategy="person",
        salesperson=house.dario.pk,
        condition='{"field": "source", "op": "in", "value": ["partner"]}',
    )
    assert new_lead(house, province="mi").owner == house.carla
    assert new_lead(house, province="MI", source="partner").owner == house.dario
    assert new_lead(house, province="NA").owner == house.anna


def test_who_enters_or_names_an_owner_keeps_the_choice(house):
    assignment(house, strategy="person", salesperson=house.dario.pk)
    assert new_lead(house, "carla", via="ui").owner == house.carla
    assert new_lead(house, "anna", owner=house.carla.pk).owner == house.carla
    assert new_lead(house, "anna").owner == house.dario


def test_a_lead_is_handed_over_and_its_team_follows(house):
    lead = new_lead(house, "carla", via="ui")
    run("lead.assign", {"owner": house.dario.pk}, house.ctx("bruno"), target=lead.pk)
    assert fresh(lead).team == house.dario.team
    with pytest.raises(NotFound):
        run("lead.update", {"city": "Bari"}, house.ctx("carla"), target=lead.pk)


def test_a_condition_that_is_no_filter_is_refused(house):
    for condition in ("{", "[1]", '{"field": "nothing", "value": 1}'):
        with pytest.raises(Invalid):
            assignment(house, strategy="person", salesperson=house.dario.pk, condition=condition)


def test_a_lead_needs_a_name(house):
    with pytest.raises(Invalid) as caught:
        run("lead.create", {"email": "x@example.com"}, house.ctx("carla"))
    assert set(caught.value.errors) == {"last_name"}
