"""What allauth reports becomes events."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from anello.core.accounts import attempts, viewing
from anello.core.accounts.models import User


@receiver(account.user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    attempts.forgive(attempts.key_of(user))
    request.session["seen_at"] = timezone.now().timestamp()
    attempts.tell("user.signed_in", user, request)


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.META:
        viewing.end(request, user)
        attempts.tell("user.signed_out", user, request)


@receiver([account.password_changed, account.password_reset])
def password_changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    attempts.tell("user.password_changed", user, request)


@receiver([mfa.authenticator_added, mfa.authenticator_reset])
def factor_added(request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    attempts.tell("user.factor_added", user, request, factor=authenticator.type)


@receiver(mfa.authenticator_removed)
def factor_removed(request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    attempts.tell("user.factor_removed", user, request, factor=authenticator.type)
