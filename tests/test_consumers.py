"""Consumers that go through the log together read it once, and each of them sees all of it."""

from __future__ import annotations

import pytest

from anello.core.actions import run
from anello.core.events import consumers
from anello.core.events.consumers import Consumer, Shared, step
from anello.core.events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def _people(names: str) -> None:
    run("person.create", [{"last_name": name} for name in names])


def test_each_of_several_consumers_sees_every_event_once_and_in_order(monkeypatch):
    seen: dict[str, list[int]] = {name: [] for name in "abc"}
    asked: list[int] = []

    def reading(tx: int, event_id: int, most: int) -> list[Event]:
        asked.append(event_id)
        return read(tx, event_id, most)

    read = consumers.read
    monkeypatch.setattr(consumers, "read", reading)
    followers = [
        Consumer(name, lambda events, name=name: seen[name].extend(e.pk for e in events), ["person.*"], most)
        for name, most in (("a", 4), ("b", 4), ("c", 3))
    ]
    shared = Shared()
    _people("ABCDEFGHIJ")
    while sum([step(follower, shared) for follower in followers]):
        if len(seen["a"]) == 8:  # while they are on their way, more happens
            _people("KLMNO")
    everything = list(Event.objects.filter(module="person").order_by("tx", "id").values_list("pk", flat=True))
    assert len(everything) == 15
    assert seen == dict.fromkeys("abc", everything)
    assert len(asked) < sum(-(-15 // most) + 1 for most in (4, 4, 3)), "nobody shared anything"
