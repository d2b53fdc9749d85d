"""Templates of e-mails, the messages made of them, and the addresses that want none."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from anello.core.modules.models import Record


def new_key() -> str:
    return uuid.uuid4().hex


class EmailTemplate(Record):
    """An e-mail to many: subject and body (MJML) in the languages it speaks, with variables."""

    name = models.CharField(max_length=120)
    subject_it = models.CharField(max_length=200, blank=True)
    body_it = models.TextField(blank=True)
    subject_en = models.CharField(max_length=200, blank=True)
    body_en = models.TextField(blank=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["name"], name="emailtemplate_name", condition=Q(deleted_at=None)),
        ]


class EmailMessage(Record):
    """A template on its way to one person; `key` names the mailing, and nobody gets the same mailing twice."""

    template = models.ForeignKey(EmailTemplate, on_delete=models.PROTECT, related_name="messages")
    person = models.ForeignKey("customers.Person", on_delete=models.PROTECT, related_name="email_messages")
    key = models.CharField(max_length=100, default=new_key, blank=True)
    email = models.CharField(max_length=254, editable=False)
    domain = models.CharField(max_length=254, editable=False)
    language = models.CharField(max_length=5, editable=False)
    subject = models.CharField(max_length=300, editable=False)
    state = models.CharField(max_length=12, default="queued", editable=False)
    reason = models.CharField(max_length=300, blank=True, editable=False)
    """Why it was not sent."""
    decision = models.BigIntegerField(null=True, editable=False)
    message_id = models.CharField(max_length=200, editable=False)
    """The Message-ID (RFC 5322 §3.6.4): the same at every attempt, so that a server can tell a repetition."""
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    clicks = models.PositiveIntegerField(default=0, editable=False)
    links = models.JSONField(default=dict, editable=False)
    """{address: times a person opened it}."""

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index("due_at", "id", name="emailmessage_waiting", condition=Q(state="queued", deleted_at=None)),
            models.Index("domain", "sent_at", name="emailmessage_sent", condition=Q(sent_at__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["key", "person"], name="emailmessage_once")]


class EmailSuppression(Record):
    """An address that gets no mail, whoever has it. Only its SHA-256 is kept, and what lets people recognise it.

    So the wish outlives the erasure of the person without keeping the address.
    """

    email = models.CharField(max_length=254)
    digest = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=12, default="manual")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="emailsuppression_once", condition=Q(deleted_at=None)),
        ]
