"""One's own account: who I am, how I sign in, where I am signed in, my API tokens."""

from __future__ import annotations

import zoneinfo
from typing import Any

from allauth.idp.oidc.models import Client
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts.device import device
from anello.core.accounts.middleware import gesture
from anello.core.accounts.models import User
from anello.core.actions import Invalid, NotFound, run
from anello.core.modules import by_slug
from anello.core.policies import can
from anello.kit.numbers import whole

FIELDS = ("first_name", "last_name", "phone", "language", "time_zone")


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    given = {name: request.POST[name] for name in FIELDS if name in request.POST}
    try:
        run("profile.update", given, gesture(request))
    except Invalid as error:
        return _page(request, given=given, errors=error.errors, status=422)
    messages.success(request, _("Saved"))
    return redirect("profile")


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that is named, or all but this one."""
    mine = UserSession.objects.filter(user_id=request.user.pk)
    if "session" in request.POST:
        mine = mine.filter(pk=whole(request.POST["session"]))
    others = mine.exclude(session_key=request.session.session_key)
    run("profile.end_sessions", {"sessions": list(others.values_list("pk", flat=True))}, gesture(request))
    messages.success(request, _("Signed out there"))
    return redirect("profile")


@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    if request.method == "GET":
        return redirect("profile")
    given = {"name": request.POST.get("name", ""), "days": request.POST.get("days") or None}
    try:
        secret = run("token.issue", given, gesture(request))
    except Invalid as error:
        return _page(request, token_errors=error.errors, token_name=given["name"], status=422)
    return _page(request, secret=secret)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    _run("token.revoke", {"token": pk}, request)
    messages.success(request, _("Token revoked"))
    return redirect("profile")


@sensitive_variables("client")
@require_http_methods(["GET", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """Register an OAuth2 client and show its secret, this once."""
    if request.method == "GET":
        return redirect("profile")
    given = {"name": request.POST.get("name", "")}
    try:
        client = run("oauth_client.register", given, gesture(request))
    except Invalid as error:
        return _page(request, client_errors=error.errors, client_name=given["name"], status=422)
    return _page(request, client=client)


@require_POST
def remove_client(request: HttpRequest, pk: str) -> HttpResponse:
    _run("oauth_client.remove", {"client": pk}, request)
    messages.success(request, _("Client removed"))
    return redirect("profile")


def _run(name: str, data: dict[str, Any], request: HttpRequest) -> None:
    try:
        run(name, data, gesture(request))
    except (Invalid, NotFound) as error:
        raise Http404(str(error)) from error


def _page(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    user: User = User.objects.get(pk=request.actor.id)  # type: ignore[attr-defined]
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    factors = Authenticator.objects.filter(user=user).order_by("created_at")
    webhooks = by_slug("webhooks")
    context = {
        "person": user,
        "values": {name: getattr(user, name) for name in FIELDS} | extra.pop("given", {}),
        "languages": [("it", "Italiano"), ("en", "English")],
        "zones": [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones())],
        "themes": [
            ("auto", _("As the system"), "device-desktop"),
            ("light", _("Light"), "sun"),
            ("dark", _("Dark"), "moon"),
        ],
        "sessions": [
            {"session": s, "device": device(s.user_agent), "here": s.session_key == request.session.session_key}
            for s in sessions
            if s.exists()
        ],
        "totp": next((f for f in factors if f.type == Authenticator.Type.TOTP), None),
        "codes": next((f.wrap() for f in factors if f.type == Authenticator.Type.RECOVERY_CODES), None),
        "passkeys": [f for f in factors if f.type == Authenticator.Type.WEBAUTHN],
        "tokens": user.api_tokens.order_by("-created_at"),
        "clients": Client.objects.filter(owner=user).order_by("created_at"),
        "now": timezone.now(),
        "lifetimes": [("30", _("30 days")), ("90", _("90 days")), ("365", _("A year"))],
        "webhooks": webhooks is not None and can(request.actor, webhooks),  # type: ignore[attr-defined]
    }
    return render(request, "accounts/profile.html", {**context, **extra}, status=status)
