"""What every record has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.base import ModelState
from django.utils import timezone


class Living(models.Manager[Any]):
    """Leaves out what was deleted (and can still be restored)."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(deleted_at=None)


class Record(models.Model):
    """A record of a Module. Only actions write it.

    `title` is what links and search show, `title_key` its normal form for sorting, `search_text` the normal form of
    the searched fields; `version` grows with every change (optimistic locking).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300, editable=False, default="")
    title_key = models.CharField(max_length=100, editable=False, default="")
    search_text = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = Living()
    everything = models.Manager()

    class Meta:
        abstract = True
        # Foreign keys resolve through the plain manager: a link to a deleted record still has a title.
        base_manager_name = "everything"
        indexes = [
            models.Index(fields=["title_key", "id"], name="%(class)s_title", condition=Q(deleted_at=None)),
            models.Index(fields=["updated_at", "id"], name="%(class)s_updated", condition=Q(deleted_at=None)),
            models.Index(fields=["owner", "updated_at", "id"], name="%(class)s_owner", condition=Q(deleted_at=None)),
            models.Index(fields=["team", "updated_at", "id"], name="%(class)s_team", condition=Q(deleted_at=None)),
            models.Index(fields=["deleted_at", "id"], name="%(class)s_bin", condition=Q(deleted_at__isnull=False)),
            GinIndex(Func(F("search_text"), function="anello_document"), name="%(class)s_words"),
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="%(class)s_trigrams"),
        ]

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are of a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """By name: while rows are on their way, administrators give the model columns and take some from it."""
        record = cls.__new__(cls)
        vars(record).update(zip(field_names, values, strict=True))
        record._state = ModelState()
        record._state.adding, record._state.db = False, db
        return record

    def __str__(self) -> str:
        return self.title
