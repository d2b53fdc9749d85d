"""Saved views: kept, shared, renamed, moved, deleted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.modules import Module
from anello.core.ui.answers import go
from anello.core.ui.gate import module_view
from anello.core.ui.lists.state import ListState, preferences, read, saved_views
from anello.core.ui.models import SavedView
from anello.core.ui.toasts import toast


@module_view
@require_http_methods(["GET", "POST"])
def save(request: HttpRequest, module: Module) -> HttpResponse:
    """The dialog that names a view: a new one, or with `change` the one that is open."""
    source = request.POST if request.method == "POST" else request.GET
    state = read(request, module, source)
    change = isinstance(state.view, SavedView) and "change" in source
    layout = "board" if source.get("layout") == "board" else "list"
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        settings = {"name": source.get("name", ""), "audience": source.get("audience", "me")}
        try:
            if change and state.view is not None:
                view = run("saved_view.update", {"id": state.view.pk, **settings}, gesture(request))
            else:
                given = {"module": module.name, "layout": layout, **_contents(state)}
                view = run("saved_view.create", {**given, **settings}, gesture(request))
            if "default" in source or preferences(request, module).get("default") == view.pk:
                _like(request, module, default=view.pk if "default" in source else None)
            toast(request, _("View saved"))
            return go(
                request, ListState(module, state.actor, {}, [], None, {}, "", "", []).url(view.layout, view=view.pk)
            )
        except Invalid as invalid:
            errors = invalid.errors
    return render(
        request,
        "ui/lists/save_view.html",
        {
            "module": module,
            "state": state,
            "change": change,
            "layout": layout,
            "errors": errors,
            "name": source.get("name", state.view.name if change and state.view else ""),
            "audience": source.get("audience", state.view.audience if change and state.view else "me"),
            "audiences": [("me", _("Only me")), ("team", _("My team")), ("all", _("Everybody"))],
            "default": change
            and state.view is not None
            and preferences(request, module).get("default") == state.view.pk,
        },
        status=422 if errors else 200,
    )


def _contents(state: ListState) -> dict[str, Any]:
    return {
        "filter": state.filter,
        "words": state.words,
        "sort": state.sort,
        "columns": [c.path for c in state.columns],
    }


def _like(request: HttpRequest, module: Module, **values: Any) -> None:
    run("preferences.update", {"lists": {module.name: values}}, gesture(request))


@module_view
@require_POST
def update(request: HttpRequest, module: Module) -> HttpResponse:
    """Keep the changes made to the open view."""
    state = read(request, module, request.POST)
    if not isinstance(state.view, SavedView):
        return go(request, state.url())
    try:
        run("saved_view.update", {"id": state.view.pk, **_contents(state)}, gesture(request))
        toast(request, _("View saved"))
    except Invalid as invalid:
        toast(request, str(invalid), kind="danger")
        return go(request, state.url())
    return go(request, state.url(filter=None, q=None, sort=None, columns=None))


@module_view
@require_POST
def move(request: HttpRequest, module: Module, pk: int, step: str) -> HttpResponse:
    """Put a tab one place to the left or right, for oneself."""
    state = read(request, module, request.POST)
    order = [view.pk for view in saved_views(request, module)]
    if pk in order:
        i = order.index(pk)
        j = min(max(i + (-1 if step == "left" else 1), 0), len(order) - 1)
        order[i], order[j] = order[j], order[i]
        _like(request, module, order=order)
    return go(request, state.url())


@module_view
@require_POST
def delete(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """Delete a view of one's own; its records stay."""
    state = read(request, module, request.POST)
    run("saved_view.delete", {"id": pk}, gesture(request))
    if preferences(request, module).get("default") == pk:
        _like(request, module, default=None)
    toast(request, _("View deleted"))
    return go(request, ListState(module, state.actor, {}, [], None, {}, "", "", []).url(view="all"))
