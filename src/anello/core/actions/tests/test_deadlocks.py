"""Gestures that wait for each other: the database ends one of them, and it is begun anew."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from anello.core.actions import Context, rules, run
from anello.core.modules import get


@pytest.mark.django_db(transaction=True)
def test_two_gestures_that_wait_for_each_other_both_happen(cast, monkeypatch):
    model = get("organisation").model
    first, second = run("organisation.create", [{"name": "A"}, {"name": "B"}], Context.of(cast.anna))
    other = {first.pk: second.pk, second.pk: first.pk}
    together = threading.Barrier(2, timeout=10)
    met: set[int] = set()
    failures = []

    def cross(ctx, changes):
        """Wants the other's record while holding its own; the first time, only once the other holds it too."""
        (change,) = changes
        if change.record.pk not in met:
            met.add(change.record.pk)
            together.wait()
        model.objects.select_for_update().get(pk=other[change.record.pk])

    monkeypatch.setitem(rules._rules, ("organisation", "after"), [cross])

    def write(pk):
        try:
            run("organisation.update", {"city": f"C{pk}"}, Context.of(cast.anna), target=pk)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[pk]) for pk in other]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert {model.objects.get(pk=pk).city for pk in other} == {f"C{pk}" for pk in other}
