"""The life of a policy: made by an analyst, approved by a manager, running within its limits."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from anello.core.actions import Context, Denied, Invalid, NotFound, run
from anello.core.inbox.models import Notice
from anello.core.modules import get
from anello.decisions import execution, explaining, simulation
from anello.decisions.models import Decision, Policy
from anello.decisions.tests.conftest import CALL, TASK

pytestmark = pytest.mark.django_db


def test_an_analyst_builds_and_simulates_but_a_manager_starts(cast, people, policy):
    people(20)
    made = policy()
    with pytest.raises(Invalid):
        run("policy.start", {}, cast.ctx("ivo"), target=made)  # not simulated yet
    run("policy.simulate", {}, cast.ctx("ivo"), target=made)
    with pytest.raises(Invalid, match="approvazione"):
        run("policy.start", {}, cast.ctx("ivo"), target=made)
    run("policy.request_approval", {}, cast.ctx("ivo"), target=made)
    assert Notice.objects.filter(user=cast.bruno, kind="policy").exists()
    with pytest.raises(Invalid, match="approvazione"):
        run("policy.approve", {}, cast.ctx("ivo"), target=made)
    live = run("policy.approve", {}, cast.ctx("bruno"), target=made)
    assert (live.status, live.approved_by_id) == ("live", cast.bruno.pk)


def test_a_simulation_decides_nothing_and_says_what_it_would_do(cast, people, policy):
    people(40)
    made = policy()
    found = run("policy.simulate", {}, cast.ctx("ivo"), target=made).simulation
    assert found["candidates"] == 40
    assert found["treated"]["A"] + found["held"] == 40
    assert found["held"] > 0
    assert not Decision.objects.exists()


def test_a_preview_while_one_types_leaves_the_past_to_the_simulation(cast, people, policy, warehouse):
    people(4)
    made = policy()
    shown = simulation.preview(made, cast.actor("ivo"), timezone.now())
    assert (shown.outlook.candidates, shown.past, shown.unknown) == (4, [], "")
    assert run("policy.simulate", {}, cast.ctx("ivo"), target=made).simulation["unknown"], "there is no warehouse"


def test_a_turn_decides_what_the_simulation_foretold(cast, people, policy):
    people(60)
    made = policy(live=True, variants=[{**TASK, "cost": 2}])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    turn = made.turns.get()
    foretold = Policy.objects.get(pk=made.pk).simulation
    assert (turn.treated, turn.held) == (foretold["treated"]["A"], foretold["held"])
    assert turn.cost == 2 * turn.treated
    assert Decision.objects.filter(arm="control", state="held").count() == turn.held


def test_the_draw_of_a_customer_is_the_same_in_every_turn(cast, people, policy):
    people(30)
    made = policy(live=True, contacts=9, repeat_days=30)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    first = dict(Decision.objects.values_list("person", "arm"))
    Decision.objects.update(decided_at="2026-01-01T00:00:00Z")
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    second = dict(Decision.objects.filter(turn__number=2).values_list("person", "arm"))
    assert second == first


def test_a_customer_is_decided_once_unless_the_policy_says_again(cast, people, policy):
    people(10)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    people(1)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    last = made.turns.get(number=2)
    assert last.treated + last.held == 1
    assert last.blocked == [
        {
            "reason": "again",
            "it": "Questa politica ha già deciso per loro",
            "en": "This policy has decided on them already",
            "count": 10,
        }
    ]


def test_only_customers_that_the_approver_may_edit_are_decided_on(cast, people, policy):
    people(5)
    people(5, owner=cast.giulia.pk)  # of a team that is none of Bruno's
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert set(Decision.objects.values_list("owner", flat=True)) == {cast.carla.pk}


def test_who_has_not_agreed_is_left_out_of_both_groups(cast, people, policy):
    willing, _, revoked = people(3)
    for person, status in ((willing, "given"), (revoked, "given"), (revoked, "withdrawn")):
        values = {"person": person.pk, "purpose": "phone", "status": status, "source": "form"}
        run("consent.create", values, Context())
    made = policy(live=True, consent="phone")
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert list(Decision.objects.values_list("person", flat=True)) == [willing.pk]
    assert made.turns.get().blocked[0]["reason"] == "consent"


def test_the_cap_on_contacts_counts_those_of_all_policies(cast, people, policy):
    people(20, reachable=True)
    one, two = (policy(live=True, name=name, contacts=1, variants=[CALL]) for name in ("Uno", "Due"))
    run("policy.decide", {}, cast.ctx("ivo"), target=one)
    treated = set(Decision.objects.filter(arm="treatment").values_list("person", flat=True))
    run("policy.decide", {}, cast.ctx("ivo"), target=two)
    decided = set(Decision.objects.filter(policy=two).values_list("person", flat=True))
    assert decided
    assert decided.isdisjoint(treated)


def test_what_a_policy_decided_counts_against_the_cap_in_both_of_its_groups(cast, people, policy):
    people(20, reachable=True)
    made = policy(live=True, variants=[CALL], contacts=1, contact_days=30, window_days=7, repeat_days=7)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    Decision.objects.update(decided_at=timezone.now() - dt.timedelta(days=8))
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    turn = made.turns.get(number=2)
    assert (turn.treated, turn.held) == (0, 0), "else who was treated would be left out, and who was held out not"
    assert [(one["reason"], one["count"]) for one in turn.blocked] == [("frequency", 20)]
    Decision.objects.update(decided_at=timezone.now() - dt.timedelta(days=31))
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert made.turns.get(number=3).held > 0


def test_capacity_is_per_owner_and_day_over_all_turns(cast, people, policy):
    people(20)
    people(20, owner=cast.dario.pk)
    made = policy(live=True, capacity=4)
    for _ in range(2):
        run("policy.decide", {}, cast.ctx("ivo"), target=made)
    given = Decision.objects.filter(arm="treatment").values_list("owner", flat=True)
    assert sorted(given) == sorted([cast.carla.pk] * 4 + [cast.dario.pk] * 4)


def test_a_policy_never_costs_more_than_its_budget(cast, people, policy):
    people(30)
    made = policy(live=True, budget=25, variants=[{**TASK, "cost": 10}])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    people(30)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert Decision.objects.filter(arm="treatment").count() == 2


def test_limits_cut_both_groups_at_the_same_place(cast, people, policy):
    people(300)
    made = policy(live=True, control_share=50, budget=50, variants=[{**TASK, "cost": 1}])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    turn = made.turns.get()
    assert turn.treated == 50
    assert 25 < turn.held < 100


def test_champion_and_challenger_share_the_treated(cast, people, policy):
    people(200)
    made = policy(live=True, variants=[{**TASK, "share": 70}, {**CALL, "share": 30}])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    # Nobody has a phone number: who cannot be called is left out of the task's group as well.
    assert made.turns.get().treated == 0
    people(200, reachable=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    found = Decision.objects.filter(arm="treatment")
    assert 85 < found.filter(variant="A").count() < 140
    assert found.filter(variant="B").exists()
    assert Decision.objects.filter(arm="control", variant="B").exists()


LIMITS = {
    "ask": True, "budget": 10_000, "capacity": 500, "contacts": 9, "contact_days": 1, "repeat_days": 60,
    "schedule": "daily",
}  # fmt: skip


def test_terms_of_a_running_policy_stay_and_its_limits_change_on_authority(cast, people, policy):
    made = policy(live=True)
    for name in ("ivo", "bruno"):
        with pytest.raises(Invalid, match="in corso"):
            run("policy.update", {"phases": ["churn"]}, cast.ctx(name), target=made)
    for name, value in LIMITS.items():
        with pytest.raises(Invalid) as error:
            run("policy.update", {name: value}, cast.ctx("ivo"), target=made)
        assert list(error.value.errors) == [name]
    assert run("policy.update", LIMITS, cast.ctx("bruno"), target=made).status == "live"
    run("policy.update", {"description": "Perché", "priority": 10}, cast.ctx("ivo"), target=made)


@pytest.mark.parametrize("change", [{"phases": ["churn"]}, {"budget": 10_000}])
@pytest.mark.parametrize("waiting", [False, True])
def test_changing_a_policy_that_was_simulated_makes_it_a_draft_again(cast, people, policy, change, waiting):
    made = policy()
    run("policy.simulate", {}, cast.ctx("ivo"), target=made)
    if waiting:
        run("policy.request_approval", {}, cast.ctx("ivo"), target=made)
    assert run("policy.update", change, cast.ctx("ivo"), target=made).status == "draft"


def test_pausing_stops_what_is_decided_and_resuming_goes_on(cast, people, policy):
    people(10)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    execution.perform(made.pk, most=2)
    run("policy.pause", {}, cast.ctx("ivo"), target=made)
    assert execution.perform(made.pk) == execution.Done()
    with pytest.raises(Invalid):
        run("policy.decide", {}, cast.ctx("ivo"), target=made)
    run("policy.resume", {}, cast.ctx("bruno"), target=made)
    execution.perform(made.pk)
    assert not Decision.objects.filter(state="approved").exists()


def test_a_policy_ends_for_good(cast, people, policy):
    people(10)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    run("policy.end", {}, cast.ctx("ivo"), target=made)
    assert not Decision.objects.filter(state="approved").exists()
    for decision in Decision.objects.filter(state="skipped"):
        assert "conclusa" in str(explaining.reasons(decision, cast.actor("carla"))[-1])
    with pytest.raises(Invalid):
        run("policy.resume", {}, cast.ctx("bruno"), target=made)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"control_share": 0}, "control_share"),
        ({"variants": [{"treatment": "nothing"}]}, "variants.A.treatment"),
        ({"variants": [{"treatment": "task", "parameters": {}}]}, "variants.A.subject"),
        ({"variants": [{**TASK, "share": 50}, {**TASK, "share": 40}]}, "variants"),
        ({"condition": {"field": "nothing"}}, "condition"),
        ({"outcome": "event", "outcome_event": "person.created"}, "outcome_event"),
        ({"outcome": "event", "outcome_event": "email_message.clicked", "customer": "organisation"}, "outcome_event"),
        ({"window_days": 30, "repeat_days": 29}, "repeat_days"),
        ({"outcome": "reply", "measure": "revenue"}, "measure"),
    ],
)
def test_terms_that_make_no_sense_are_errors_at_their_field(cast, values, field):
    with pytest.raises(Invalid) as error:
        run("policy.create", {"name": "X", **values}, cast.ctx("ivo"))
    assert field in error.value.errors


def test_a_policy_without_an_action_cannot_be_simulated(cast):
    made = run("policy.create", {"name": "X"}, cast.ctx("ivo"))
    with pytest.raises(Invalid) as error:
        run("policy.simulate", {}, cast.ctx("ivo"), target=made)
    assert "variants" in error.value.errors


def test_salespeople_see_no_policies_but_the_decisions_on_their_customers(cast, people, policy):
    people(4)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    with pytest.raises(NotFound):
        run("policy.update", {"name": "Y"}, cast.ctx("carla"), target=made)
    from anello.core.policies import visible

    for name, count in (("carla", 4), ("dario", 0), ("marta", 0), ("ivo", 4)):
        assert Decision.objects.filter(visible(cast.actor(name), "decision")).count() == count


def test_nobody_makes_or_deletes_decisions_by_hand(cast, people, policy):
    people(2)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    with pytest.raises((Invalid, Denied)):
        run("decision.create", {}, cast.ctx("carla"))
    with pytest.raises(Invalid):
        run("decision.delete", {}, cast.ctx("anna", elevated=True), target=Decision.objects.first())
    with pytest.raises(Invalid):
        run("policy.delete", {}, cast.ctx("ivo"), target=made)


def test_a_segment_says_whom_a_policy_means(cast, people, policy):
    one, *_ = people(5)
    chosen = run("segment.create", {"name": "Scelti", "customer": "person", "kind": "static"}, cast.ctx("ivo"))
    run("segment.add", {"ids": [one.pk]}, cast.ctx("ivo"), target=chosen)
    made = policy(live=True, phases=[], segment=chosen.pk)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert list(Decision.objects.values_list("person", flat=True)) == [one.pk]
    assert "È nel segmento «Scelti»" in _reasons(cast.actor("ivo"))
    with pytest.raises(Invalid) as error:
        policy(customer="organisation", segment=chosen.pk)
    assert "segment" in error.value.errors


def _reasons(actor):
    return [str(line) for line in explaining.reasons(Decision.objects.get(), actor)]


LECCE, BARI = ({"field": "city", "op": "is", "value": name} for name in ("Lecce", "Bari"))
CALLED = {"field": "first_name", "op": "is", "value": "Ada"}


def test_alternatives_are_told_as_such(cast, people, policy):
    people(1, city="Bari", first_name="Ada")
    made = policy(live=True, phases=[], control_share=1, condition={"all": [{"any": [LECCE, BARI]}, CALLED]})
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    told = [line for line in _reasons(cast.actor("ivo")) if line.startswith("Vale")]
    assert told == ["Vale: Città è Lecce o Città è Bari", "Vale: Nome è Ada"]


def test_reasons_do_not_tell_what_the_reader_may_not_see(cast, people, policy):
    people(1, city="Bari", first_name="Ada")
    made = policy(live=True, control_share=1, condition={"any": [{"all": [BARI, CALLED]}, LECCE]})
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert "Bari" in "".join(_reasons(cast.actor("carla")))
    for role in cast.carla.roles.all():
        role.fields = {"person": {"city": "hidden", "phase": "hidden"}}
        role.save()
    told = "".join(_reasons(cast.actor("carla")))
    assert "Bari" not in told
    assert "fase" not in told
    assert "Bari" in "".join(_reasons(cast.actor("ivo")))


def test_numbers_in_reasons_are_written_in_the_language_of_the_words(cast, people, policy):
    people(1)
    made = policy(live=True, control_share=12.5)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    (drawn,) = (line for line in explaining.reasons(Decision.objects.get(), cast.actor("ivo")) if "100" in str(line))
    assert "12,5" in drawn.it
    assert "12.5" in drawn.en


def test_who_is_expected_to_bring_most_comes_first(cast, people, policy):
    found = people(10)
    for n, person in enumerate(found):
        get("standing").model.objects.create(person=person, clv=n)
    made = policy(live=True, rank="clv", budget=3, control_share=1, variants=[{**TASK, "cost": 1}])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    treated = Decision.objects.filter(arm="treatment").order_by("-score").values_list("person", "score")
    assert {pk for pk, _ in treated} <= {person.pk for person in found[-4:]}
    assert treated[0][1] >= 8
