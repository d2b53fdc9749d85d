"""Files attached to records."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Living(models.Manager["Attachment"]):
    """Leaves out what was deleted (and can still be restored)."""

    def get_queryset(self) -> models.QuerySet[Attachment]:
        return super().get_queryset().filter(deleted_at=None)


class Attachment(models.Model):
    """A file of a record; its content is stored once under its SHA-256, whoever attaches it."""

    module = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    content_type = models.CharField(max_length=120)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)

    objects = Living()
    everything = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["module", "record_id", "-id"], name="attachment_of", condition=Q(deleted_at=None))
        ]

    def __str__(self) -> str:
        return self.name
