"""Elevation: administrators administer for a quarter of an hour after proving once more who they are."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from anello.core.accounts import attempts, viewing
from anello.core.accounts.adapter import refusal
from anello.core.accounts.middleware import current_place, is_elevated
from anello.core.accounts.models import User
from anello.core.modules import by_slug

DURATION = 15 * 60
"""Seconds that an elevation lasts."""
PASSKEY_FRESH = 300
"""Seconds for which a passkey shown to this session counts as the second factor."""

View = Callable[..., HttpResponse]


def for_administrators(view: View) -> View:
    """A page that administrators see; for others it does not exist."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.administrator:  # type: ignore[attr-defined]
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def needs_elevation(view: View) -> View:
    """A page of elevated administrators; others among them are asked to elevate first."""

    @for_administrators
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if is_elevated(request) else ask(request)

    return guarded


def ask(request: HttpRequest) -> HttpResponse:
    """Bring an administrator to elevation and then back; htmx keeps what was typed, because the answer is an error."""
    part = request.headers.get("HX-Request") == "true"
    back = request.get_full_path() if request.method == "GET" and not part else current_place(request)
    url = f"{reverse('elevate')}?{urlencode({'next': back})}"
    return HttpResponse(status=401, headers={"HX-Redirect": url}) if part else redirect(url)


class ElevationMiddleware:
    """What the derived screens of the administration area refuse an administrator asks for elevation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code not in (403, 404) or not request.user.is_authenticated or is_elevated(request):
            return response
        if getattr(request, "viewer", None) is not None:
            return response  # who only looks cannot administer
        module = by_slug(request.path.split("/")[1])
        if module is None or module.area != "administration" or not request.actor.administrator:  # type: ignore[attr-defined]
            return response
        return ask(request)


def verify(request: HttpRequest, password: str, code: str) -> None:
    """Check password and second factor, as one guess; raises ValidationError."""
    user = User.objects.get(pk=request.actor.id)  # type: ignore[attr-defined]
    try:
        attempt = attempts.begin(attempts.key_of(user), **attempts.client_of(request))
    except attempts.Locked as locked:
        raise refusal(locked) from None
    if user.check_password(password) and _second_factor(request, user, code):
        attempts.succeed(attempt)
        return
    attempts.fail(attempt, user)
    raise ValidationError(_("Password or code are not right."))


def factors(request: HttpRequest) -> dict[str, bool]:
    """What the person must show besides the password: a `code`, a `passkey`, or nothing."""
    kinds = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    shown = "webauthn" in kinds and _showed_passkey(request)
    return {"code": bool(kinds) and not shown, "passkey": "webauthn" in kinds and not shown}


def _second_factor(request: HttpRequest, user: User, code: str) -> bool:
    if not factors(request)["code"]:
        return True
    codes = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return any(authenticator.wrap().validate_code(code) for authenticator in codes)


def _showed_passkey(request: HttpRequest) -> bool:
    return any(
        record.get("type") == Authenticator.Type.WEBAUTHN and record["at"] > time.time() - PASSKEY_FRESH
        for record in get_authentication_records(request, request.user)  # type: ignore[arg-type]
    )


def begin(request: HttpRequest) -> None:
    until = time.time() + DURATION
    request.session["elevated_until"] = until
    attempts.tell("user.elevated", request.user, request, elevated=True, until=int(until))  # type: ignore[arg-type]


def end(request: HttpRequest) -> None:
    """End it, and with it what it was needed for."""
    viewing.end(request, request.user)  # type: ignore[arg-type]
    if request.session.pop("elevated_until", None) is not None:
        attempts.tell("user.elevation_ended", request.user, request, elevated=True)  # type: ignore[arg-type]


def banner(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `elevated_until` (seconds since 1970) while it lasts."""
    if not getattr(request, "user", None) or not request.user.is_authenticated or not is_elevated(request):
        return {}
    return {"elevated_until": request.session["elevated_until"]}
