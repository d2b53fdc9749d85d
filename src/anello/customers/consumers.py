"""The timeline hears of what happens in other areas: whatever their specs declare (`Module.timeline`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from anello.core.actions import Change, Context, engine, writing
from anello.core.actions.rules import settle
from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.modules import Module, Timeline, all_modules, get
from anello.customers.models import Interaction, Person
from anello.customers.module import INTERACTION
from anello.kit.text import normalise


@consumer("timeline")
def enter(events: list[Event]) -> None:
    """One interaction of channel `system` per event and customer it concerns; the same event never twice.

    These rows are a projection of the log, so they are told to nobody again.
    """
    declared = {f"{m.name}.{kind}" for m in all_modules() if m.timeline for kind in m.timeline.kinds}
    by_module: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in declared and not event.data.get("derived"):
            by_module.setdefault(event.module, []).append(event)
    rows = [row for name, some in by_module.items() for row in _rows(get(name), some)]
    employers = dict(
        Person.everything.filter(pk__in={r.person_id for r in rows if not r.organisation_id}).values_list(
            "pk", "organisation"
        )
    )
    for row in rows:
        row.organisation_id = row.organisation_id or employers.get(row.person_id or 0)
    Interaction.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    # Nobody is told, but who counts them counts these too.
    ctx = Context(via="consumer")
    with writing(ctx):
        settle(ctx, INTERACTION, "after", [Change(row) for row in rows])


def _rows(module: Module, events: Iterable[Event]) -> list[Interaction]:
    told = module.timeline
    if told is None:
        return []
    ids = {event.record_id for event in events if event.record_id}
    records = module.model._base_manager.in_bulk(ids)
    rows = []
    for event in events:
        record = records.get(event.record_id)
        person = _customer(module, told.person, record)
        organisation = _customer(module, told.organisation, record)
        if person or organisation:
            rows.append(_row(module, told, event, record, person, organisation))
    return rows


def _customer(module: Module, link: str | None, record: Any) -> int | None:
    return module.field(link).get(record) if link and record is not None else None


def _row(
    module: Module, told: Timeline, event: Event, record: Any, person: int | None, organisation: int | None
) -> Interaction:
    row = Interaction(
        person_id=person,
        organisation_id=organisation,
        channel="system",
        direction="internal",
        at=_moment(told, event, record),
        subject=module.title_of(record)[:300],
        about_module=module.name,
        about_id=record.pk,
        event_id=event.id,
        event_kind=event.kind,
        owner_id=event.actor_id,
        created_by_id=event.actor_id,
        updated_by_id=event.actor_id,
        created_at=event.at,
        updated_at=event.at,
    )
    row.title = row.subject
    row.title_key = normalise(row.title)[:100]
    row.search_text = engine.search_text(INTERACTION, row)
    return row


def _moment(told: Timeline, event: Event, record: Any) -> dt.datetime:
    value = getattr(record, told.at) if told.at and event.kind.endswith(".created") else None
    if isinstance(value, dt.datetime):
        return value
    if value is None or value == timezone.localdate(event.at):
        # What happens today happens now, in its order.
        return event.at
    return timezone.make_aware(dt.datetime.combine(value, dt.time()))
