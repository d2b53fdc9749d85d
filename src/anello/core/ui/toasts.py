"""Short messages after an action, with undo: `toast(request, _("Lead saved"), undo=url)` from any view.

They are Django messages. An htmx answer carries them in its `HX-Trigger` header, a full page renders them,
and a redirect keeps them for the page that follows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse

Kind = Literal["success", "info", "warning", "danger"]

_LEVELS = {"success": messages.SUCCESS, "info": messages.INFO, "warning": messages.WARNING, "danger": messages.ERROR}
_KINDS = {level: kind for kind, level in _LEVELS.items()}


def toast(request: HttpRequest, text: object, *, kind: Kind = "success", undo: str = "") -> None:
    """Show `text` to the person; `undo` is a URL that takes the change back when POSTed."""
    messages.add_message(request, _LEVELS[kind], str(text), extra_tags=undo)


def as_data(message: Message) -> dict[str, str]:
    """What js/toasts.js understands: `{text, kind, undo}`."""
    return {
        "text": str(message.message),
        "kind": _KINDS.get(message.level, "info"),
        "undo": message.extra_tags or "",
    }


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Add events to the answer's `HX-Trigger` header; they fire on <body>: `trigger(response, refresh={})`."""
    header = json.loads(response.headers.get("HX-Trigger", "{}"))
    header |= {name.replace("_", ":"): {"target": "body", **detail} for name, detail in events.items()}
    response.headers["HX-Trigger"] = json.dumps(header)
    return response


class ShellMiddleware:
    """Keeps parts and whole pages apart in caches, and hands messages to htmx answers as toasts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # `Vary` keeps the browser from showing a stored fragment as a page when someone goes back.
            vary = [part for part in response.headers.get("Vary", "").split(", ") if part]
            response.headers["Vary"] = ", ".join([*vary, "HX-Request-Type"])
        partial = request.headers.get("HX-Request") == "true"
        if partial and not 300 <= response.status_code < 400 and "HX-Redirect" not in response.headers:
            pending = [as_data(message) for message in messages.get_messages(request)]
            if pending:
                trigger(response, toast={"messages": pending})
        return response
