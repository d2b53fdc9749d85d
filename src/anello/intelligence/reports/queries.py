"""Stored reports and dashboards, for who may see them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from anello.core.modules import get
from anello.core.policies import can, visible


def gate(request: HttpRequest, module: str, verb: str) -> None:
    """404 for those for whom there is no such thing."""
    if not can(_actor(request), module, verb):
        raise Http404(request.path)


def report(request: HttpRequest, pk: int) -> Any:
    """The report, with `may_edit`; 404 for others."""
    return _one(request, "report", pk)


def dashboard(request: HttpRequest, pk: int) -> Any:
    """The dashboard, with `may_edit`; 404 for others."""
    return _one(request, "dashboard", pk)


def reports(request: HttpRequest) -> Any:
    """All reports this reader may open."""
    return get("report").model._default_manager.filter(visible(_actor(request), "report"))


def editable_dashboards(request: HttpRequest) -> Any:
    """The dashboards this reader may change."""
    return get("dashboard").model._default_manager.filter(visible(_actor(request), "dashboard", "edit"))


def _one(request: HttpRequest, name: str, pk: int) -> Any:
    gate(request, name, "view")
    records = get(name).model._default_manager
    found: Any = records.filter(visible(_actor(request), name)).filter(pk=pk).select_related("owner").first()
    if found is None:
        raise Http404(request.path)
    found.may_edit = records.filter(visible(_actor(request), name, "edit")).filter(pk=pk).exists()
    return found


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]
