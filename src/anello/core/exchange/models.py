"""Imports: how files are mapped, how far each run has come, which rows it refused."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ImportMapping(models.Model):
    """A mapping saved by name, for the next file of the same kind; `feeds` is a `mapping.Mapping` as JSON."""

    module = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    feeds = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "name"], name="importmapping_name")]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One file on its way into the database.

    `position` counts the data rows that are done; it moves in the transaction that writes them, so a run that is
    killed anywhere goes on exactly where it was. `worker` is the process that holds the run, and `heartbeat_at` when
    it last said so. `batch` is the gesture of all its events, by which it is undone.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        UNDOING = "undoing"
        UNDONE = "undone"

    module = models.CharField(max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    sheet = models.CharField(max_length=200, blank=True)
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    header = models.JSONField(default=list)
    mapping = models.CharField(max_length=80, blank=True)
    feeds = models.JSONField(default=dict)
    duplicates = models.CharField(max_length=10, default="skip")
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    rehearsal = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    batch = models.UUIDField(default=uuid.uuid4)
    worker = models.UUIDField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone = models.JSONField(default=dict)
    undo_before = models.BigIntegerField(null=True)
    """Undo goes backwards: events from this id on are taken back already."""

    class Meta:
        indexes = [
            models.Index(fields=["module", "-id"], name="importrun_module"),
            models.Index(
                fields=["heartbeat_at"],
                name="importrun_alive",
                condition=models.Q(status__in=["queued", "running", "undoing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ExportRun(models.Model):
    """A file being made for one person: what they asked for, and how far it is (`done` of `total` records).

    `query` is {filter, words, sort, fields} as the list had them; what they may export is asked when the file is made.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    module = models.CharField(max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=4)
    query = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.module}.{self.form}"


class RowError(models.Model):
    """A row that was refused: its cells as they were, and {column: [messages]} ("" is the row as a whole)."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="errors")
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    messages = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="rowerror_once")]
