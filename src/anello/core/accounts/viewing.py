"""Seeing Anello as somebody else: an elevated administrator looks through a person's eyes, and can change nothing.

While it lasts, `request.user` and `request.actor` are the person looked through, `request.viewer` who looks. Nothing is
written, whatever a page tries: the engine refuses every action of such an actor, and the request runs in a transaction
in which PostgreSQL allows reading only. It ends with the elevation, or when who looks is no administrator any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.db import InternalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import ReadOnlySqlTransaction

from anello.core.accounts.attempts import client_of
from anello.core.accounts.models import User
from anello.core.actions import Context, Invalid, OnlyLooking
from anello.core.events import append
from anello.core.policies import Actor
from anello.kit.text import L

KEY = "seen_as"
CLOSED = ("/accounts/", "/profile/", "/elevate/", "/oauth/")
"""What is a person's alone (passwords, second factors, sessions, tokens), or the viewer's own."""
OPEN = ("/view-as/end/", "/elevate/end/", "/accounts/logout/")
"""Where the viewer acts as themselves, to leave."""


def elevated_until(session: SessionBase) -> float:
    """Until when the session is elevated, in seconds since 1970; 0 if it is not now."""
    until = float(session.get("elevated_until", 0))
    return until if until > timezone.now().timestamp() else 0.0


def begin(request: HttpRequest, viewer: User, seen: User) -> None:
    """Look through that person's eyes from now on. Invalid for oneself and for whoever cannot sign in."""
    if seen.pk == viewer.pk:
        raise Invalid(L("Sei tu: vedi già Anello così.", "That is you: you see Anello like this already."))
    if not seen.is_active:
        raise Invalid(L("È disattivata: non vede nulla.", "This person is deactivated and sees nothing."))
    request.session[KEY] = seen.pk
    _tell("user.seen_as", viewer, seen, request, until=int(elevated_until(request.session)))


def end(request: HttpRequest, viewer: User, *, cause: str = "hand") -> User | None:
    """See as oneself again; who was looked through. `cause`: by `hand`, by `time`, or by `rights` that are gone."""
    seen = User.objects.filter(pk=request.session.pop(KEY, None)).first()
    if seen is not None:
        _tell("user.seen_as_ended", viewer, seen, request, cause=cause)
    return seen


def _tell(kind: str, viewer: User, seen: User, request: HttpRequest, **data: Any) -> None:
    """Both persons are in the log: who looked, as whom."""
    with transaction.atomic():
        context = Context(actor=Actor.of(viewer, elevated=True), via="ui")
        context.emit(kind, seen, data={**client_of(request), **data})
        append(context.events)


def actor_in(session: SessionBase, user: User) -> Actor:
    """Who acts in the session: its own person, or the one through whose eyes that person looks.

    The elevation is not looked through: what takes one cannot be reached.
    """
    if session.get(KEY) is None:
        return Actor.of(user, elevated=elevated_until(session) > 0)
    seen = User.objects.filter(pk=session[KEY], is_active=True).first()
    if seen is None or not elevated_until(session) or not Actor.of(user).administrator:
        return Actor.of(user, elevated=elevated_until(session) > 0)
    return Actor(user=seen, viewer=user)


@contextmanager
def reading_only() -> Iterator[str]:
    """A transaction in which nothing can be written, not even by mistake; its mark, for `go_on`."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        yield transaction.savepoint()


def go_on(mark: str) -> None:
    """Go on reading after PostgreSQL has refused a statement."""
    transaction.set_rollback(False)
    transaction.savepoint_rollback(mark)


def tried_to_write(error: BaseException | None) -> bool:
    """Whether the error is that of somebody who only looks."""
    while error is not None:
        if isinstance(error, OnlyLooking):
            return True
        if isinstance(error, InternalError) and isinstance(error.__cause__, ReadOnlySqlTransaction):
            return True
        error = error.__cause__ or error.__context__
    return False


def refusal(request: HttpRequest, words: str = "") -> HttpResponse:
    """Says that nothing was changed; in a toast for a part of a page."""
    words = words or _("You see Anello as %(name)s: nothing can be changed.") % {"name": request.user}
    if request.headers.get("HX-Request") == "true":
        messages.error(request, words)
        return HttpResponse(status=403, headers={"HX-Reswap": "none"})
    return render(request, "accounts/only_looking.html", {"words": words}, status=403)


def banner(request: HttpRequest) -> dict[str, Any]:
    """Context processor: while it lasts, through whose eyes (`seen_as`) and until when (`seen_until`)."""
    if getattr(request, "viewer", None) is None:
        return {}
    return {"seen_as": request.user, "seen_until": elevated_until(request.session)}
