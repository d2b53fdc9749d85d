"""The role editor: module × verb × scope, and the rules of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from anello.core.accounts import words
from anello.core.accounts.elevation import needs_elevation
from anello.core.accounts.middleware import gesture
from anello.core.accounts.models import Role
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module, all_modules, get
from anello.core.modules.registry import names
from anello.core.modules.spec import VERBS
from anello.core.policies import default_level, level_scope
from anello.kit.numbers import whole
from anello.kit.text import normalise

KINDS = {"areas": 1, "grants": 2, "fields": 2}
"""What a change may be of, and how many names say which: `areas:sales`, `grants:lead:view`, `fields:lead:email`."""
LEVELS = (None, "reader", "user", "manager")


@needs_elevation
@require_http_methods(["GET", "POST"])
def matrix(request: HttpRequest, pk: int) -> HttpResponse:
    """`/roles/{id}/matrix/`: GET shows it, with `?fields=lead` the rules of a module's fields; POST saves changes.

    Posted is what changed, as `grants:lead:view=team`; an empty value lets it follow the area again.
    """
    role = get_object_or_404(Role, pk=pk)
    if request.method == "GET":
        return _fields(request, role, request.GET["fields"]) if "fields" in request.GET else _page(request, role)
    changes = {name: str(value) for name, value in request.POST.items() if name.partition(":")[0] in KINDS}
    try:
        run(
            "role.set_access",
            _merged(role, changes),
            gesture(request),
            target=pk,
            version=whole(request.POST.get("version", "0"), 2**31 - 1),
        )
    except Conflict:
        role.refresh_from_db()
        somebody = _("Somebody else has changed this role meanwhile. Your changes are marked: look, and save again.")
        return _page(request, role, [somebody], changes, status=409)
    except Invalid as error:
        errors = [f"{k}: {' '.join(v)}" if k else " ".join(v) for k, v in error.errors.items()]
        return _page(request, role, errors, changes, status=422)
    messages.success(request, _("Saved"), extra_tags=reverse("ui:undo", args=[gesture(request).batch]))
    return redirect("role_matrix", pk)


def _merged(role: Role, changes: Mapping[str, str]) -> dict[str, Any]:
    """What the role gives with these changes."""
    given: dict[str, Any] = {
        "areas": dict(role.areas),
        "grants": {name: dict(own) for name, own in role.grants.items()},
        "fields": {name: dict(own) for name, own in role.fields.items()},
    }
    for name, value in changes.items():
        kind, *path = name.split(":")
        if len(path) != KINDS[kind]:
            raise Invalid({name: [_("Unknown field.")]})
        place = given[kind] if len(path) == 1 else given[kind].setdefault(path[0], {})
        if value:
            place[path[-1]] = value
        else:
            place.pop(path[-1], None)
    return given


def _page(
    request: HttpRequest,
    role: Role,
    errors: list[str] | None = None,
    changes: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    given = {*role.areas, *(get(name).area for name in role.grants if name in names())}
    modules = sorted(
        all_modules(), key=lambda m: (m.area not in given, str(words.area(m.area)), normalise(str(m.plural)))
    )
    areas = [
        {
            "name": area,
            "label": words.area(area),
            "level": role.areas.get(area, ""),
            "modules": [_row(role, module) for module in group],
        }
        for area, group in groupby(modules, key=lambda m: m.area)
    ]
    context = {
        "role": role,
        "areas": areas,
        "verbs": [words.VERBS[verb] for verb in VERBS],
        "scopes": [(name, label, str(label)[0]) for name, label in words.SCOPES.items()],
        "area_levels": list(words.AREA_LEVELS.items()),
        "holders": list(role.holders.filter(is_active=True).order_by("first_name", "last_name")),
        "changes": changes or {},
        "errors": errors or [],
    }
    return render(request, "accounts/matrix.html", context, status=status)


def _row(role: Role, module: Module) -> dict[str, Any]:
    return {
        "module": module,
        "follows": [_name(module, link) for link in module.parents],
        "cells": list(_cells(role, module)),
        "rules": len(role.fields.get(module.name, {})),
    }


def _name(module: Module, link: str) -> str:
    return str(module.field(link).label)


def _cells(role: Role, module: Module) -> Iterator[dict[str, Any]]:
    """One for each verb that does not follow what the records belong to: the exception, and what each level gives."""
    for verb in VERBS:
        if module.parents and verb != "import":
            continue
        levels = ["all" if role.administrator else _scope(module, verb, level) for level in LEVELS]
        chosen = role.grants.get(module.name, {}).get(verb, "")
        shown = chosen or levels[LEVELS.index(role.areas.get(module.area))]
        yield {
            "name": f"grants:{module.name}:{verb}",
            "label": words.VERBS[verb],
            "chosen": chosen,
            "levels": " ".join(levels),
            "shown": shown,
            "word": words.SCOPES[shown],
            "whole": not module.is_record,
        }


def _scope(module: Module, verb: str, level: str | None) -> str:
    return level_scope(level, module, verb).name.lower()


def _fields(request: HttpRequest, role: Role, name: str) -> HttpResponse:
    """The rules of one module's fields, asked for when somebody opens them: a module can have hundreds."""
    if name not in names():
        raise Http404(name)
    module = get(name)
    rules = role.fields.get(name, {})
    context = {
        "module": module,
        "levels": list(words.LEVELS.items()),
        "fields": [
            {
                "field": f,
                "name": f"fields:{name}:{f.name}",
                "chosen": rules.get(f.name, ""),
                "default": words.LEVELS[default_level(role, module, f.name)],
            }
            for f in module.fields
        ],
    }
    return render(request, "accounts/matrix_fields.html", context)
