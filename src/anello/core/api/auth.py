"""Who calls: a personal token, or an OAuth2 client by its credentials (RFC 6749 §4.4), and how often they may."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.idp.oidc.models import Token
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from anello.core.accounts.models import ApiToken, User
from anello.core.policies import Actor
from anello.core.studio import shape

_USED = dt.timedelta(minutes=1)


class TooManyRequests(Exception):
    """The caller is over the limit; `wait` seconds until the next request is taken."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"{wait:.1f}")


class Bearer(HttpBearer):
    """`Authorization: Bearer <personal token or OAuth2 access token>`; sets `request.actor`."""

    def __call__(self, request: HttpRequest) -> Any | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, secret.strip()) if scheme.lower() == "bearer" and secret.strip() else None

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = person_of(token) if token.startswith("anello_") else client_of(token)
        if user is None or not user.is_active:
            return None
        limit(user.pk)
        shape.follow(shape.version())
        request.user = user
        request.actor = Actor.of(user)  # type: ignore[attr-defined]
        return user


def person_of(secret: str) -> User | None:
    """Whose personal token it is."""
    now = timezone.now()
    known = ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(secret))
    token = known.filter(Q(expires_at=None) | Q(expires_at__gt=now)).first()
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > _USED:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def client_of(secret: str) -> User | None:
    """On whose behalf an OAuth2 client acts: the person it was registered for."""
    found: Any = Token.objects.lookup(Token.Type.ACCESS_TOKEN, secret)
    return found.user or found.client.owner if found else None


_TAKE = """
INSERT INTO api_rate (user_id, arrival) VALUES (%(user)s, now() + %(step)s)
ON CONFLICT (user_id) DO UPDATE SET arrival = greatest(api_rate.arrival, now()) + %(step)s
WHERE greatest(api_rate.arrival, now()) + %(step)s <= now() + %(burst)s
RETURNING 1
"""


def limit(user: int) -> None:
    """Take one request from the caller's allowance (generic cell rate algorithm, ITU-T I.371), or TooManyRequests."""
    from django.conf import settings

    step = dt.timedelta(minutes=1) / settings.API_REQUESTS_PER_MINUTE
    with connection.cursor() as cursor:
        taken: dict[str, Any] = {"user": user, "step": step, "burst": step * settings.API_BURST}
        cursor.execute(_TAKE, taken)
        if cursor.fetchone() is None:
            cursor.execute("SELECT extract(epoch FROM arrival - now()) FROM api_rate WHERE user_id = %s", [user])
            ahead = float(cursor.fetchone()[0])
            raise TooManyRequests(max(0.1, ahead - (step * (settings.API_BURST - 1)).total_seconds()))
