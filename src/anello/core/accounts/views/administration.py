"""What administrators do that specs cannot derive: a user's access, the tree of teams, locked doors."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts import attempts
from anello.core.accounts.device import device
from anello.core.accounts.elevation import for_administrators, needs_elevation
from anello.core.accounts.middleware import gesture
from anello.core.accounts.models import Role, Team, User
from anello.core.accounts.queries import locked_doors
from anello.core.actions import Invalid, NotFound, find, run
from anello.core.policies import visible


@for_administrators
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Everything an administrator administers, and who is locked out now."""
    users = User.objects.aggregate(
        active=Count("pk", filter=Q(is_active=True)),
        guarded=Count("authenticator__user", filter=Q(is_active=True), distinct=True),
    )
    context = {
        "users": users,
        "teams": Team.objects.count(),
        "roles": Role.objects.annotate(people=Count("holders", filter=Q(holders__is_active=True))).order_by("key"),
        "locked": locked_doors(),
    }
    return render(request, "accounts/administration.html", context)


VERBS = ("set_roles", "invite", "deactivate", "reactivate", "hand_over", "sign_out", "reset_factors", "unlock")


@needs_elevation
@require_http_methods(["GET", "POST"])
def access(request: HttpRequest, pk: int) -> HttpResponse:
    """Roles, sign-in and activity of one user; POST `do` runs one of the verbs above."""
    user = get_object_or_404(User.objects.filter(visible(request.actor, "user")), pk=pk)  # type: ignore[attr-defined]
    if request.method == "GET":
        return _access(request, user)
    verb = request.POST.get("do", "")
    if verb not in VERBS:
        return _access(request, user, {"": [_("Unknown action.")]})
    data: dict[str, Any] = {}
    if verb == "set_roles":
        data["roles"] = request.POST.getlist("roles")
    if verb in ("deactivate", "hand_over"):
        data["successor"] = request.POST.get("successor") or None
    try:
        run(f"user.{verb}", data, gesture(request), target=user.pk)
    except Invalid as error:
        return _access(request, user, error.errors)
    own = find(f"user.{verb}")
    messages.success(request, f"{own.label if own else verb}: {user}")
    return redirect("user_access", pk)


def _access(request: HttpRequest, user: User, errors: dict[str, list[str]] | None = None) -> HttpResponse:
    held = set(user.roles.values_list("key", flat=True))
    chosen = set(request.POST.getlist("roles")) if errors and request.POST.get("do") == "set_roles" else held
    context = {
        "person": user,
        "errors": errors or {},
        "messages_of_errors": [text for texts in (errors or {}).values() for text in texts],
        "roles": [(role, role.key in chosen) for role in Role.objects.order_by("key")],
        "factors": Authenticator.objects.filter(user=user).order_by("created_at"),
        "sessions": [
            (session, device(session.user_agent))
            for session in UserSession.objects.filter(user=user).order_by("-last_seen_at")
            if session.exists()
        ],
        "locked": attempts.account_locked(attempts.key_of(user)),
        "handovers": user.handovers.select_related("successor").order_by("-created_at")[:5],
        "successors": [
            (other.pk, str(other))
            for other in User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("first_name")
        ],
    }
    return render(request, "accounts/access.html", context, status=422 if errors else 200)


@needs_elevation
@require_POST
def unlock_address(request: HttpRequest) -> HttpResponse:
    try:
        run("user.unlock_address", {"address": request.POST.get("address", "")}, gesture(request))
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Unlocked"))
    return redirect("administration")


@for_administrators
@require_GET
def teams(request: HttpRequest) -> HttpResponse:
    return _teams(request)


@needs_elevation
@require_POST
def move_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a team, with all below it, under another (or at the top)."""
    try:
        run("team.update", {"parent": request.POST.get("parent") or None}, gesture(request), target=pk)
    except NotFound as error:
        raise Http404(str(error)) from error
    except Invalid as error:
        return _teams(request, error.messages)
    messages.success(request, _("Moved"))
    return redirect("teams_tree")


@needs_elevation
@require_POST
def add_team(request: HttpRequest) -> HttpResponse:
    given = {"name": request.POST.get("name", ""), "parent": request.POST.get("parent") or None}
    try:
        run("team.create", given, gesture(request))
    except Invalid as error:
        return _teams(request, error.messages, given)
    return redirect("teams_tree")


def _teams(request: HttpRequest, errors: list[str] | None = None, given: Any = None) -> HttpResponse:
    people = Count("members", filter=Q(members__is_active=True))
    every = list(Team.objects.annotate(people=people).order_by("name"))
    below: dict[int | None, list[Team]] = {}
    for team in every:
        below.setdefault(team.parent_id, []).append(team)

    def tree(parent: int | None) -> list[dict[str, Any]]:
        return [{"team": team, "below": tree(team.pk)} for team in below.get(parent, [])]

    context = {
        "tree": tree(None),
        "options": [(team.pk, team.name) for team in every],
        "errors": errors or [],
        "given": given or {},
    }
    return render(request, "accounts/teams.html", context, status=422 if errors else 200)
