"""Who is asking: `request.actor`, in their language and time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from anello.core.accounts import viewing
from anello.core.accounts.models import User
from anello.core.accounts.reading import read_by
from anello.core.actions import Context
from anello.core.policies import Actor
from anello.core.studio import shape


class ActorMiddleware:
    """Sets `request.actor` (lazily: a page for everybody reads no role) and the person's language and time zone.

    Where an administrator sees as somebody else, that is the person (see `viewing`), and nothing is written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and request.session.get(viewing.KEY) is not None:
            return self._seen(request, user)
        elevated = is_elevated(request)
        request.actor = SimpleLazyObject(lambda: Actor.of(user if user.is_authenticated else None, elevated=elevated))  # type: ignore[attr-defined]
        if not user.is_authenticated:
            return self.get_response(request)
        shape.follow(getattr(user, "shape", None))
        return self._read(request, user)

    def _read(self, request: HttpRequest, user: User) -> HttpResponse:
        with read_by(user):
            request.LANGUAGE_CODE = user.language  # type: ignore[attr-defined]
            return self.get_response(request)

    def _seen(self, request: HttpRequest, user: User) -> HttpResponse:
        shape.follow(getattr(user, "shape", None))
        actor = viewing.actor_in(request.session, user)
        if actor.viewer is None:
            viewing.end(request, user, cause="rights" if actor.elevated else "time")
        if actor.viewer is None or request.path in viewing.OPEN:
            request.actor = Actor.of(user, elevated=is_elevated(request))  # type: ignore[attr-defined]
            return self._read(request, user)
        request.viewer, request.user, request.actor = user, actor.user, actor  # type: ignore[attr-defined]
        with viewing.reading_only() as mark:
            request.reading = mark  # type: ignore[attr-defined]
            return self._read(request, actor.user)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What somebody who only looks tried to write is refused in words."""
        if getattr(request, "viewer", None) is None or not viewing.tried_to_write(error):
            return None
        viewing.go_on(request.reading)  # type: ignore[attr-defined]
        return viewing.refusal(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Everything needs a signed-in person but what says otherwise (`@login_not_required`) or asks in its own way.

    A part of a page that htmx asks for after the session has ended brings the whole page to sign-in, and back to where
    the person was. The answer is an error, so the browser keeps what they had typed.
    """

    OPEN = ("/api/", "/oauth/", "/design/")
    """The API knows tokens; the page of the components shows no data."""

    def process_view(self, request: Any, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        if getattr(request, "viewer", None) is not None and request.path.startswith(viewing.CLOSED):
            return viewing.refusal(request, _("This is not shown while you see Anello as somebody else."))
        if request.path.startswith(self.OPEN):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: Any, view_func: Any) -> Any:
        if request.headers.get("HX-Request") != "true":
            return super().handle_no_permission(request, view_func)
        url = f"{settings.LOGIN_URL}?{urlencode({'next': current_place(request)})}"
        return HttpResponse(status=401, headers={"HX-Redirect": url})


class SeenMiddleware:
    """Notes every five minutes that a session is in use, from where and in which browser."""

    EVERY = 300

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if getattr(request, "viewer", None) is not None:
            return self.get_response(request)  # a session is in use by whose it is
        now = timezone.now().timestamp()
        seen = request.session.get("seen_at")
        if seen is not None and request.user.is_authenticated and seen < now - self.EVERY:
            request.session["seen_at"] = now
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def current_place(request: HttpRequest) -> str:
    """The page on which the person is, as the browser (htmx, or the referrer) tells; home if it does not."""
    try:
        here = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    except ValueError:
        return "/"  # no browser sends such an address
    return (f"{here.path}?{here.query}" if here.query else here.path) or "/"


def is_elevated(request: HttpRequest) -> bool:
    """Whether the session is within an administrator's time-limited elevation, and acts for itself."""
    return getattr(request, "viewer", None) is None and viewing.elevated_until(request.session) > 0


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def gesture(request: HttpRequest, via: str = "ui") -> Context:
    """The context for actions that this request runs; one request is one gesture, undone as a whole."""
    if not hasattr(request, "gesture"):
        request.gesture = Context(actor=request.actor, via=via)  # type: ignore[attr-defined]
    return request.gesture  # type: ignore[attr-defined,no-any-return]
