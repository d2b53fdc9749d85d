"""The event log, for administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anello.core.accounts.elevation import needs_elevation
from anello.core.accounts.models import User
from anello.core.accounts.queries import AuditFilter, audit
from anello.core.modules import all_modules


@needs_elevation
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Filters `person`, `module`, `kind`, `start`, `end`, `elevated`; `before` is where the page begins."""
    wanted, errors = AuditFilter.read(request.GET)
    events, older = audit(wanted)
    kept = request.GET.copy()
    kept.pop("before", None)
    context: dict[str, Any] = {
        "events": events,
        "older": f"?{_with(kept, older)}" if older else "",
        "newest": f"?{kept.urlencode()}" if wanted.before else "",
        "wanted": wanted,
        "errors": errors,
        "people": [(user.pk, str(user)) for user in User.objects.order_by("first_name", "last_name")],
        "modules": [(m.name, m.plural) for m in sorted(all_modules(), key=lambda m: str(m.plural))],
    }
    return render(request, "accounts/audit.html", context, status=422 if errors else 200)


def _with(kept: Any, before: str) -> str:
    kept["before"] = before
    return str(kept.urlencode())
