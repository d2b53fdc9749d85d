"""Telling webhooks: who wants an event, what they may know of it, and the signed request.

Signature and headers follow Standard Webhooks: `webhook-signature: v1,base64(HMAC-SHA256(id.timestamp.body))`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils import timezone

from anello.core.accounts.models import User
from anello.core.api.models import Webhook, WebhookDelivery
from anello.core.api.records import event_json
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.modules.registry import names
from anello.core.policies import Actor, visible

TIMEOUT = 10.0
"""Seconds to wait for an answer."""


class Undelivered(Exception):
    """The webhook did not take it; it is tried again."""


def wanting(event: Event) -> list[Webhook]:
    """The active webhooks that ask for this kind of event."""
    return [w for w in Webhook.objects.filter(active=True) if any(fnmatchcase(event.kind, kind) for kind in w.kinds)]


def known(webhook: Webhook, event: Event) -> dict[str, Any] | None:
    """The event as the webhook's owner may know it; None if the record is hidden from them."""
    if webhook.owner_id is None or event.module not in names():
        return None
    actor, module = Actor.of(User.objects.get(pk=webhook.owner_id)), get(event.module)
    records = getattr(module.model, "everything", module.model._default_manager)
    if not records.filter(visible(actor, module), pk=event.record_id).exists():
        return None
    return event_json(actor, module, event)


def signature(secret: str, identifier: str, timestamp: int, body: str) -> str:
    """`v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return (
        "v1," + base64.b64encode(hmac.digest(key, f"{identifier}.{timestamp}.{body}".encode(), hashlib.sha256)).decode()
    )


def refused(url: str) -> bool:
    """Whether the address leads into our own network (server-side request forgery), where nothing is told."""
    if settings.WEBHOOKS_TO_PRIVATE_NETWORKS:
        return False
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Undelivered(str(error)) from error
    return not all(ipaddress.ip_address(entry[4][0]).is_global for entry in found)


def send(delivery: WebhookDelivery) -> int:
    """POST the event; returns the HTTP status, raises Undelivered when it is not 2xx."""
    webhook = delivery.webhook
    event = Event.objects.get(pk=delivery.event_id)
    content = known(webhook, event)
    if content is None:
        raise Undelivered("the owner may no longer see the record")
    if refused(webhook.url):
        raise Undelivered("addresses in private networks are not called")
    body = json.dumps({"type": event.kind, "timestamp": event.at.isoformat(), "data": content}, default=str)
    identifier, now = f"evt_{event.pk}_{webhook.pk}", int(timezone.now().timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": "Anello-Webhooks/1",
        "webhook-id": identifier,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(webhook.secret, identifier, now, body),
    }
    try:
        answer = httpx.post(webhook.url, content=body, headers=headers, timeout=TIMEOUT, follow_redirects=False)
    except httpx.HTTPError as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from error
    if not answer.is_success:
        raise Undelivered(f"HTTP {answer.status_code}")
    return answer.status_code
