"""Reports by mail: whom a turn goes to, what each gets, and what becomes of it when something is in the way."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from anello.core.actions import Context, writing
from anello.core.inbox import notify
from anello.core.jobs import enqueue
from anello.core.modules import get
from anello.core.policies import Actor
from anello.intelligence.reports import linking, papers
from anello.intelligence.reports.models import Delivery, ReportMail
from anello.intelligence.reports.schedule import following
from anello.kit.text import L

LEFT = L("Chi lo aveva programmato non lavora più qui.", "Whoever scheduled it no longer works here.")
NOT_ALLOWED = L(
    "Chi lo ha programmato non può più esportare questi dati.", "Whoever scheduled it may no longer export these data."
)
INACTIVE = L("Questa persona non lavora più qui.", "This person no longer works here.")


def source(mail: ReportMail) -> dict[str, Any]:
    """What is sent, as `papers.parts` takes it."""
    return {
        "report": mail.report_id,
        "dashboard": mail.dashboard_id,
        "ready": mail.ready,
        "filters": mail.filters,
    }


def address(mail: ReportMail) -> str:
    """The page of what is sent, under the same filters."""
    if mail.report_id:
        return reverse("reports:edit", args=[mail.report_id])
    page = ("reports:ready", mail.ready) if mail.ready else ("reports:dashboard", mail.dashboard_id)
    query = urlencode(linking.chosen(mail.filters))
    return reverse(page[0], args=page[1:]) + (f"?{query}" if query else "")


def page(mail: ReportMail) -> str:
    return reverse("ui:record", args=[get("report_mail").slug, mail.pk])


def due(now: dt.datetime) -> QuerySet[ReportMail]:
    """The mails whose hour has come."""
    return ReportMail.objects.filter(next_at__lte=now, paused=False).order_by("next_at")


def begin(pk: int, now: dt.datetime) -> None:
    """Start the turn of a mail whose hour has come: a delivery for each recipient; turns missed come once."""
    ctx = Context(via="job")
    with writing(ctx):
        mail = due(now).select_for_update(of=("self",)).select_related("owner").filter(pk=pk).first()
        if mail is None or mail.next_at is None:
            return
        turn = mail.next_at
        if stopped := obstacle(mail):
            ctx.put(mail, {"paused": True, "problem": str(stopped)})
            _tell_stopped(mail, stopped)
            return
        ctx.put(mail, {"next_at": following(mail, now), "problem": ""})
        enqueue_turn(mail, mail.recipients, turn)


def obstacle(mail: ReportMail) -> L | None:
    """Why nothing of this may be sent any more in its owner's name."""
    owner: Any = mail.owner
    if owner is None or not owner.is_active:
        return LEFT
    actor = Actor.of(owner)
    try:
        asked = papers.parts(actor, **source(mail))
    except papers.NoPaper as error:
        return L(str(error), str(error))
    return None if papers.exportable(actor, asked) else NOT_ALLOWED


def enqueue_turn(mail: ReportMail, users: list[int], turn: dt.datetime) -> None:
    """A delivery for each of these people; those of one turn happen once."""
    from anello.intelligence.reports import jobs

    people = get("user").model._default_manager.filter(pk__in=users).values_list("pk", flat=True)
    for user in people:
        made, new = Delivery.objects.get_or_create(mail=mail, user_id=user, turn=turn)
        if new:
            enqueue(jobs.deliver, delivery=made.pk)


def deliver(pk: int) -> None:
    """Send one mail. Whatever is in the way is raised, so that it is tried again; what never will be sent is noted."""
    one = Delivery.objects.select_related("mail__owner", "user").filter(pk=pk, state="waiting").first()
    if one is None:
        return
    mail, user = one.mail, one.user
    if not user.is_active:
        _note(one, "refused", str(INACTIVE))
        return
    with papers.as_reader(user) as actor:
        try:
            asked = papers.parts(actor, **source(mail))
        except papers.NoPaper as error:
            _note(one, "refused", str(error))
            return
        title = mail.title
        message = EmailMessage(
            _("%(title)s, %(day)s") % {"title": title, "day": papers.formats.day(timezone.localtime(one.turn))},
            _text(mail, user),
            to=[user.email],
        )
        for attached in papers.files(actor, title, mail.format, asked):
            message.attach(*attached)
    message.send()
    _note(one, "sent")


def _text(mail: ReportMail, user: Any) -> str:
    spoken = {
        "name": user.first_name or user.username,
        "title": mail.title,
        "url": f"{settings.BASE_URL}{address(mail)}",
        "owner": str(mail.owner),
    }
    return (
        _(
            "Hello %(name)s,\n\n“%(title)s” is attached, with the figures you may see.\n"
            "As they are now, and with the records behind them: %(url)s\n\n%(owner)s has it sent to you."
        )
        % spoken
    )


def give_up(error: Exception, pk: int) -> None:
    """After the last try: note why, and tell the owner once per turn what to do."""
    one = Delivery.objects.select_related("mail__owner", "user").get(pk=pk)
    mail = one.mail
    why = str(error)[:500] or type(error).__name__
    ctx = Context(via="job")
    with writing(ctx):
        locked = ReportMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        first = not Delivery.objects.filter(mail=mail, turn=one.turn, state="failed").exists()
        _note(one, "failed", why)
        ctx.put(locked, {"problem": why})
        if first and mail.owner is not None:
            from anello.intelligence.reports import jobs

            notify([mail.owner], failure(mail, one.user, why), kind="report", url=page(mail))
            enqueue(jobs.mail_failure, delivery=pk)


def failure(mail: ReportMail, user: Any, why: str) -> L:
    """What the owner is told."""
    why = why[:160]
    return L(
        f"«{mail.title}» non è partito per {user}: {why} Apri l'invio, correggi e manda di nuovo.",
        f"“{mail.title}” was not sent to {user}: {why} Open the scheduled mail, mend it and send again.",
    )


def tell_failure(pk: int) -> None:
    """The same by mail, for owners who are not looking."""
    one = Delivery.objects.select_related("mail__owner", "user").get(pk=pk)
    owner: Any = one.mail.owner
    with translation.override(owner.language):
        subject = _("Not sent: %(title)s") % {"title": one.mail.title}
        text = f"{failure(one.mail, one.user, one.reason)}\n\n{settings.BASE_URL}{page(one.mail)}"
    EmailMessage(subject, text, to=[owner.email]).send()


def _tell_stopped(mail: ReportMail, why: L) -> None:
    """Its owner, or, who is gone, those who got it, hear that it stopped and what to do."""
    owner: Any = mail.owner
    if owner is not None and owner.is_active:
        words = L(
            f"L'invio di «{mail.title}» è sospeso: {why.it} Correggi e riattivalo.",
            f"Sending “{mail.title}” is paused: {why.en} Mend it and switch it on again.",
        )
        notify([owner], words, kind="report", url=page(mail))
        return
    words = L(
        f"«{mail.title}» non arriva più: {why.it} Programma un invio tuo.",
        f"“{mail.title}” no longer comes: {why.en} Schedule one of your own.",
    )
    notify(mail.recipients, words, kind="report", url=address(mail))


def _note(one: Delivery, state: str, reason: str = "") -> None:
    one.state, one.reason = state, reason
    one.save(update_fields=["state", "reason", "at"])
