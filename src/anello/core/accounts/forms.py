"""Forms of signing in: allauth's, with our words and our limit on guesses."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as mfa
from django.core.exceptions import ValidationError

from anello.core.accounts import attempts
from anello.core.accounts.adapter import refusal


class _Limited(mfa.BaseAuthenticateForm):
    """A code of the authenticator app or of the recovery list counts as a guess of the account."""

    def clean_code(self) -> str:
        try:
            attempt = attempts.begin(attempts.key_of(self.user), **attempts.client_of(context.request))
        except attempts.Locked as locked:
            raise refusal(locked) from None
        try:
            code: Any = super().clean_code()
        except ValidationError:
            attempts.fail(attempt, self.user)
            raise
        attempts.succeed(attempt)
        return str(code)


class AuthenticateForm(_Limited, mfa.AuthenticateForm):
    """The second factor while signing in."""


class ReauthenticateForm(_Limited, mfa.ReauthenticateForm):
    """The second factor again, before something sensitive."""
