"""The digest by mail, and forgetting what was read long ago."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from anello.core.inbox.models import Notice
from anello.core.jobs import enqueue, job, periodic
from anello.core.modules import get

HOUR = 7
"""The hour of the day, where the person lives, at which the digest leaves."""
MONDAY = 0
KEPT = dt.timedelta(days=90)
MOST = 50


@periodic("5 * * * *", queue="mail")
def digests(timestamp: int) -> None:
    """Every hour: send their digest to those for whom it is seven in the morning."""
    now = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    people = get("user").model._default_manager.filter(is_active=True, preferences__digest__in=["daily", "weekly"])
    for person in people:
        if due(person, now):
            enqueue(digest, user=person.pk, unique=f"digest:{person.pk}")


def due(person: Any, now: dt.datetime) -> bool:
    """Whether the person's digest leaves in this hour."""
    local = now.astimezone(ZoneInfo(person.time_zone))
    return local.hour == HOUR and (person.preferences["digest"] == "daily" or local.weekday() == MONDAY)


@job(queue="mail", retry=5)
def digest(user: int) -> None:
    """Mail a person the unread notices that no mail has told yet; none, no mail."""
    person: Any = get("user").model._default_manager.get(pk=user)
    with transaction.atomic():
        waiting = Notice.objects.select_for_update().filter(user=person, read_at=None, emailed_at=None)
        notices = list(waiting.order_by("-pk"))
        if not notices:
            return
        Notice.objects.filter(pk__in=[n.pk for n in notices]).update(emailed_at=timezone.now())
        with translation.override(person.language):
            subject = ngettext("%(number)d thing for you", "%(number)d things for you", len(notices))
            text = render_to_string(
                "inbox/digest.txt",
                {
                    "person": person,
                    "notices": notices[:MOST],
                    "more": len(notices) - MOST,
                    "base": settings.BASE_URL,
                },
            )
        # Sent last: when the mail server refuses, nothing is marked and the job tries again.
        send_mail(subject % {"number": len(notices)}, text, None, [person.email])


@periodic("40 3 * * *")
def forget(timestamp: int) -> None:
    """Every night: delete notices that were read more than 90 days ago."""
    horizon = dt.datetime.fromtimestamp(timestamp, dt.UTC) - KEPT
    Notice.objects.filter(read_at__lt=horizon).delete()
