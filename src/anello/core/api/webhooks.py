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


def wants(webhook: Webhook, event: Event) -> bool:
    """Whether a webhook asks for this kind of event."""
    return any(fnmatchcase(event.kind, kind) for kind in webhook.kinds)


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


def callable_url(text: str) -> httpx.URL:
    """The address to call; httpx.InvalidURL if its name or port cannot be."""
    url = httpx.URL(text)
    if url.port is not None and not 0 < url.port < 2**16:
        raise httpx.InvalidURL(f"Invalid port: {url.port}")
    return url


def addresses(url: httpx.URL) -> list[str]:
    """The IP addresses of the host, each once; Undelivered unless all lie outside our own network (or may lie within).

    Who asks for events must not reach what only this machine can (server-side request forgery).
    """
    try:
        found = socket.getaddrinfo(url.raw_host, url.port or 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Undelivered(str(error)) from error
    ips = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not settings.WEBHOOKS_TO_PRIVATE_NETWORKS and not all(ipaddress.ip_address(ip).is_global for ip in ips):
        raise Undelivered("addresses in private networks are not called")
    return ips


def send(delivery: WebhookDelivery) -> int:
    """POST the event; returns the HTTP status, raises Undelivered when it is not 2xx."""
    webhook = delivery.webhook
    event = Event.objects.get(pk=delivery.event_id)
    content = known(webhook, event)
    if content is None:
        raise Undelivered("the owner may no longer see the record")
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
        status = _post(callable_url(webhook.url), body, headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from error
    if not 200 <= status < 300:
        raise Undelivered(f"HTTP {status}")
    return status


def _post(url: httpx.URL, body: str, headers: dict[str, str]) -> int:
    """The status of the answer of the first address that takes the connection.

    The name is looked up once and the address found is the one called: a second look might lead elsewhere (DNS
    rebinding). The answer's body is not read.
    """
    headers = headers | {"host": url.netloc.decode("ascii")}
    unreached: httpx.TransportError = httpx.ConnectError("the name has no address")
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
        for ip in addresses(url):
            to = url.copy_with(host=ip)
            named = {"sni_hostname": url.raw_host.decode("ascii")}
            try:
                with client.stream("POST", to, content=body, headers=headers, extensions=named) as answer:
                    return answer.status_code
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                unreached = error
    raise unreached
