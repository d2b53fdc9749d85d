"""How often callers call, and who is told about events."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from anello.core.modules.models import Record


def new_secret() -> str:
    """A signing secret in the form of Standard Webhooks: `whsec_` and 24 random bytes in base64."""
    import base64

    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class Rate(models.Model):
    """The theoretical arrival time of a caller's next request (generic cell rate algorithm)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    arrival = models.DateTimeField()

    class Meta:
        db_table = "api_rate"


class Webhook(Record):
    """An address that is told about events its owner may see."""

    name = models.CharField(max_length=120)
    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=80), default=list)
    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        pass


class WebhookDelivery(Record):
    """One event for one webhook, and how its delivery went."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    status = models.CharField(max_length=12, default="waiting")
    attempts = models.PositiveIntegerField(default=0)
    answer = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="webhookdelivery_once")]
