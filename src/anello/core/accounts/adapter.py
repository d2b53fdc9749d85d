"""What we change in allauth: guesses are limited, and addresses of mails come from the user."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anello.core.accounts import attempts
from anello.core.accounts.backend import called
from anello.core.accounts.models import User


def refusal(locked: attempts.Locked) -> ValidationError:
    """What a locked person reads; the same for accounts that do not exist."""
    return ValidationError(
        ngettext(
            "Too many failed attempts. Try again in %(minutes)d minute.",
            "Too many failed attempts. Try again in %(minutes)d minutes.",
            locked.minutes,
        )
        % {"minutes": locked.minutes},
        code="locked",
    )


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: administrators create users."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in ("username_password_mismatch", "email_password_mismatch"):
            return ValidationError(_("This user name and password do not match."), code="mismatch")
        error: ValidationError = super().validation_error(code, *args)
        return error

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only this host; an address that cannot be read is none of ours."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        typed = credentials.get("username") or credentials.get("email") or ""
        known = called(typed)
        try:
            attempt = attempts.begin(attempts.key_of(known, typed), **attempts.client_of(request))
        except attempts.Locked as locked:
            raise refusal(locked) from None
        user = authenticate(request, **credentials)
        if isinstance(user, User):
            attempts.succeed(attempt)
            return user
        attempts.fail(attempt, known)
        return None

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only what went wrong: pages say the rest themselves."""
        if level >= messages.ERROR:
            super().add_message(request, level, *args, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class MfaAdapter(DefaultMFAAdapter):
    """Names of keys that say what they are."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Anello"}
