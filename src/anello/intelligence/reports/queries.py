"""Stored reports and dashboards, for who may see them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from anello.core.accounts.middleware import actor_of
from anello.core.modules import get
from anello.core.policies import can, visible
from anello.core.ui.records.found import found


def gate(request: HttpRequest, module: str, verb: str) -> None:
    """404 for those for whom there is no such thing."""
    if not can(actor_of(request), module, verb):
        raise Http404(request.path)


def report(request: HttpRequest, pk: int) -> Any:
    """The report, with `may_edit`; 404 for others."""
    return found(request, get("report"), pk)


def dashboard(request: HttpRequest, pk: int) -> Any:
    """The dashboard, with `may_edit`; 404 for others."""
    return found(request, get("dashboard"), pk)


def reports(request: HttpRequest) -> Any:
    """All reports this reader may open."""
    return get("report").model._default_manager.filter(visible(actor_of(request), "report"))


def editable_dashboards(request: HttpRequest) -> Any:
    """The dashboards this reader may change."""
    return get("dashboard").model._default_manager.filter(visible(actor_of(request), "dashboard", "edit"))
