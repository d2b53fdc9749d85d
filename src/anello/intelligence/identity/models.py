"""Pairs of people who may be one, on which terms the product merges by itself, and how the search is getting on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from anello.core.modules.models import Record

PROPOSED, AUTOMATIC, MERGED, APART, UNDONE = "proposed", "automatic", "merged", "apart", "undone"


class IdentityPair(Record):
    """Two people and the probability that they are one.

    `reasons`: [{comparison, level, bits}], the weightiest first; `merge` is the number of the merge in customers;
    `reviewed` when somebody decided it as they came to it by lot. One that was decided keeps its figures; one that was
    kept apart, or whose merge was taken back, is not proposed again.
    """

    person = models.ForeignKey("customers.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey("customers.Person", on_delete=models.CASCADE, related_name="+")
    probability = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    weight = models.DecimalField(max_digits=7, decimal_places=3, default=0)
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, default=PROPOSED)
    reviewed = models.BooleanField(default=False)
    found_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    merge = models.BigIntegerField(null=True, db_index=True)
    model = models.ForeignKey("value.ModelRun", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta(Record.Meta):
        # Found by its people or its state, never by words of its own.
        indexes = [
            models.Index(fields=["person", "id"], name="identitypair_person"),
            models.Index(fields=["state", "-probability", "id"], name="identitypair_state"),
            models.Index(fields=["decided_by", "-decided_at"], name="identitypair_decided"),
        ]
        constraints = [
            models.UniqueConstraint(Least("person", "other"), Greatest("person", "other"), name="identitypair_once"),
            # Two people who were merged stay two in their pair, so that the merge can be taken back.
            models.CheckConstraint(condition=~models.Q(person=models.F("other")), name="identitypair_of_two"),
        ]


class Terms(models.Model):
    """One row: from which probability on pairs are proposed; whether, from which on and how surely they merge alone."""

    review = models.DecimalField(max_digits=5, decimal_places=2, default=50)
    automatic = models.BooleanField(default=False)
    threshold = models.DecimalField(max_digits=5, decimal_places=2, default=99)
    precision = models.DecimalField(max_digits=5, decimal_places=2, default=99)


class Progress(models.Model):
    """One row: the step of the search at work (empty: none), since when, and why the last one failed."""

    step = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=500, blank=True)
