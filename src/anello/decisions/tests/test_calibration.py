"""What policies changed takes the place of guesses in the calculator of a CRM's worth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from anello.core.actions import Context, run
from anello.core.policies import Actor
from anello.decisions.calibration import levers
from anello.decisions.models import Decision, Turn
from anello.operations.sales.defaults import ensure_defaults

pytestmark = pytest.mark.django_db


def spend(people, total):
    ensure_defaults()
    day = timezone.localdate() - dt.timedelta(days=2)
    rows = [{"person": pk, "date": day, "total": Decimal(total), "status": "confirmed"} for pk in people]
    run("order.create", rows, Context())


@pytest.fixture
def measured(cast, people, policy, warehouse):
    """A policy about 120 lost customers: half of the treated bought for 100, and a tenth of those held out."""
    people(120, phase="churn")
    made = policy(live=True, control_share=40, phases=["churn"])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    at = timezone.now() - dt.timedelta(days=5)
    Decision.objects.update(decided_at=at)
    made.turns.update(at=at)
    for arm, share in (("treatment", 0.5), ("control", 0.1)):
        ids = list(Decision.objects.filter(arm=arm).order_by("pk").values_list("person", flat=True))
        spend(ids[: round(share * len(ids))], "100.00")
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    return made


def test_lost_customers_who_came_back_are_churn_avoided(cast, measured):
    found = {one.lever: one for one in levers(Actor.of(cast.ivo))}["churn"]
    # A half instead of nine tenths stayed away: four ninths fewer.
    assert found.likely == pytest.approx(4 / 9, abs=0.03)
    assert 0 < found.low < found.likely < found.high < 1
    assert "Riconquista" in found.source.it


def test_revenue_beyond_the_control_group_is_told_of_all_customers(cast, measured):
    treated = Decision.objects.filter(arm="treatment").count()
    bought = 100 * Decision.objects.filter(outcome_at__isnull=False).count()
    held = Decision.objects.filter(arm="control")
    extra = 100 * (Decision.objects.filter(arm="treatment", outcome_at__isnull=False).count() - treated * (
        held.filter(outcome_at__isnull=False).count() / held.count()))  # fmt: skip
    found = {one.lever: one for one in levers(Actor.of(cast.ivo))}["cross_sell"]
    assert found.likely == pytest.approx(extra / (bought - extra), abs=1e-4)
    assert found.low < found.likely < found.high


def test_both_sides_are_of_the_customers_whom_the_reader_sees(cast, people, measured, warehouse):
    whole = {one.lever: one.likely for one in levers(Actor.of(cast.bruno))}
    others = people(40, owner=cast.giulia.pk)
    spend([person.pk for person in others], "900.00")
    warehouse.load()
    assert {one.lever: one.likely for one in levers(Actor.of(cast.bruno))} == whole, "Bruno sees none of them"
    moved = Decision.objects.filter(arm="treatment", outcome_at__isnull=False).values_list("person", flat=True)
    run("person.update", {"owner": cast.giulia.pk}, cast.ctx("anna"), target=list(moved))
    warehouse.load()
    found = {one.lever: one.likely for one in levers(Actor.of(cast.bruno))}
    assert found.get("churn", 0) < 0, "of those whom he still sees nobody treated came back"


def test_turns_of_the_last_year_count_whatever_came_before(cast, people, policy, measured, warehouse):
    before = {one.lever: one.likely for one in levers(Actor.of(cast.ivo))}["cross_sell"]
    made = Turn.objects.get()
    long_ago = made.at - dt.timedelta(days=500)
    terms = {"policy": made.policy, "batch": made.batch, "terms": made.terms, "measured_at": made.measured_at}
    Turn.objects.filter(pk=made.pk).update(number=2)
    Turn.objects.create(number=1, at=long_ago, **terms)
    assert {one.lever: one.likely for one in levers(Actor.of(cast.ivo))}["cross_sell"] == before


def test_the_calculator_takes_them_over(client, cast, measured):
    client.force_login(cast.ivo)
    assert "Riconquista" in client.get("/worth/").content.decode()
    churn = next(one for one in levers(Actor.of(cast.ivo)) if one.lever == "churn")
    likely = f"{100 * churn.likely:.1f}"[:2]
    assert f'value="{likely}' in client.get("/worth/?measured=1").content.decode()


def test_nothing_is_said_of_too_few_nor_to_outsiders(cast, people, policy, warehouse):
    people(12, phase="churn")
    made = policy(live=True, control_share=50, phases=["churn"])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    warehouse.load()
    assert levers(Actor.of(cast.ivo)) == []
    assert levers(Actor.of(cast.marta)) == []
