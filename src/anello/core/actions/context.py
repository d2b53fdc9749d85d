"""What an action runs in: who, through which door, and everything it has written so far."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from anello.core.events.models import Event
from anello.core.modules import Module, by_model, get
from anello.core.policies import SYSTEM, Actor


@dataclass(eq=False)
class Change:
    """A record about to be written, or just written: its values before (empty for a new one) and what changed."""

    record: Any
    before: dict[str, Any] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    @property
    def new(self) -> bool:
        return not self.before

    def touches(self, *names: str) -> bool:
        """Whether the record is new or one of the fields changed."""
        return self.new or not self.changed.isdisjoint(names)


@dataclass(eq=False)
class Context:
    """One gesture of one actor.

    `via` is the door (`ui`, `api`, `import`, `cli`, `job`, `consumer`, `system`); `batch` names the gesture, so that
    it can be undone as a whole; `cause` is what made it happen, and stands in the `data` of each of its events. Within
    a running action, `create`, `update`, `delete` and `restore` write through the same engine on the action's own
    authority: they validate and tell, but ask no second policy question.
    """

    actor: Actor = SYSTEM
    via: str = "system"
    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    now: dt.datetime = field(default_factory=timezone.now)
    cause: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list, repr=False)
    depth: int = 0

    @classmethod
    def of(cls, user: Any, via: str = "ui", *, elevated: bool = False) -> Context:
        return cls(actor=Actor.of(user, elevated=elevated), via=via)

    @property
    def user(self) -> Any:
        return self.actor.user

    def emit(
        self,
        kind: str,
        record: Any = None,
        *,
        changes: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an event; it is written with the others when the action ends."""
        # In the order of the columns: Django makes a record three times faster by position than by name.
        values: list[Any] = [
            None,  # id
            None,  # tx
            self.now,
            kind,
            by_model(record.__class__).name if record is not None else kind.partition(".")[0],
            record.pk if record is not None else None,
            getattr(record, "version", None),
            self.actor.id,
            self.via,
            self.batch,
            dict(changes or {}),
            {**(data or {}), **self.cause},
            self.actor.elevated,
        ]
        self.events.append(Event(*values))  # type: ignore[misc]

    def create(self, module: str, values: Mapping[str, Any]) -> Any:
        from anello.core.actions import engine

        return engine.create(self, get(module), [values])[0]

    def create_many(self, module: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        from anello.core.actions import engine

        return engine.create(self, get(module), rows)

    def update(self, record: Any, values: Mapping[str, Any]) -> Any:
        from anello.core.actions import engine

        return engine.update(self, self._module(record), [(record, values)])[0]

    def put(self, record: Any, values: Mapping[str, Any]) -> Any:
        """Update that may set readonly fields too: for what the product itself decides (a status, a number)."""
        from anello.core.actions import engine

        return engine.update(self, self._module(record), [(record, values)], verb="put")[0]

    def delete(self, *records: Any) -> None:
        from anello.core.actions import engine

        if records:
            engine.delete(self, self._module(records[0]), records)

    def restore(self, *records: Any) -> None:
        from anello.core.actions import engine

        if records:
            engine.restore(self, self._module(records[0]), records)

    @staticmethod
    def _module(record: Any) -> Module:
        return by_model(type(record))
