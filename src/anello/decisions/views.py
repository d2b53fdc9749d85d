"""The ring page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anello.core.policies import can
from anello.core.ui.gate import signed_in
from anello.decisions import drawing
from anello.decisions import ring as figures


@require_GET
@signed_in
def ring(request: HttpRequest) -> HttpResponse:
    """`/ring/`: the closed loop with its figures; `?part=1` gives the figures alone, for open pages that heard."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not any(can(actor, name) for name in ("person", "organisation")):
        raise Http404(request.path)
    context = {"ring": figures.ring(actor), "size": drawing.SIZE, "days": figures.DAYS}
    template = "decisions/ring_figures.html" if "part" in request.GET else "decisions/ring.html"
    return render(request, template, context)
