"""The role editor: module × verb × scope, and the rules of fields."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from anello.core.accounts.elevation import needs_elevation
from anello.core.accounts.middleware import gesture
from anello.core.accounts.models import Role
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module, Scope, all_modules
from anello.core.modules.spec import VERBS
from anello.core.policies import default_level, default_scope
from anello.kit.numbers import whole
from anello.kit.text import L

SCOPES = {
    "none": L("nessuno", "none"),
    "own": L("propri", "own"),
    "team": L("squadra", "team"),
    "all": L("tutti", "all"),
}
LEVELS = {"hidden": L("nascosto", "hidden"), "read": L("lettura", "read"), "edit": L("modifica", "edit")}
AREA_LEVELS = {"reader": L("lettore", "reader"), "user": L("utente", "user"), "manager": L("responsabile", "manager")}
AREAS = {
    "customers": L("Clienti", "Customers"),
    "activities": L("Attività", "Activities"),
    "sales": L("Vendite", "Sales"),
    "catalogue": L("Catalogo", "Catalogue"),
    "marketing": L("Marketing", "Marketing"),
    "analysis": L("Analisi", "Analysis"),
    "decisions": L("Decisioni", "Decisions"),
    "custom": L("Moduli propri", "Your own modules"),
    "integrations": L("Integrazioni", "Integrations"),
    "administration": L("Amministrazione", "Administration"),
}
"""What people call the areas of the modules; an area that is not here goes by its own name."""
VERB_NAMES = {
    "view": L("Vedere", "View"),
    "create": L("Creare", "Create"),
    "edit": L("Modificare", "Edit"),
    "delete": L("Eliminare", "Delete"),
    "export": L("Esportare", "Export"),
    "import": L("Importare", "Import"),
}


@needs_elevation
@require_http_methods(["GET", "POST"])
def matrix(request: HttpRequest, pk: int) -> HttpResponse:
    role = get_object_or_404(Role, pk=pk)
    if request.method == "GET":
        return _page(request, role)
    given: dict[str, dict[str, Any]] = {"areas": {}, "grants": {}, "fields": {}}
    for name, value in request.POST.items():
        kind, *path = name.split(":")
        if not value or kind not in given:
            continue
        if len(path) == 1:
            given[kind][path[0]] = value
        else:
            given[kind].setdefault(path[0], {})[":".join(path[1:])] = value
    try:
        run(
            "role.set_access",
            given,
            gesture(request),
            target=pk,
            version=whole(request.POST.get("version", "0"), 2**31 - 1),
        )
    except Conflict:
        somebody = _("Somebody else has changed this role meanwhile. Look at it again.")
        return _page(request, role, [somebody], status=409)
    except Invalid as error:
        return _page(request, role, [f"{k}: {' '.join(v)}" for k, v in error.errors.items()], status=422)
    messages.success(request, _("Saved"))
    return redirect("role_matrix", pk)


def _page(request: HttpRequest, role: Role, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    modules = sorted(all_modules(), key=lambda m: (m.area, str(m.plural)))
    areas = [
        {
            "name": area,
            "label": AREAS.get(area, area.capitalize()),
            "level": role.areas.get(area, ""),
            "modules": [_row(role, module) for module in group],
        }
        for area, group in groupby(modules, key=lambda m: m.area)
    ]
    context = {
        "role": role,
        "areas": areas,
        "verbs": list(VERB_NAMES.values()),
        "scopes": list(SCOPES.items()),
        "whole": [(name, SCOPES[name]) for name in ("none", "all")],
        "levels": list(LEVELS.items()),
        "area_levels": list(AREA_LEVELS.items()),
        "errors": errors or [],
    }
    return render(request, "accounts/matrix.html", context, status=status)


def _row(role: Role, module: Module) -> dict[str, Any]:
    grants, rules = role.grants.get(module.name, {}), role.fields.get(module.name, {})
    return {
        "module": module,
        "follows": bool(module.parents),
        "cells": [
            {
                "verb": verb,
                "label": VERB_NAMES[verb],
                "chosen": grants.get(verb, ""),
                "default": SCOPES[Scope(default_scope(role, module, verb)).name.lower()],
            }
            for verb in VERBS
        ],
        "fields": [
            {"field": f, "chosen": rules.get(f.name, ""), "default": LEVELS[default_level(role, module, f.name)]}
            for f in module.fields
        ],
        "rules": len(rules),
    }
