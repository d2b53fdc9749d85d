"""The timeline: everything said and done with customers, on every channel."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from anello.core.modules.models import Record
from anello.customers.models.customers import Organisation, Person


class Interaction(Record):
    """One moment with a customer. Millions of rows: read newest first through its person or its organisation.

    What was said with a lead has neither until the lead is converted: it hangs on the record it is `about`.

    Rows of channel `system` are a projection of the events of other modules: `event_id` names the event (once each),
    `event_kind` what happened to the record `about`.
    """

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="interactions", db_index=False
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="interactions", db_index=False
    )
    channel = models.CharField(max_length=10)
    direction = models.CharField(max_length=10, default="internal")
    at = models.DateTimeField(default=timezone.now)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    about_module = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    event_id = models.BigIntegerField(null=True, editable=False, unique=True)
    event_kind = models.CharField(max_length=80, blank=True, editable=False)

    class Meta(Record.Meta):
        indexes = [
            models.Index(
                "person", models.F("at").desc(), models.F("id").desc(),
                name="interaction_person", condition=Q(person__isnull=False),
            ),
            models.Index(
                "organisation", models.F("at").desc(), models.F("id").desc(),
                name="interaction_organisation", condition=Q(organisation__isnull=False),
            ),
            models.Index(models.F("at").desc(), models.F("id").desc(), name="interaction_at"),
            models.Index("about_module", "about_id", name="interaction_about", condition=Q(about_id__isnull=False)),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organisation__isnull=False) | Q(about_id__isnull=False),
                name="interaction_with_somebody",
            )
        ]
