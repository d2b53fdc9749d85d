"""Segments, who is and was in them, and how large they were."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from anello.core.modules.models import Record

DYNAMIC, STATIC = "dynamic", "static"


class Segment(Record):
    """A set of people or organisations: by a definition, or chosen one by one."""

    name = models.CharField(max_length=120)
    customer = models.CharField(max_length=20, default="person")
    kind = models.CharField(max_length=10, default=DYNAMIC)
    definition = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    refreshed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)


class SegmentMember(Record):
    """Somebody in a segment. Who leaves it keeps the row, as one that is deleted since `left_at`."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey("customers.Person", null=True, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey("customers.Organisation", null=True, on_delete=models.CASCADE, related_name="+")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        # Found by its customer or its segment, never by words of its own.
        indexes = [models.Index(fields=["segment", "-joined_at", "id"], name="segmentmember_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", link], condition=Q(deleted_at=None), name=f"segmentmember_one_{link}"
            )
            for link in ("person", "organisation")
        ] + [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="segmentmember_of_one",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, deleted_at=None) | Q(left_at__isnull=False, deleted_at__isnull=False),
                name="segmentmember_left",
            ),
        ]


class Size(models.Model):
    """How many were in a segment at the end of a day, how many had come and gone since the day before."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    day = models.DateField()
    count = models.IntegerField()
    joined = models.IntegerField()
    left = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_of_day")]
