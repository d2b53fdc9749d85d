"""Work for later: invitations by mail, handing records over, forgetting old attempts."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import int_to_base36

from anello.core.accounts.models import Handover, LoginAttempt, User
from anello.core.actions import Context, run
from anello.core.jobs import job, periodic
from anello.core.modules import Module, all_modules
from anello.core.policies import Actor

CHUNK = 200
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
    """Move the records in chunks; after a failure it goes on where it was, because moved records are no longer his."""
    task = Handover.objects.select_related("user", "by").get(pk=handover)
    modules = [module for module in all_modules() if module.is_record]
    left = sum(_owned(module, task.user).count() for module in modules)
    Handover.objects.filter(pk=handover).update(total=task.moved + left)
    context = Context(actor=Actor(user=task.by, system=True), via="job")
    for module in modules:
        while _move(task, module, context):
            pass
    Handover.objects.filter(pk=handover).update(finished_at=timezone.now())


def _owned(module: Module, user: User):  # type: ignore[no-untyped-def]
    return module.model._default_manager.filter(owner=user)


def _move(task: Handover, module: Module, context: Context) -> int:
    with transaction.atomic():
        ids = list(_owned(module, task.user).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if ids:
            run(f"{module.name}.update", {"owner": task.successor_id}, context, target=ids)
            task.moved += len(ids)
            task.save(update_fields=["moved"])
    return len(ids)


@periodic("17 3 * * *")
def forget_attempts(timestamp: int) -> None:
    """Attempts are kept for 90 days; the event log tells of them longer."""
    LoginAttempt.objects.filter(at__lt=timezone.now() - REMEMBERED).delete()
