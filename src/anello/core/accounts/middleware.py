"""Who is asking: `request.actor`, in their language and time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from anello.core.actions import Context
from anello.core.policies import Actor


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
        with translation.override(user.language), timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
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
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{here.path}?{here.query}" if here.query else here.path
        url = f"{settings.LOGIN_URL}?{urlencode({'next': back or '/'})}"
        return HttpResponse(status=401, headers={"HX-Redirect": url})


def is_elevated(request: HttpRequest) -> bool:
    """Whether the session is within an administrator's time-limited elevation."""
    return float(request.session.get("elevated_until", 0)) > timezone.now().timestamp()


def gesture(request: HttpRequest, via: str = "ui") -> Context:
    """The context for actions that this request runs; one request is one gesture, undone as a whole."""
    if not hasattr(request, "gesture"):
        request.gesture = Context(actor=request.actor, via=via)  # type: ignore[attr-defined]
    return request.gesture  # type: ignore[attr-defined,no-any-return]
