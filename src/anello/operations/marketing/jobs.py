"""Sending what waits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from anello.core.jobs import enqueue, job, periodic
from anello.core.modules import get
from anello.operations.marketing import rendering, sending
from anello.operations.marketing.models import EmailTemplate
from anello.operations.marketing.samples import sample

PAUSE = dt.timedelta(seconds=10)


@job(queue="mail", retry=5, lock="marketing")
def send_waiting() -> None:
    """One sender in the whole system, so that what a domain gets in a minute is counted in one place."""
    if sending.run():
        wake(timezone.now() + PAUSE)


def wake(at: dt.datetime | None = None) -> None:
    """Have what waits sent, once the current transaction is over."""
    enqueue(send_waiting, unique="marketing", at=at)


@periodic("*/5 * * * *")
def send_late(timestamp: int) -> None:
    """What is tried again later, and what a crash left behind."""
    if sending.waiting().exists():
        wake()


@job(queue="mail", retry=3)
def mail_test(template: int, user: int, language: str) -> None:
    """A template to a colleague, written to an invented customer."""
    to: Any = get("user").model._default_manager.get(pk=user)
    compiled = rendering.of(EmailTemplate.objects.get(pk=template), language)
    with translation.override(language):
        written = compiled.write(sample(to), unsubscribe="#")
        subject = _("Test: %(subject)s") % {"subject": written.subject}
    mail = EmailMultiAlternatives(subject, written.text, to=[to.email])
    mail.attach_alternative(written.html, "text/html")
    mail.send()
