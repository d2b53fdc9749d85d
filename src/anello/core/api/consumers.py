"""The event log feeds the webhooks."""

from __future__ import annotations

from anello.core.api import webhooks
from anello.core.api.jobs import deliver
from anello.core.api.models import Webhook, WebhookDelivery
from anello.core.events import consumer
from anello.core.events.models import Event
from anello.core.jobs import enqueue


@consumer("webhooks")
def tell(events: list[Event]) -> None:
    """A delivery and its job for every webhook that wants an event and whose owner may know of it."""
    active = list(Webhook.objects.filter(active=True))
    for event in events:
        if event.module in ("webhook", "webhook_delivery"):
            continue
        for webhook in active:
            if webhooks.wants(webhook, event) and webhooks.known(webhook, event) is not None:
                delivery, created = WebhookDelivery.objects.get_or_create(
                    webhook=webhook,
                    event_id=event.pk,
                    defaults={"kind": event.kind, "title": f"{event.kind} {event.pk}"},
                )
                if created:
                    enqueue(deliver, delivery=delivery.pk)
