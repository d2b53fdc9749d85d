"""Delivering to webhooks, again and again until it works or a day is over."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from anello.core.api import webhooks
from anello.core.api.models import WebhookDelivery

ATTEMPTS = 9
"""The first at once, then after 4, 16, 64 s … about a day in all."""


@app.task(queue="webhooks", retry=RetryStrategy(max_attempts=ATTEMPTS - 1, exponential_wait=4), pass_context=True)
def deliver(context: JobContext, delivery: int) -> None:
    """Deliver once; a failure is recorded and raised, so that the job is tried again."""
    found = WebhookDelivery.objects.select_related("webhook").filter(pk=delivery, webhook__active=True).first()
    if found is None or found.status == "delivered":
        return
    try:
        status = webhooks.send(found)
    except webhooks.Undelivered as error:
        last = context.job.attempts + 1 >= ATTEMPTS
        _note(found, status="failed" if last else "waiting", error=str(error)[:400])
        raise
    _note(found, status="delivered", answer=status, error="", delivered_at=timezone.now())


def _note(delivery: WebhookDelivery, **values: Any) -> None:
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        attempts=F("attempts") + 1, updated_at=timezone.now(), **values
    )
