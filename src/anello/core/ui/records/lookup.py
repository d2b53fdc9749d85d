"""Options for comboboxes: records of a module (or of several) by a few letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anello.core.modules import Module, Text, all_modules, get
from anello.core.modules.registry import names
from anello.core.policies import Actor, can, readable, visible
from anello.core.search.words import suggest
from anello.core.ui.gate import signed_in

MOST = 10


@dataclass(frozen=True)
class Choice:
    """One option: the value that is posted, what it says, what tells it from its namesakes."""

    value: str
    label: str
    hint: str = ""


@require_GET
@signed_in
def lookup(request: HttpRequest, name: str) -> HttpResponse:
    """`/lookup/{module}/?q=`: the best 10, or the latest 10 for no letters; `any` finds 5 in the modules of `?in=`."""
    text = request.GET.get("q", "")[:200].replace("\x00", "")
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if name == "any":
        found = _of_any(actor, [n for n in request.GET.get("in", "").split(",") if n in names()], text)
    elif name in names():
        found = _of_module(actor, get(name), text)
    else:
        raise Http404(name)
    return render(request, "ui/records/options.html", {"options": found})


def _of_module(actor: Actor, module: Module, text: str) -> list[Choice]:
    if not module.is_record:
        return [Choice(str(one.pk), str(one)) for one in _plain(actor, module, text)[:MOST]]
    if not can(actor, module):
        raise Http404(module.name)
    if text.strip():
        return [Choice(str(h.id), h.title, h.subtitle) for h in suggest(actor, text, modules=[module], size=MOST)]
    latest = module.model._default_manager.filter(visible(actor, module)).order_by("-updated_at", "-id")
    return [Choice(str(pk), title) for pk, title in latest.values_list("pk", "title")[:MOST]]


def _plain(actor: Actor, module: Module, text: str) -> QuerySet[Any]:
    """Users, teams, roles: every word in one of the text columns of their list."""
    records = module.model._default_manager.filter(visible(actor, module))
    shown = {f.name for f in readable(actor, module)} | {"first_name", "last_name", "username", "name"}
    columns = [n for n in module.listing.columns if isinstance(module.field(n), Text) and n in shown]
    for word in text.split()[:5]:
        match = Q()
        for column in columns:
            match |= Q(**{f"{column}__icontains": word})
        records = records.filter(match)
    if module.name == "user":
        records = records.filter(is_active=True).order_by("first_name", "last_name")
    return records.order_by(*records.query.order_by or ["pk"])


def _of_any(actor: Actor, wanted: list[str], text: str) -> list[Choice]:
    modules = [get(n) for n in wanted] or [m for m in all_modules() if m.is_record and m.listed]
    hits = suggest(actor, text, modules=modules, size=5)
    return [Choice(f"{h.module.name}:{h.id}", h.title, str(h.module.names)) for h in hits]
