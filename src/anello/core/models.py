"""The tables of the core."""

from anello.core.actions.models import IdempotencyKey
from anello.core.events.models import Cursor, DeadLetter, Event

__all__ = ["Cursor", "DeadLetter", "Event", "IdempotencyKey"]
