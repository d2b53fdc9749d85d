"""Reports and dashboards as people keep them: questions, never answers."""

from __future__ import annotations

from django.db import models

from anello.core.modules.models import Record

AUDIENCES = [("me", "me"), ("team", "team"), ("all", "all")]


class Shared(Record):
    """Seen by its owner, the owner's team, or everybody; its figures are always those of the reader."""

    name = models.CharField(max_length=120)
    notes = models.TextField(blank=True)
    audience = models.CharField(max_length=8, choices=AUDIENCES, default="me")

    class Meta(Record.Meta):
        abstract = True


class Report(Shared):
    """A question about the records of one module."""

    definition = models.JSONField()

    class Meta(Record.Meta):
        pass


class Dashboard(Shared):
    """Reports side by side."""

    layout = models.JSONField(default=list, blank=True)

    class Meta(Record.Meta):
        pass
