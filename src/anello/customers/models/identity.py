"""Who is the same as whom: probable duplicates, and what a merge did so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class DuplicatePair(models.Model):
    """Two records of a module that may be one; `first_id` is the lower id, `reasons` the keys of `duplicates.REASONS`.

    A pair that somebody dismissed is never proposed again.
    """

    OPEN, MERGED, DISMISSED = "open", "merged", "dismissed"

    module = models.CharField(max_length=60)
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    score = models.FloatField()
    reasons = ArrayField(models.CharField(max_length=20))
    status = models.CharField(max_length=10, default=OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "first_id", "second_id"], name="duplicatepair_once"),
            models.CheckConstraint(
                condition=models.Q(first_id__lt=models.F("second_id")), name="duplicatepair_in_order"
            ),
        ]
        indexes = [
            models.Index("module", models.F("score").desc(), "id", name="duplicatepair_open",
                         condition=models.Q(status="open")),
            models.Index("second_id", name="duplicatepair_second"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.module}:{self.first_id}={self.second_id}"


class DuplicateScan(models.Model):
    """How far the search for duplicates has come: all that changed before `until` is compared."""

    module = models.CharField(max_length=60, primary_key=True)
    until = models.DateTimeField()


class MergeRecord(models.Model):
    """What one merge changed.

    `survivor_fields`: {field: [before, after]} in JSON forms; `moves`: [{model, columns, loser, ids}], the rows whose
    columns pointed to the loser and now point to the survivor; `added`: the contact points made from values of the
    losers that found no room in the survivor.
    """

    module = models.CharField(max_length=60)
    survivor_id = models.BigIntegerField()
    loser_ids = ArrayField(models.BigIntegerField())
    survivor_fields = models.JSONField(default=dict)
    moves = models.JSONField(default=list)
    added = ArrayField(models.BigIntegerField(), default=list)
    batch = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index("module", "survivor_id", name="mergerecord_survivor")]

    def __str__(self) -> str:
        return f"{self.module}:{self.survivor_id}<-{self.loser_ids}"
