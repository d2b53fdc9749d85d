"""Decisions are carried out once each, whatever happens to the process that does it."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter

import pytest
from django.db import OperationalError, connection
from tests import processes

from anello.core.actions import Context, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.decisions import execution
from anello.decisions.models import Decision, Policy
from anello.decisions.tests.conftest import CALL, TASK

WORKER = """
import sys, django
django.setup()
from anello.decisions import execution
{more}
print("ready", flush=True)
while execution.perform(int(sys.argv[1]), most=20).more:
    pass
"""
BROKEN = """
# The negative control: the treatment is committed before the decision knows of it, and death falls in between.
import os, signal
from django.db import connection
from anello.core.actions.models import IdempotencyKey
from anello.core.actions.context import Context
put, calls = Context.put, []
def late(self, record, values):
    calls.append(1)
    if len(calls) == 5:
        IdempotencyKey.objects.all().delete()
        connection.cursor().execute("COMMIT")
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, record, values)
Context.put = late
"""


def activities():
    return get("activity").model.objects


@pytest.mark.django_db
def test_a_task_reaches_the_owner_and_its_events_name_the_decision(cast, people, policy):
    people(10)
    made = policy(live=True, description="Da tempo non compra.")
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    done = execution.perform(made.pk)
    treated = Decision.objects.filter(arm="treatment")
    assert done.executed == treated.count() == activities().count()
    for decision in treated:
        task = activities().get(pk=decision.treated_id)
        assert (task.owner, task.person_id) == (cast.carla, decision.person_id)
        assert "Riconquista" in task.description
        told = Event.objects.get(kind="activity.created", record_id=task.pk)
        assert told.data["decision_id"] == decision.pk


@pytest.mark.django_db
def test_what_changed_since_the_decision_is_respected(cast, people, policy):
    one, two, gone = people(3, reachable=True)
    made = policy(live=True, control_share=1, variants=[CALL], ask=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert execution.perform(made.pk) == execution.Done()  # nothing is done before it is approved
    no_more = {"person": one.pk, "purpose": "phone", "status": "withdrawn", "source": "phone"}
    run("consent.create", no_more, Context())
    run("person.delete", None, cast.ctx("bruno"), target=gone)
    run("policy.approve_all", {}, cast.ctx("bruno"), target=made)
    execution.perform(made.pk)
    states = dict(Decision.everything.values_list("person", "state"))
    assert (states[one.pk], states[two.pk]) == ("skipped", "executed")
    assert states[gone.pk] != "executed"
    assert Decision.objects.get(person=one).reasons["why_not"]["it"]


@pytest.mark.django_db
def test_the_owner_of_a_customer_approves_or_refuses_single_decisions(cast, people, policy):
    people(2)
    made = policy(live=True, control_share=1, ask=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    first, second = Decision.objects.filter(state="proposed").order_by("pk")
    run("decision.approve", {}, cast.ctx("carla"), target=first)
    run("decision.reject", {"note": "L'ho sentito ieri"}, cast.ctx("carla"), target=second)
    execution.perform(made.pk)
    assert sorted(Decision.objects.values_list("state", flat=True)) == ["executed", "skipped"]


@pytest.mark.django_db
def test_one_treatment_that_breaks_does_not_stop_the_others(cast, people, policy, monkeypatch):
    people(6)
    made = policy(live=True, control_share=1)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    apply, calls = execution.treatments.apply, []

    def breaks_once(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("a bug")
        return apply(*arguments)

    monkeypatch.setattr(execution.treatments, "apply", breaks_once)
    done = execution.perform(made.pk)
    assert (done.failed, done.executed) == (1, Decision.objects.filter(arm="treatment").count() - 1)


@pytest.mark.django_db
def test_when_the_approver_loses_the_right_the_policy_is_paused_and_what_was_decided_waits(cast, people, policy):
    people(4)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    before = sorted(Decision.objects.values_list("state", flat=True))
    cast.bruno.roles.clear()
    assert execution.perform(made.pk) == execution.Done()
    assert not activities().exists()
    assert sorted(Decision.objects.values_list("state", flat=True)) == before
    paused = Policy.objects.get()
    assert (paused.status, "non può più" in paused.note) == ("paused", True)
    run("policy.resume", {}, cast.ctx("anna"), target=made)
    assert execution.perform(made.pk).executed == before.count("approved")


@pytest.mark.django_db
def test_customers_that_the_approver_may_not_edit_any_more_are_left_alone(cast, people, policy):
    away, _ = people(2)
    made = policy(live=True, control_share=1, ask=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    run("person.update", {"owner": cast.giulia.pk}, cast.ctx("anna"), target=away)  # of a team that is none of Bruno's
    assert run("policy.approve_all", {}, cast.ctx("bruno"), target=made) == 1
    assert Decision.objects.get(person=away).state == "proposed"
    assert run("policy.approve_all", {}, cast.ctx("anna"), target=made) == 1
    assert execution.perform(made.pk) == execution.Done(executed=1, skipped=1)
    left = Decision.objects.get(person=away)
    assert (left.state, "modificare" in left.reasons["why_not"]["it"]) == ("skipped", True)


@pytest.mark.django_db
def test_a_deadlock_is_no_fault_of_the_treatment_and_the_decision_waits(cast, people, policy, monkeypatch):
    people(2)
    made = policy(live=True, control_share=1)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    with monkeypatch.context() as broken:
        broken.setattr(execution.treatments, "apply", raises(OperationalError("deadlock detected")))
        with pytest.raises(OperationalError):
            execution.perform(made.pk)
    assert set(Decision.objects.values_list("state", flat=True)) == {"approved"}
    assert execution.perform(made.pk).executed == 2


def raises(error):
    def function(*arguments):
        raise error

    return function


@pytest.mark.django_db(transaction=True)
def test_two_policies_at_once_do_not_contact_anybody_once_too_often(cast, people, policy, monkeypatch):
    people(1, reachable=True)
    both = [policy(live=True, name=name, contacts=1, control_share=1, variants=[CALL]) for name in ("Uno", "Due")]
    run("policy.decide", {}, cast.ctx("ivo"), target=both[0])
    Decision.objects.update(state="skipped")
    run("policy.decide", {}, cast.ctx("ivo"), target=both[1])
    Decision.objects.update(state="approved")
    apply, inside, go_on = execution.treatments.apply, threading.Event(), threading.Event()

    def waits(*arguments):
        done = apply(*arguments)
        inside.set()
        assert go_on.wait(20)
        return done

    monkeypatch.setattr(execution.treatments, "apply", waits)
    found = []

    def work(pk):
        found.append(execution.perform(pk))
        connection.close()

    first, second = (threading.Thread(target=work, args=[made.pk]) for made in both)
    first.start()
    assert inside.wait(20)
    second.start()
    second.join(0.5)
    go_on.set()
    first.join()
    second.join()
    assert sorted((done.executed, done.skipped) for done in found) == [(0, 1), (1, 0)]


def worker(pk, more=""):
    return processes.start("-c", WORKER.format(more=more), str(pk))


def doubles():
    """Customers that got more than one task, and those treated without one."""
    tasks = Counter(activities().values_list("person", flat=True))
    treated = set(Decision.objects.filter(arm="treatment").values_list("person", flat=True))
    return [pk for pk in {*tasks, *treated} if tasks[pk] != 1]


@pytest.mark.django_db(transaction=True)
def test_killed_workers_do_every_decision_exactly_once(cast, people, policy):
    people(150)
    made = policy(live=True, control_share=5)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    dice = random.Random(7)
    total = left = Decision.objects.filter(state="approved").count()
    for _ in range(3):
        two = [worker(made.pk) for _ in range(2)]
        for process in two:
            process.stdout.readline()
        while Decision.objects.filter(state="approved").count() == left and two[0].poll() is None:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.1)
        for process in two:
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = Decision.objects.filter(state="approved").count()
    assert 0 < left < total, "the kills must fall into the work to prove anything"
    assert worker(made.pk).wait() == 0
    assert not Decision.objects.filter(state="approved").exists()
    assert doubles() == []


@pytest.mark.django_db(transaction=True)
def test_the_count_sees_a_decision_that_is_done_twice(cast, people, policy):
    people(20)
    made = policy(live=True, variants=[TASK])
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    assert worker(made.pk, BROKEN).wait() == -signal.SIGKILL
    worker(made.pk).wait()
    assert len(doubles()) == 1
