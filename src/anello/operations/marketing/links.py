"""The signed addresses in a mail: leaving, and links that are followed; and who counts as a person."""

from __future__ import annotations

import datetime as dt
import re

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from anello.operations.marketing.models import EmailMessage

LEAVE, FOLLOW = "marketing.unsubscribe", "marketing.link"
AT_ONCE = dt.timedelta(seconds=5)
_MACHINE = re.compile(
    r"bot|crawl|spider|scan|preview|fetch|proxy|monitor|python|curl|wget|java/|go-http|okhttp|headless|libwww|axios",
    re.IGNORECASE,
)


def unsubscribe_url(message: EmailMessage) -> str:
    """Where the recipient leaves; the signature is the permission, for ever, as the law wants it."""
    return settings.BASE_URL + reverse("marketing:unsubscribe", args=[signing.dumps(message.pk, salt=LEAVE)])


def leaving(token: str) -> EmailMessage | None:
    """The message whose recipient leaves; None if the address was not made by us."""
    try:
        pk = signing.loads(token, salt=LEAVE)
    except signing.BadSignature:
        return None
    return EmailMessage.everything.select_related("person").filter(pk=pk).first()


def link_url(message: EmailMessage, url: str) -> str:
    """The address that leads to `url` and tells us; signed, so that it leads nowhere else."""
    return settings.BASE_URL + reverse(
        "marketing:link", args=[signing.dumps([message.pk, url], salt=FOLLOW, compress=True)]
    )


def following(token: str) -> tuple[int, str] | None:
    """(message, address) of a link; None if it was not made by us."""
    try:
        pk, url = signing.loads(token, salt=FOLLOW)
    except signing.BadSignature:
        return None
    return pk, url


def by_a_person(request: HttpRequest, message: EmailMessage) -> bool:
    """Whether somebody chose to open the link.

    Not counted: anything but GET; what says that it prefetches; what a browser fetches other than by going there
    (Fetch metadata, W3C); programs that say what they are; and what comes within seconds of sending, as scanners of
    incoming mail do. A scanner that drives a real browser later than that is taken for a person.
    """
    headers = request.headers
    purposes = (headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"))
    agent = headers.get("User-Agent", "")
    return (
        request.method == "GET"
        and not any("prefetch" in one or "preview" in one for one in purposes)
        and headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and headers.get("Sec-Fetch-Dest", "document") == "document"
        and bool(agent)
        and not _MACHINE.search(agent)
        and message.sent_at is not None
        and timezone.now() - message.sent_at > AT_ONCE
    )
