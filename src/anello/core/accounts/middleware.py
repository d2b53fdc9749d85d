"""Who is asking: `request.actor`, in their language and time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

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


def is_elevated(request: HttpRequest) -> bool:
    """Whether the session is within an administrator's time-limited elevation."""
    return float(request.session.get("elevated_until", 0)) > timezone.now().timestamp()


def gesture(request: HttpRequest, via: str = "ui") -> Context:
    """The context for actions that this request runs; one request is one gesture, undone as a whole."""
    if not hasattr(request, "gesture"):
        request.gesture = Context(actor=request.actor, via=via)  # type: ignore[attr-defined]
    return request.gesture  # type: ignore[attr-defined,no-any-return]
