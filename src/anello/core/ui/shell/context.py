"""What every page's shell shows; each part is worked out only when a template shows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from anello.core.inbox.notices import unread
from anello.core.ui.shell import places, records


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, `creatable`, `favourites`, `preferences`, `inbox_count`."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    actor: Any = request.actor  # type: ignore[attr-defined]
    liked = request.user.preferences
    return {
        "navigation": SimpleLazyObject(
            lambda: places.arranged(places.navigation(actor, request.path), liked.get("places") or {})
        ),
        "creatable": SimpleLazyObject(lambda: places.creatable(actor)),
        "favourites": SimpleLazyObject(lambda: records.favourites(actor)),
        "preferences": liked,
        "inbox_count": SimpleLazyObject(lambda: unread(request.user)),
    }
