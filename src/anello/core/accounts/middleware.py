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

from anello.core.accounts.reading import read_by
from anello.core.actions import Context
from anello.core.policies import Actor
from anello.core.studio import shape


class ActorMiddleware:
    """Sets `request.actor` (lazily: a page for everybody reads no role) and the person's language and time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        elevated = is_elevated(request)
        request.actor = SimpleLazyObject(lambda: Actor.of(user if user.is_authenticated else None, elevated=elevated))  # type: ignore[attr-defined]
        if not user.is_authenticated:
            return self.get_response(request)
        shape.follow(getattr(user, "shape", None))
        with read_by(user):
            request.LANGUAGE_CODE = user.language  # type: ignore[attr-defined]
            return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Everything needs a signed-in person but what says otherwise (`@login_not_required`) or asks in its own way.

    A part of a page that htmx asks for after the session has ended brings the whole page to sign-in, and back to where
    the person was. The answer is an error, so the browser keeps what they had typed.
    """

    OPEN = ("/api/", "/oauth/", "/design/")
    """The API knows tokens; the page of the components shows no data."""

    def process_view(self, request: Any, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
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
    """Whether the session is within an administrator's time-limited elevation."""
    return float(request.session.get("elevated_until", 0)) > timezone.now().timestamp()


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def gesture(request: HttpRequest, via: str = "ui") -> Context:
    """The context for actions that this request runs; one request is one gesture, undone as a whole."""
    if not hasattr(request, "gesture"):
        request.gesture = Context(actor=request.actor, via=via)  # type: ignore[attr-defined]
    return request.gesture  # type: ignore[attr-defined,no-any-return]
