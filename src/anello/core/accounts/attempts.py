"""Guesses are limited: 5 failures of an account, or 30 from an address, within 15 minutes lock it for 15 minutes.

An attempt is written before the password is looked at, under a lock on the account and the address, and counts as
failed until it has succeeded: guesses made in parallel find each other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from anello.core.accounts.models import LoginAttempt, User
from anello.core.actions import Context
from anello.core.events import append
from anello.core.policies import Actor

ACCOUNT_LIMIT, ADDRESS_LIMIT = 5, 30
PERIOD = dt.timedelta(minutes=15)


@dataclass
class Locked(Exception):
    """Too many failures: no further guess before `until`."""

    until: dt.datetime

    @property
    def minutes(self) -> int:
        """Minutes to wait, rounded up."""
        return max(1, -int((timezone.now() - self.until).total_seconds() // 60))


def key_of(user: User | None, typed: str = "") -> str:
    """The name under which failures are counted; strangers' logins are kept as a digest, they may be passwords."""
    if user is not None:
        return f"user:{user.pk}"
    return "unknown:" + hashlib.sha256(typed.strip().casefold().encode()).hexdigest()


def begin(account: str, address: str, agent: str = "") -> LoginAttempt:
    """Take one guess, or raise Locked."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for name in sorted((f"account {account}", f"address {address}")):
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        until = locked_until(account, address)
        if until is not None:
            raise Locked(until)
        return LoginAttempt.objects.create(account=account, address=address, agent=agent[:200])


def succeed(attempt: LoginAttempt) -> None:
    attempt.succeeded = True
    attempt.save(update_fields=["succeeded"])


def fail(attempt: LoginAttempt, user: User | None) -> None:
    """Tell that the guess was wrong, and that it has locked the account or the address if it has."""
    with transaction.atomic():
        where = {"address": attempt.address, "agent": attempt.agent}
        told = [_event("user.login_failed", user, where)]
        for name, until in (("account", account_locked(attempt.account)), ("address", address_locked(attempt.address))):
            if until is not None:
                told.append(_event("user.locked", user, {**where, "what": name, "until": until}))
        append([event for context in told for event in context.events])


def forgive(account: str) -> int:
    """Failures so far no longer count against the account; how many there were."""
    return _failures().filter(account=account, forgiven=False).update(forgiven=True)


def forgive_address(address: str) -> int:
    """Failures so far from an address no longer count at all."""
    return _failures().filter(address=address).delete()[0]


def locked_until(account: str, address: str) -> dt.datetime | None:
    return max(filter(None, (account_locked(account), address_locked(address))), default=None)


def account_locked(account: str) -> dt.datetime | None:
    """Until when no guess for the account is taken."""
    return _lock(_failures().filter(account=account, forgiven=False), ACCOUNT_LIMIT)


def address_locked(address: str) -> dt.datetime | None:
    """Until when no guess from the address is taken; a success there does not help those who guess beside it."""
    return _lock(_failures().filter(address=address), ADDRESS_LIMIT)


def _failures() -> QuerySet[LoginAttempt]:
    return LoginAttempt.objects.filter(succeeded=False)


def _lock(failures: QuerySet[LoginAttempt], limit: int) -> dt.datetime | None:
    now = timezone.now()
    # The last failure is at most one period old and the first of the burst at most one period older.
    latest = list(failures.filter(at__gt=now - 2 * PERIOD).order_by("-at").values_list("at", flat=True)[:limit])
    if len(latest) < limit or latest[0] - latest[-1] > PERIOD or latest[0] + PERIOD <= now:
        return None
    return latest[0] + PERIOD


def _event(kind: str, user: User | None, data: dict[str, Any]) -> Context:
    context = Context(actor=Actor(), via="ui")
    context.emit(kind, user, data=data)
    return context


def tell(kind: str, user: User, request: HttpRequest, *, elevated: bool = False, **data: Any) -> None:
    """Write an event of the user's own doing that is no action: signing in and out, elevation, second factors."""
    with transaction.atomic():
        context = Context(actor=Actor.of(user, elevated=elevated), via="ui")
        context.emit(kind, user, data={**client_of(request), **data})
        append(context.events)


def client_of(request: HttpRequest) -> dict[str, str]:
    """Address and browser of a request."""
    return {"address": get_adapter().get_client_ip(request), "agent": request.META.get("HTTP_USER_AGENT", "")[:200]}
