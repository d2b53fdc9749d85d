"""What the administration area adds to its record pages: the ways to the screens that no spec derives."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anello.core.events.models import Event
from anello.core.ui.records.panels import panel, phrase
from anello.core.ui.shell.places import place
from anello.core.ui.templatetags.ui import sprite_icon
from anello.kit.text import L

ACCESS, MATRIX, TREE = L("Accesso", "Access"), L("Permessi", "Permissions"), L("Albero", "Tree")

SHAPED = ("custom_module", "custom_field", "retouch")

place("setup", L("Studio", "Studio"), "adjustments-horizontal", "/studio/", "custom_field", instead=SHAPED)


def _button(request: HttpRequest, label: L, icon: str, url: str) -> SafeString | None:
    if not request.actor.administrator:  # type: ignore[attr-defined]
        return None
    return format_html('<a class="btn" href="{}" hx-boost="false">{}{}</a>', url, sprite_icon(icon), label)


@panel("user", ACCESS, place="header")
def access(request: HttpRequest, record: Any) -> SafeString | None:
    return _button(request, ACCESS, "shield-lock", reverse("user_access", args=[record.pk]))


@phrase("user.seen_as")
def seen_as(event: Event) -> str:
    return _("saw Anello as this person, and could change nothing")


@phrase("user.seen_as_ended")
def seen_as_ended(event: Event) -> str:
    return _("no longer sees Anello as this person")


@panel("role", MATRIX, place="header")
def matrix(request: HttpRequest, record: Any) -> SafeString | None:
    return _button(request, MATRIX, "table", reverse("role_matrix", args=[record.pk]))


@panel("team", TREE, place="header")
def tree(request: HttpRequest, record: Any) -> SafeString | None:
    return _button(request, TREE, "sitemap", reverse("teams_tree"))
