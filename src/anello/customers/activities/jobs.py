"""Bringing activities to mind, and the mail that goes with them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from anello.core.inbox import notify
from anello.core.jobs import enqueue, job, periodic
from anello.core.modules import get
from anello.customers.activities import alarms, invitations
from anello.customers.activities.models import Activity, Attendee, Notice
from anello.kit.text import L


@periodic("* * * * *")
def remind(timestamp: int) -> None:
    """Every minute: tell people of what is about to happen."""
    while deliver(timezone.now()):
        pass


def deliver(now: dt.datetime) -> int:
    """Tell people of the next alarms that are due, once each; returns how many alarms were taken.

    The notice, what the person reads and the alarm's next moment are one transaction: a crash repeats all or nothing.
    """
    with transaction.atomic():
        taken, notices = alarms.due(now)
        people: dict[int, Any] = get("user").model._default_manager.in_bulk({n.user_id for n in notices})
        activities = Activity.objects.in_bulk({n.activity_id for n in notices})
        for told in notices:
            person, activity = people[told.user_id], activities[told.activity_id]
            url = f"/activities/{activity.pk}/"
            notify([person], _sentence(activity, told, person), kind="reminder", url=url)
            if person.preferences.get("reminders") == "email":
                enqueue(mail_reminder, notice=told.pk)
        return taken


def _sentence(activity: Activity, told: Notice, person: Any) -> L:
    local = told.moment.astimezone(ZoneInfo(person.time_zone))
    today = timezone.now().astimezone(local.tzinfo).date() == local.date()
    if activity.start_at is None or activity.all_day:
        return L(f"{local:%d/%m} · {activity.subject}", f"{local:%d/%m} · {activity.subject}")
    if today:
        return L(f"Alle {local:%H:%M}: {activity.subject}", f"At {local:%H:%M}: {activity.subject}")
    at = f"{local:%d/%m %H:%M}"
    return L(f"{at}: {activity.subject}", f"{at}: {activity.subject}")


@job(queue="mail", retry=5)
def mail_reminder(notice: int) -> None:
    """The reminder as mail, for those who want it so."""
    told = Notice.objects.select_related("activity", "user").get(pk=notice)
    with translation.override(told.user.language):
        text = f"{_sentence(told.activity, told, told.user)}\n\n{settings.BASE_URL}/activities/{told.activity_id}/\n"
        subject = _one_line(_("Reminder: %(subject)s") % {"subject": told.activity.subject})
        send_mail(subject, text, None, [told.user.email])


def _one_line(text: str) -> str:
    # A line break in a header would be refused, and rightly.
    return " ".join(text.split())


@job(queue="mail", retry=5)
def mail_invitation(attendee: int, method: Literal["REQUEST", "CANCEL"]) -> None:
    """Send an attendee the invitation, its change or its end as a calendar message (RFC 5546)."""
    to = Attendee.everything.select_related("activity__owner", "activity__series", "user", "person").get(pk=attendee)
    activity: Activity = to.activity
    sender: Any = activity.owner
    language = getattr(to.user, "language", "") or getattr(to.person, "language", "") or sender.language
    zone = ZoneInfo(to.user.time_zone if to.user else activity.time_zone)
    with translation.override(language), timezone.override(zone):
        calendar = invitations.message(to, method)
        words = {"REQUEST": _("Invitation: %(subject)s"), "CANCEL": _("Cancelled: %(subject)s")}
        if method == "REQUEST" and activity.sequence:
            words["REQUEST"] = _("Changed: %(subject)s")
        when = invitations.when(activity)
        text = render_to_string(
            "activities/invitation.txt",
            {
                "attendee": to, "activity": activity, "sender": sender, "method": method, "when": when,
                "url": invitations.response_url(to), "zone": zone.key,
            },
        )  # fmt: skip
        subject = _one_line(words[method] % {"subject": activity.subject})
        mail = EmailMultiAlternatives(subject, text, to=[to.email], reply_to=[sender.email])
    mail.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    mail.attach("invite.ics", calendar, "application/ics")
    mail.send()
