"""Pairs follow what is merged and taken back elsewhere: on a customer's page, by a program, by an import."""

from __future__ import annotations

from anello.core.actions import Context, run
from anello.core.events import consumer
from anello.core.events.models import Event


@consumer("identity", kinds=["person.merged", "person.unmerged"])
def follow(events: list[Event]) -> None:
    for event in events:
        told = {"merge": event.data["merge"], "people": [event.record_id, *event.data["losers"]], "by": event.actor_id}
        run("identity.follow", {**told, "apart": event.kind == "person.unmerged"}, Context(via="consumer"))
