"""Work for later: invitations by mail, handing records over, forgetting old attempts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import int_to_base36

from anello.core.accounts.models import Handover, LoginAttempt, User
from anello.core.actions import Context, Invalid, run
from anello.core.jobs import job, periodic
from anello.core.modules import Module, all_modules
from anello.core.policies import Actor

CHUNK = 200
NAMED = 100
"""So many refused records of a hand-over are named; the others are counted."""
REMEMBERED = dt.timedelta(days=90)


@job(queue="mail", retry=5)
def send_invitation(user: int) -> None:
    """Send the link to choose a password; it is good once, and for three days."""
    person = User.objects.get(pk=user)
    key = {"uidb36": int_to_base36(person.pk), "key": default_token_generator.make_token(person)}
    url = settings.BASE_URL + reverse("account_reset_password_from_key", kwargs=key)
    with translation.override(person.language):
        context = {"user": person, "url": url, "days": settings.PASSWORD_RESET_TIMEOUT // 86400}
        subject = render_to_string("accounts/email/invitation_subject.txt", context).strip()
        send_mail(subject, render_to_string("accounts/email/invitation_message.txt", context), None, [person.email])


@job(retry=5)
def hand_over(handover: int) -> None:
    """Move the records in chunks; after a failure it goes on where it was, because moved records are no longer his.

    What a rule refuses stays where it is and is noted, with the reason; the rest goes on.
    """
    task = Handover.objects.select_related("user", "by", "successor").get(pk=handover)
    modules = [module for module in all_modules() if module.is_record]
    task.total = task.moved + sum(_all_of(module, task.user).count() for module in modules)
    task.refusals, task.refused = 0, []
    task.save(update_fields=["total", "refusals", "refused"])
    context = Context(actor=Actor(user=task.by, system=True), via="job")
    with translation.override(task.by.language if task.by else settings.LANGUAGE_CODE):
        for module in modules:
            last = 0
            while ids := _owned(module, task.user, after=last):
                with transaction.atomic():
                    _move(task, module, ids, context)
                    task.save(update_fields=["moved", "refusals", "refused"])
                last = ids[-1]
    Handover.objects.filter(pk=handover).update(finished_at=timezone.now())


def _all_of(module: Module, user: User) -> QuerySet[Any]:
    return module.model._default_manager.filter(owner=user)


def _owned(module: Module, user: User, after: int) -> list[int]:
    """The next ids of the user's records."""
    following = _all_of(module, user).filter(pk__gt=after).order_by("pk")
    return list(following.values_list("pk", flat=True)[:CHUNK])


def _move(task: Handover, module: Module, ids: list[int], context: Context) -> None:
    """Give these records to the successor, but those that the rules refuse: halving finds them."""
    try:
        run(f"{module.name}.update", {"owner": task.successor_id}, context, target=ids)
        task.moved += len(ids)
    except Invalid as error:
        if len(ids) > 1:
            middle = len(ids) // 2
            _move(task, module, ids[:middle], context)
            _move(task, module, ids[middle:], context)
            return
        task.refusals += 1
        if len(task.refused) < NAMED:
            title = module.title_of(module.model._default_manager.get(pk=ids[0]))
            reason = error.words
            task.refused.append({"slug": module.slug, "id": ids[0], "title": title, "reason": reason})


@periodic("17 3 * * *")
def forget_attempts(timestamp: int) -> None:
    """Attempts are kept for 90 days; the event log tells of them longer."""
    LoginAttempt.objects.filter(at__lt=timezone.now() - REMEMBERED).delete()
