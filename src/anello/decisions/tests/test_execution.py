"""Decisions are carried out once each, whatever happens to the process that does it."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest
from tests import processes

from anello.core.actions import Context, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.decisions import execution
from anello.decisions.models import Decision
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
def test_when_the_approver_loses_the_right_nothing_more_is_done(cast, people, policy):
    people(4)
    made = policy(live=True)
    run("policy.decide", {}, cast.ctx("ivo"), target=made)
    cast.bruno.roles.clear()
    assert execution.perform(made.pk).executed == 0
    assert not activities().exists()


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
