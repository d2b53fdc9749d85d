"""What a policy changed is measured on the groups that the draw made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.jobs import forget_jobs

from anello.core.actions import Context, Invalid, run
from anello.core.events.models import Event
from anello.decisions import effect, jobs, lift, simulation
from anello.decisions.models import Decision
from anello.decisions.tests.conftest import TASK
from anello.operations.sales.defaults import ensure_defaults

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(cast, people, policy):
    """A policy that decided a while ago, on so many people."""

    def make(count: int, days: int = 5, **values):
        people(count)
        made = policy(live=True, control_share=50, **values)
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


def test_a_turn_of_long_ago_is_looked_at_once(decided, warehouse):
    made = decided(10, days=400)
    warehouse.load()

    def waiting():
        jobs.measure_all(0)
        return ProcrastinateJob.objects.filter(task_name__endswith="jobs.measure").count()

    assert waiting() == 1
    jobs.measure(made.pk)
    forget_jobs()
    assert waiting() == 0


def test_who_gets_in_touch_is_an_outcome_of_a_policy_that_hopes_for_it(decided, warehouse):
    made = decided(10, outcome="reply")
    said = {"channel": "phone", "subject": "Ha richiamato", "at": timezone.now() - dt.timedelta(days=1)}
    one, two = of("treatment")[:2]
    run("interaction.create", {"person": one, "direction": "in", **said}, Context())
    run("interaction.create", {"person": two, "direction": "out", **said}, Context())
    run("policy.measure", {}, Context(), target=made)
    assert list(Decision.objects.filter(outcome_at__isnull=False).values_list("person", flat=True)) == [one]


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
    assert "Prima" in [row.label for row in effect.rows(decided, cast.actor("ivo"))]
    assert "Prima" not in [row.label for row in effect.rows(decided, cast.actor("marta"))]
