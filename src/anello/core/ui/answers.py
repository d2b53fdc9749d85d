"""Answers that work with and without htmx."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from anello.core.accounts.middleware import gesture
from anello.core.ui.toasts import toast


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Bring the person to another page: the new #main for htmx (which closes the dialog), else a redirect."""
    if not is_part(request):
        return redirect(url)
    response = HttpResponse(status=200)
    response.headers["HX-Location"] = json.dumps({"path": url, "target": "#main", "swap": "innerHTML"})
    return response


def once(request: HttpRequest) -> str | None:
    """For `run(key=…)`: what was posted by a form with `{% once %}`; sent again as it is, it does nothing more."""
    return hashlib.sha256(request.POST.urlencode().encode()).hexdigest() if "once" in request.POST else None


def told(request: HttpRequest, text: object) -> None:
    """Say that this request's gesture is done, with the button that takes it back."""
    toast(request, text, undo=reverse("ui:undo", args=[gesture(request).batch]))
