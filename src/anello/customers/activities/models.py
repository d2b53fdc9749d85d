"""Calls, meetings and tasks, who takes part in them, and what was already reminded."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from anello.core.modules.models import Record


def new_uid() -> str:
    """A name that calendars all over the world may know an activity by (RFC 7986 §5.3)."""
    return f"{secrets.token_hex(16)}@anello"


class Activity(Record):
    """A call, meeting or task.

    With a `recurrence` it is the master of a series, whose occurrences exist only as moments. An occurrence that
    differs (moved, held, cancelled…) is a row of its own: `series` is its master and `recurrence_id` the moment at
    which the series would have placed it. Deleting that row gives the occurrence back to the series.
    """

    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=10, blank=True)
    priority = models.CharField(max_length=10, default="normal")
    start_at = models.DateTimeField(null=True, blank=True)
    end_at = models.DateTimeField(null=True, blank=True)
    duration = models.PositiveIntegerField(null=True, blank=True)
    all_day = models.BooleanField(default=False)
    due_on = models.DateField(null=True, blank=True)
    direction = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    location = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    person = models.ForeignKey(
        "customers.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    organisation = models.ForeignKey(
        "customers.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    about_module = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    free = models.BooleanField(default=False)
    reminder = models.PositiveIntegerField(null=True, blank=True)
    recurrence = models.CharField(max_length=300, blank=True)
    repeats_until = models.DateTimeField(null=True, editable=False)
    series = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="exceptions")
    recurrence_id = models.DateTimeField(null=True, editable=False)
    time_zone = models.CharField(max_length=60, editable=False, default="")
    done_at = models.DateTimeField(null=True, editable=False)
    uid = models.CharField(max_length=255, default=new_uid, editable=False, db_index=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["start_at"], name="activity_start", condition=Q(deleted_at=None)),
            models.Index(fields=["owner", "start_at"], name="activity_owner_start", condition=Q(deleted_at=None)),
            models.Index(fields=["owner", "due_on"], name="activity_owner_due", condition=Q(deleted_at=None)),
            models.Index(
                fields=["owner", "repeats_until"],
                name="activity_series",
                condition=Q(deleted_at=None) & ~Q(recurrence=""),
            ),
            models.Index(fields=["about_module", "about_id"], name="activity_about", condition=~Q(about_module="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "recurrence_id"], name="activity_exception_once", condition=Q(deleted_at=None)
            ),
            models.CheckConstraint(
                name="activity_ends_after_start",
                condition=Q(start_at=None, end_at=None) | Q(end_at__gte=models.F("start_at")),
            ),
        ]


class Attendee(Record):
    """Somebody invited: a colleague, a customer, or just an e-mail address."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="attendees")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    person = models.ForeignKey(
        "customers.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    response = models.CharField(max_length=12, default="needs_action")
    responded_at = models.DateTimeField(null=True, editable=False)
    notify = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "email"],
                name="attendee_email_once",
                condition=Q(deleted_at=None) & ~Q(email=""),
                violation_error_message=_("Already invited."),
            ),
            models.UniqueConstraint(
                fields=["activity", "person"],
                name="attendee_person_once",
                condition=Q(deleted_at=None),
                violation_error_message=_("Already invited."),
            ),
        ]


class Alarm(models.Model):
    """When an activity (of a series: its next occurrence) must be brought to mind; kept by a rule, used by a job."""

    activity = models.OneToOneField(Activity, primary_key=True, on_delete=models.CASCADE, related_name="alarm")
    moment = models.DateTimeField()
    """When what it reminds of happens."""
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.activity_id} at {self.at}"


class Notice(models.Model):
    """That a person was reminded of an occurrence. The unique row is what makes it happen once."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="notices")
    moment = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "moment", "user"], name="notice_once")]


class Feed(models.Model):
    """The secret address of a person's calendar; only the secret's SHA-256 is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
