"""Reports and dashboards as people keep them: questions, never answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from anello.core.modules.models import Record

EVERY = [(name, name) for name in ("daily", "weekly", "monthly")]
FORMATS = [(name, name) for name in ("pdf", "xlsx", "csv")]
WEEKDAYS = [(name, name) for name in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")]
"""As iCalendar writes them (RFC 5545, 3.3.10), in the order of `date.weekday()`."""
ALERTS = [(name, name) for name in ("above", "below", "change")]
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


class ReportMail(Record):
    """A report or dashboard that people get by mail, each with their own figures."""

    report = models.ForeignKey(Report, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    dashboard = models.ForeignKey(Dashboard, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    ready = models.CharField(max_length=60, blank=True)
    """The name of a ready-made dashboard."""
    filters = models.JSONField(default=dict, blank=True)
    """Those of a dashboard, as in its address."""
    every = models.CharField(max_length=8, choices=EVERY, default="weekly")
    weekday = models.CharField(max_length=2, choices=WEEKDAYS, default="MO")
    day = models.PositiveSmallIntegerField(default=1)
    hour = models.PositiveSmallIntegerField(default=7)
    format = models.CharField(max_length=8, choices=FORMATS, default="pdf")
    recipients = models.JSONField(default=list)
    """Ids of people."""
    paused = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta(Record.Meta):
        indexes = [*Record.Meta.indexes, models.Index(fields=["next_at"], name="reports_mail_due")]


class Delivery(models.Model):
    """One mail of one turn to one person: the log."""

    mail = models.ForeignKey(ReportMail, on_delete=models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    turn = models.DateTimeField()
    state = models.CharField(max_length=8, default="waiting")
    """waiting, sent, refused (there is nothing for this person) or failed."""
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail", "user", "turn"], name="reports_delivery_once")]

    def __str__(self) -> str:
        return f"{self.mail_id} {self.user_id} {self.turn:%Y-%m-%d %H:%M}"


class ReportAlert(Record):
    """Its owner wants to hear when the total of a report passes a threshold, or changes by so much."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=ALERTS, default="above")
    threshold = models.DecimalField(max_digits=18, decimal_places=2)
    mail = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    beyond = models.BooleanField(default=False)
    """Past the threshold, as told; it is told again after the figure was back."""
    value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    """Of value and base, where the figure is an amount."""
    base = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    """From which a change is measured: the figure of the last notice, or of the beginning."""
    told_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta(Record.Meta):
        pass
