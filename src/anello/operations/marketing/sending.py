"""Handing messages to the mail server, each once.

Before a message is handed over its attempt is counted and committed; while it is, its row is locked; when the server
has taken it, `sent` and its events are committed. A process killed on the way leaves it queued, and it is tried again
under the same Message-ID. What remains: killed in the moment between the server's 250 and our commit, the message goes
out twice with the same Message-ID, and it is the receiving server that drops the second, as the larger ones do. SMTP
knows no transaction that spans both sides (RFC 5321 §4.2.5, RFC 1047).
"""

from __future__ import annotations

import datetime as dt
import re
import smtplib
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Count, F, QuerySet
from django.utils import timezone, translation

from anello.core.actions import Context, writing
from anello.customers import personalisation
from anello.kit.text import L
from anello.operations.marketing import links, queries, rendering
from anello.operations.marketing.models import EmailMessage, EmailSuppression

BATCH = 500
CHUNK = 50
ATTEMPTS = 5
MINUTE = dt.timedelta(minutes=1)
_NO_MAILBOX = re.compile(rb"\b5\.1\.(?:1|10)\b")
"""Enhanced status codes (RFC 3463, RFC 7505): there is no such mailbox, or the domain takes no mail."""
CLOSED = L("Il processo di invio si è interrotto più volte.", "Sending it was interrupted several times.")


def waiting(now: dt.datetime | None = None) -> QuerySet[EmailMessage]:
    """Messages whose time has come, the oldest first."""
    due = EmailMessage.objects.filter(state="queued", due_at__lte=now or timezone.now())
    return due.order_by("due_at", "pk")


def run(most: int = BATCH) -> bool:
    """Send what waits, at most so much, no more to a domain than a minute allows; whether something still waits.

    OSError or SMTPException when the server cannot be reached: nothing is lost, and the job tries again.
    """
    if not waiting().exists():
        return False
    sent = _last_minute()
    connection = get_connection()
    connection.open()
    try:
        while most > 0:
            full = [domain for domain, count in sent.items() if count >= settings.EMAIL_DOMAIN_PER_MINUTE]
            chunk = list(waiting().exclude(domain__in=full).values_list("pk", "person_id", "domain")[:CHUNK])
            refused = queries.refusals([person for _, person, _ in chunk], often=False)
            for pk, person, domain in chunk:
                if sent[domain] < settings.EMAIL_DOMAIN_PER_MINUTE:
                    deliver(pk, connection, refused.get(person))
                    sent[domain] += 1
            most -= len(chunk)
            if not chunk:
                break
    finally:
        connection.close()
    return waiting().exists()


def _last_minute() -> Counter[str]:
    recent = EmailMessage.objects.filter(sent_at__gt=timezone.now() - MINUTE).order_by()
    return Counter(dict(recent.values_list("domain").annotate(Count("pk"))))


def deliver(pk: int, connection: Any, refused: L | None) -> None:
    """Send one message, or write down why not."""
    EmailMessage.objects.filter(pk=pk, state="queued").update(attempts=F("attempts") + 1)
    ctx = Context(via="job")
    with writing(ctx):
        locked = EmailMessage.objects.select_for_update(of=("self",), skip_locked=True)
        message = (
            locked.select_related("template", "person__organisation", "person__owner")
            .filter(pk=pk, state="queued")
            .first()
        )
        if message is None:
            return
        ctx.cause = {"decision_id": message.decision} if message.decision else {}
        if refused is not None:
            ctx.put(message, {"state": "suppressed", "reason": str(refused)})
        elif message.attempts > ATTEMPTS:
            ctx.put(message, {"state": "failed", "reason": message.reason or str(CLOSED)})
        else:
            _hand_over(ctx, message, connection)


def _hand_over(ctx: Context, message: EmailMessage, connection: Any) -> None:
    try:
        written(message, connection).send()
    except smtplib.SMTPRecipientsRefused as error:
        ((code, words),) = error.recipients.values()
        _refused(ctx, message, code, words, recipient=True)
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        _refused(ctx, message, error.smtp_code, said if isinstance(said, bytes) else said.encode())
    else:
        ctx.put(message, {"state": "sent", "sent_at": timezone.now(), "reason": ""})
        ctx.emit("email_message.sent", message)


def _refused(ctx: Context, message: EmailMessage, code: int, words: bytes, *, recipient: bool = False) -> None:
    """For good (5xx) or for now (4xx), RFC 5321 §4.2.1."""
    said = f"{code} {words.decode(errors='replace')}"[:300]
    if code < 500:
        last = message.attempts >= ATTEMPTS
        later = {"due_at": timezone.now() + MINUTE * 4**message.attempts}
        ctx.put(message, {"reason": said, **({"state": "failed"} if last else later)})
        return
    ctx.put(message, {"state": "bounced" if recipient else "failed", "reason": said})
    if recipient:
        ctx.emit("email_message.bounced", message, data={"reply": said})
        digest = queries.digest_of(message.email)
        if _NO_MAILBOX.search(words) and not EmailSuppression.objects.filter(digest=digest).exists():
            ctx.create("email_suppression", {"email": message.email, "reason": "bounced"})


def written(message: EmailMessage, connection: Any = None) -> EmailMultiAlternatives:
    """The mail as it goes out: text and HTML, its own links, one-click unsubscription (RFC 2369, RFC 8058)."""
    out = links.unsubscribe_url(message)
    with translation.override(message.language):
        words = rendering.of(message.template, message.language).write(
            personalisation.values(message.person), out, lambda url: links.link_url(message, url)
        )
    mail = EmailMultiAlternatives(
        words.subject,
        words.text,
        to=[message.email],
        connection=connection,
        headers={
            "Message-ID": message.message_id,
            "List-Unsubscribe": f"<{out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(words.html, "text/html")
    return mail
