"""The event log and how far each consumer has followed it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class TransactionId(models.Field[Any, Any]):
    """PostgreSQL's 64-bit transaction id."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return None if value is None else str(value)


class Event(models.Model):
    """A fact: who did what to which record, when, through which door.

    `changes` is {field: [old, new]} in JSON forms; `batch` groups what one gesture did, and is what undo takes back.
    The table is partitioned by month of `at`. `tx` is the writing transaction: ids alone are not commit order.
    """

    id = models.BigAutoField(primary_key=True)
    tx = TransactionId(editable=False)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=80)
    module = models.CharField(max_length=60)
    record_id = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    via = models.CharField(max_length=20)
    batch = models.UUIDField()
    changes = models.JSONField(default=dict)
    data = models.JSONField(default=dict)
    elevated = models.BooleanField(default=False)

    class Meta:
        db_table = "event"

    def __str__(self) -> str:
        return f"{self.kind} {self.module}:{self.record_id}"


class Cursor(models.Model):
    """How far a consumer has come: everything up to (tx, id) is consumed."""

    consumer = models.CharField(max_length=80, primary_key=True)
    tx = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)


class DeadLetter(models.Model):
    """An event that a consumer could not take in after several tries; it can be consumed again by hand."""

    consumer = models.CharField(max_length=80)
    event_id = models.BigIntegerField()
    error = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "event_id"], name="deadletter_once")]
