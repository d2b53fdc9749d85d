"""What a policy changed is measured on the groups that the draw made."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.jobs import forget_jobs

from anello.core.actions import Context, Invalid, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.decisions import effect, execution, jobs, lift, simulation
from anello.decisions.models import Decision
from anello.decisions.tests.conftest import TASK
from anello.operations.sales.defaults import ensure_defaults
from anello.warehouse.hooks import Load

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(cast, people, policy):
    """A policy that decided a while ago, on so many people."""

    def make(count: int, days: int = 5, **values):
        people(count)
        made = policy(live=True, **{"control_share": 50, **values})
        run("policy.decide", {}, cast.ctx("ivo"), target=made)
        at = timezone.now() - dt.timedelta(days=days)
        Decision.objects.update(decided_at=at)
        made.turns.update(at=at)
        return made

    return make


def buy(people, days=2, total="100.00", status="confirmed"):
    """An order of each, so many days ago."""
    ensure_defaults()
    day = timezone.localdate() - dt.timedelta(days=days)
    rows = [{"person": pk, "date": day, "total": Decimal(total), "status": status} for pk in people]
    return run("order.create", rows, Context())


def of(arm):
    return list(Decision.objects.filter(arm=arm).order_by("pk").values_list("person", flat=True))


def test_purchases_within_the_window_are_outcomes_of_either_group(decided, warehouse):
    made = decided(40)
    treated, held = of("treatment"), of("control")
    buy(treated[:6])
    buy(held[:2], total="50.00")
    buy(treated[6:8], days=9)  # before the decision
    buy(treated[8:9], status="draft")  # no purchase
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    found = lift.of_policy(made)
    assert (found.treated.outcomes, found.control.outcomes) == (6, 2)
    assert (found.treated.total, found.control.total) == (600, 100)
    assert found.conversion.low < found.conversion.value < found.conversion.high
    assert found.conversion.value == pytest.approx(6 / len(treated) - 2 / len(held))


def test_a_purchase_taken_back_is_an_outcome_no_more(cast, decided, warehouse):
    made = decided(10)
    (order,) = buy(of("treatment")[:1])
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    assert lift.of_policy(made).treated.outcomes == 1
    run("order.cancel", {}, Context(), target=order)
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    assert lift.of_policy(made).treated.outcomes == 0
    assert run("policy.measure", {}, Context(), target=made) == 0


def test_without_a_warehouse_nothing_is_measured_and_nothing_breaks(decided, warehouse):
    made = decided(10)
    assert run("policy.measure", {}, Context(), target=made) == 0


def test_the_simulation_looks_at_those_who_were_like_that_then(cast, policy, warehouse):
    ensure_defaults()
    now = timezone.now()

    def ctx(days):
        return Context(via="system", now=now - dt.timedelta(days=days))

    def moved(who, city, days):
        run("person.update", {"city": city}, ctx(days), target=who)

    left, stayed = run("person.create", [{"last_name": n, "city": "Torino"} for n in ("Rossi", "Bianchi")], ctx(100))
    moved(left, "Bari", 10)
    buy([left.pk], days=25)
    warehouse.load()
    about_turin = {"field": "city", "op": "is", "value": "Torino"}
    made = policy(phases=[], condition=about_turin, window_days=30, control_share=50)
    found = simulation.windows(made, cast.actor("ivo"), now)
    assert [(one.ago, one.share) for one in found] == [(3, 0), (2, 0), (1, 0.5)], "nobody was there four windows ago"
    assert stayed.pk


def test_nothing_is_said_of_a_turn_before_somebody_looked_and_looking_in_vain_is_no_event(decided, warehouse):
    made = decided(10)
    warehouse.load()
    assert not lift.of_policy(made).treated.count
    jobs.measure(made.pk)
    assert lift.of_policy(made).treated.count == 5
    before = Event.objects.count()
    jobs.measure(made.pk)
    assert Event.objects.count() == before, "an event would bring a load, and a load another look, for ever"


def looked_at(*touched, rebuilt=False):
    """How many policies are looked at after a load that knows something new of these people."""
    forget_jobs()
    jobs.loaded(Load(1, len(touched), rebuilt, 0.0, {"person": frozenset(touched)}))
    return ProcrastinateJob.objects.filter(task_name__endswith="jobs.measure").count()


def test_after_a_load_those_policies_are_looked_at_whose_customers_it_knows_something_new_of(decided):
    made = decided(10)
    assert looked_at() == 1, "nobody has looked yet what came of it"
    made.turns.update(measured_at=timezone.now())
    somebody, stranger = of("control")[0], of("treatment")[-1] + 1_000
    assert (looked_at(), looked_at(stranger), looked_at(stranger, somebody)) == (0, 0, 1)
    forget_jobs()
    jobs.measure_all(0)
    assert not ProcrastinateJob.objects.exists(), "purchases come with loads"


def test_a_turn_of_long_ago_is_looked_at_once_and_by_hand(decided, warehouse):
    made = decided(10, days=400)
    one, two = of("treatment")[:2]
    buy([one], days=390)
    warehouse.load()
    assert looked_at(one) == 1
    jobs.measure(made.pk)
    assert lift.of_policy(made).treated.outcomes == 1
    assert looked_at(one, two) == 0
    Decision.objects.update(outcome_at=None)
    jobs.measure(made.pk)
    assert lift.of_policy(made).treated.outcomes == 0
    run("policy.measure", {}, Context(), target=made)
    assert lift.of_policy(made).treated.outcomes == 1


def test_few_outcomes_have_an_event_each_so_that_nobody_reads_all_decisions(decided, warehouse, monkeypatch):
    made = decided(10)
    buy(of("treatment")[:3])
    warehouse.load()
    told = Event.objects.filter(kind="decision.changed")
    run("policy.measure", {}, Context(), target=made)
    assert sorted(one.record_id for one in told.all()) == sorted(
        Decision.objects.filter(outcome_at__isnull=False).values_list("pk", flat=True)
    )
    told.delete()
    Decision.objects.update(outcome_at=None)
    monkeypatch.setattr("anello.decisions.deciding.FEW", 2)
    monkeypatch.setattr("anello.decisions.outcomes.FEW", 2)
    run("policy.measure", {}, Context(), target=made)
    assert [one.record_id for one in told.all()] == [None]


def test_who_leads_champion_or_challenger_is_said_once_it_can_be_told(decided, warehouse):
    made = decided(200, variants=[{**TASK, "share": 50}, {**TASK, "share": 50}], control_share=10)
    assert effect.challenge(made, lift.split(made, "variant")) is None, "nothing is measured yet"
    made.turns.update(measured_at=timezone.now())
    ids = {letter: [*_treated(letter)] for letter in "AB"}
    _reach(ids["A"][:10] + ids["B"][:13])
    undecided = effect.challenge(made, lift.split(made, "variant"))
    assert "Non si può ancora dire" in undecided.verdict
    assert re.search(r"circa [\d.]+ trattati", undecided.when)
    _reach(ids["B"][:60])
    decided_ = effect.challenge(made, lift.split(made, "variant"))
    assert decided_.verdict.startswith("B, sfidante, è la migliore: B rispetto ad A +")
    assert (decided_.when, decided_.sure) == ("", True)
    _reach(ids["A"])
    assert effect.challenge(made, lift.split(made, "variant")).verdict.startswith(
        "A, in carica, è la migliore: B rispetto ad A −"
    )


def _treated(letter):
    return Decision.objects.filter(arm="treatment", variant=letter).order_by("pk").values_list("pk", flat=True)


def _reach(ids):
    Decision.objects.filter(pk__in=ids).update(outcome_at=timezone.now())


def test_a_course_that_only_one_group_has_gone_so_far_is_no_number_for_the_other(decided):
    made = decided(20, days=10)
    made.turns.update(measured_at=timezone.now())
    Decision.objects.filter(arm="control").update(decided_at=timezone.now() - dt.timedelta(days=3))
    held = effect.course(made)["series"][1]
    assert held["values"][-1] is None
    assert json.loads(json.dumps(held, allow_nan=False)) == held


def test_who_gets_in_touch_is_an_outcome_of_a_policy_that_hopes_for_it(decided, warehouse):
    made = decided(10, outcome="reply")
    said = {"channel": "phone", "subject": "Ha richiamato", "at": timezone.now() - dt.timedelta(days=1)}
    one, two = of("treatment")[:2]
    run("interaction.create", {"person": one, "direction": "in", **said}, Context())
    run("interaction.create", {"person": two, "direction": "out", **said}, Context())
    run("policy.measure", {}, Context(), target=made)
    assert list(Decision.objects.filter(outcome_at__isnull=False).values_list("person", flat=True)) == [one]


def test_a_customer_who_is_decided_on_again_counts_once_with_what_followed_the_first_time(decided, cast, warehouse):
    made = decided(40, days=60, window_days=30, repeat_days=30, measure="revenue")
    treated, held = of("treatment"), of("control")
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    again = dt.timedelta(days=20)
    made.turns.filter(number=2).update(at=timezone.now() - again)
    Decision.objects.filter(turn__number=2).update(decided_at=timezone.now() - again)
    assert Decision.objects.count() == 80
    buy(treated[:6], days=50)
    buy(treated[:6], days=10)  # after the second decision: whose group is no longer one of chance alone
    buy(held[:2], days=10)
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    found = lift.of_policy(made)
    assert (found.treated.count, found.control.count) == (len(treated), len(held))
    assert (found.treated.outcomes, found.treated.total, found.control.outcomes) == (6, 600, 0)
    assert [one.key for one in lift.split(made, "turn")] == ["1"]
    course = effect.course(made)
    assert course["series"][0]["values"][-1] == pytest.approx(100 * 6 / len(treated), abs=0.01)


def test_what_a_policy_does_is_no_outcome_of_it(cast, decided, warehouse):
    made = decided(10, outcome="event", outcome_event="activity.completed")
    execution.perform(made.pk)
    for decision in Decision.objects.filter(arm="treatment"):
        run(
            "activity.complete", {}, cast.ctx("carla"), target=get("activity").model.objects.get(pk=decision.treated_id)
        )
    run("policy.measure", {}, Context(), target=made)
    assert not Decision.objects.filter(outcome_at__isnull=False).exists()


@pytest.mark.parametrize(("event", "count"), [("opportunity.created", 1), ("opportunity.won", 2)])
def test_what_customers_answer_to_it_is(cast, decided, warehouse, event, count):
    """One treated customer comes with an opportunity of their own, another one's is that of the policy."""
    ensure_defaults()
    deal = {"treatment": "opportunity", "parameters": {"name": "Rinnovo", "amount": 100}}
    made = decided(10, outcome="event", outcome_event=event, variants=[deal])
    execution.perform(made.pk)
    first, second = Decision.objects.filter(arm="treatment").order_by("pk")[:2]
    own = run("opportunity.create", {"name": "Idea sua", "person": first.person_id}, cast.ctx("carla"))
    for pk in (own.pk, second.treated_id):
        run("opportunity.win", {}, cast.ctx("carla"), target=get("opportunity").model.objects.get(pk=pk))
    run("policy.measure", {}, Context(), target=made)
    assert Decision.objects.filter(outcome_at__isnull=False).count() == count


def test_an_event_that_areas_tell_may_be_the_outcome(cast, decided, warehouse):
    made = decided(10, outcome="event", outcome_event="activity.completed")
    one = of("treatment")[0]
    task = run("activity.create", {"kind": "task", "subject": "X", "person": one}, cast.ctx("carla"))
    run("activity.complete", {}, cast.ctx("carla"), target=task)
    run("policy.measure", {}, Context(), target=made)
    assert list(Decision.objects.filter(outcome_at__isnull=False).values_list("person", flat=True)) == [one]


def test_lift_is_told_by_phase_and_variant(decided, warehouse):
    made = decided(60, variants=[{**TASK, "share": 50}, {**TASK, "share": 50}])
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    assert [one.key for one in lift.split(made, "phase")] == ["loyal"]
    both = lift.split(made, "variant")
    assert [one.key for one in both] == ["A", "B"]
    assert all(one.control.count for one in both), "each variant has its own control group"


def test_targeting_by_uplift_is_refused_until_the_order_is_shown_to_find_who_reacts(cast, decided, warehouse):
    made = decided(200)
    made.rank = "clv"
    made.save(update_fields=["rank"])
    with pytest.raises(Invalid, match="misurato"):
        run("policy.focus", {"share": 30}, cast.ctx("ivo"), target=made)
    made.turns.update(measured_at=timezone.now())
    for n, pk in enumerate(Decision.objects.order_by("reasons__draw").values_list("pk", flat=True)):
        Decision.objects.filter(pk=pk).update(score=n % 10)
    with pytest.raises(Invalid, match="zero"):
        run("policy.focus", {"share": 30}, cast.ctx("ivo"), target=made)
    now = timezone.now()
    Decision.objects.filter(arm="treatment", score__gte=7).update(outcome_at=now)
    assert run("policy.focus", {"share": 30}, cast.ctx("ivo"), target=made).focus == 30


def test_whether_the_order_finds_who_reacts_is_looked_at_in_a_sample_of_both_groups(cast, decided, monkeypatch):
    made = decided(200, control_share=20)
    Decision.objects.update(score=1)
    made.turns.update(measured_at=timezone.now())
    monkeypatch.setattr(lift, "MOST_SCORED", 40)
    assert lift.curve(made) is not None, "the lowest draws are those of the held out alone"


def test_customers_merged_afterwards_count_once_and_come_back_when_split(cast, decided, warehouse):
    made = decided(10)
    one, two = of("treatment")[:2]
    made.turns.update(measured_at=timezone.now())
    whole = lift.of_policy(made)
    run("person.merge", {"losers": [two]}, cast.ctx("bruno"), target=one)
    buy([one])
    warehouse.load()
    run("policy.measure", {}, Context(), target=made)
    merged = lift.of_policy(made)
    assert (merged.treated.count, merged.treated.outcomes) == (whole.treated.count - 1, 1)
    merge = Event.objects.get(kind="person.merged").data["merge"]
    run("person.unmerge", {"merge": merge}, cast.ctx("bruno"), target=one)
    assert lift.of_policy(made).treated.count == whole.treated.count


def test_the_effect_is_told_by_the_segments_of_the_moment_of_the_decision(cast, people, policy):
    made = people(30)
    before, after = (
        run("segment.create", {"name": name, "customer": "person", "kind": "static"}, cast.ctx("ivo"))
        for name in ("Prima", "Dopo")
    )
    run("segment.add", {"ids": [one.pk for one in made[:12]]}, cast.ctx("ivo"), target=before.pk)
    decided = policy(live=True, control_share=50)
    run("policy.decide", {}, cast.ctx("ivo"), target=decided)
    run("segment.add", {"ids": [one.pk for one in made[12:]]}, cast.ctx("ivo"), target=after.pk)
    decided.turns.update(measured_at=timezone.now())
    [within] = lift.split(decided, "segment")
    assert (within.key, within.treated.count + within.control.count) == (str(before.pk), 12)
    arms = Decision.objects.filter(person__in=made[:12]).values_list("arm", flat=True)
    assert list(arms).count("control") == within.control.count
    assert "Prima" in [row.label for row in effect.rows(decided, cast.actor("ivo"), lift.split(decided, "variant"))]
    assert "Prima" not in [
        row.label for row in effect.rows(decided, cast.actor("marta"), lift.split(decided, "variant"))
    ]
