"""Who is behind a login and password: user names and e-mail addresses, whatever their case."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from anello.core.accounts.models import User
from anello.core.studio import shape


def called(login: str) -> User | None:
    """The user of that user name or, failing that, of that e-mail address."""
    login = login.strip()
    users = User.objects
    return users.filter(username__iexact=login).first() or users.filter(email__iexact=login).first()


class Backend(BaseBackend):
    """Logs in active users. An unknown login costs as much work as a wrong password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        email: str | None = None,
        **credentials: Any,
    ) -> User | None:
        login = username or email
        if not login or not password:
            return None
        user = called(login)
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; nobody once deactivated, which ends their sessions at once.

        With `shape`, the version of the modules: every request needs it, and so it costs no question of its own.
        """
        return User.objects.filter(pk=user_id, is_active=True).annotate(shape=shape.current()).first()
