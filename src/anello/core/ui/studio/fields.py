"""A field's pages in Studio: choosing its kind, saying what it is, taking it away."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module
from anello.core.studio import queries, shape, uses
from anello.core.studio.models import CustomField
from anello.core.studio.module import CUSTOM_FIELD
from anello.core.ui.answers import go, once, told
from anello.core.ui.lists import condition_form
from anello.core.ui.records.edit import complain
from anello.core.ui.studio.forms import COLORS, FieldForm, paths
from anello.core.ui.studio.gate import of_module
from anello.core.ui.studio.kinds import CARDS, GROUPS
from anello.core.ui.studio.purging import purge_dialog, purged
from anello.core.ui.studio.retouching import retouch
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole
from anello.kit.text import L

EDIT = require_http_methods(["GET", "POST"])
RULES = ("required", "initial", "unique", "least", "most", "pattern", "show_if", "require_if")


@of_module
@require_GET
def choose(request: HttpRequest, module: Module) -> HttpResponse:
    """`/studio/{slug}/fields/new/`: the kinds to choose from."""
    if module not in shape.open_modules():
        raise Http404(module.slug)
    return render(request, "ui/studio/choose.html", {"module": module, "groups": GROUPS})


@of_module
@EDIT
def create(request: HttpRequest, module: Module, kind: str) -> HttpResponse:
    """`/studio/{slug}/fields/new/{kind}/`: a new field of that kind."""
    if kind not in CARDS or module not in shape.open_modules():
        raise Http404(kind)
    form = FieldForm(request, module, kind)
    if request.method == "GET":
        return _page(request, form)
    given, errors = form.read()
    given |= {"module": module.name, "kind": kind}
    try:
        complain(request, CUSTOM_FIELD, "create", given, errors)
        made = run("custom_field.create", given, gesture(request), key=once(request))
    except Invalid as error:
        form.refuse(error.errors)
        return _page(request, form, status=422)
    told(request, _("%(title)s added") % {"title": L(made.label_it, made.label_en)})
    view = "ui:studio_kinds" if "again" in request.POST else "ui:studio_module"
    return go(request, reverse(view, args=[module.slug]))


@of_module
@EDIT
def field(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """`/studio/{slug}/fields/{name}/`: a field, to be changed; one that the product brings, to be retouched."""
    row = queries.own_fields(module.name).get(name)
    if row is None:
        if not module.has(name):
            raise Http404(name)
        return retouch(request, module, name)
    form = FieldForm(request, module, row.kind, row)
    if request.method == "GET":
        return _page(request, form)
    given, errors = form.read()
    try:
        complain(request, CUSTOM_FIELD, "update", given, errors)
        version = whole(request.POST.get("version", ""))
        run("custom_field.update", given, gesture(request), target=row.pk, version=version)
    except Invalid as error:
        form.refuse(error.errors)
        return _page(request, form, status=422)
    except Conflict:
        toast(request, _("Somebody changed this field meanwhile: look at it before you save."), kind="warning")
        row.refresh_from_db()
        return _page(request, form, status=409)
    told(request, _("%(title)s saved") % {"title": L(row.label_it, row.label_en)})
    return go(request, reverse("ui:studio_module", args=[module.slug]))


def _page(request: HttpRequest, form: FieldForm, status: int = 200) -> HttpResponse:
    module, row = form.of, form.record
    context: dict[str, Any] = {
        "module": module,
        "form": form,
        "row": row,
        "card": CARDS[form.kind],
        "w": form.widgets,
        "here": request.path,
        "colors": list(COLORS.items()),
        "paths": paths(module) if form.kind == "formula" else [],
        "own_paths": [one for one in paths(module) if "." not in one[0]],
        "filled": [name for name in ("formula", "show_if", "require_if") if name in form.widgets and _said(form, name)],
        "uses": uses.of_field(module.name, row.name) if row else [],
        "rules_open": bool(set(form.errors) & set(RULES)) or _any_rule(form),
    }
    if form.kind == "rollup":
        context |= rollup_part(form)
    return render(request, "ui/studio/field.html", context, status=status)


def _said(form: FieldForm, name: str) -> bool:
    return bool(form.value(CUSTOM_FIELD.field(name)))


def _any_rule(form: FieldForm) -> bool:
    """Whether there is a rule to see when the page opens."""
    return any(form.value(f) not in (None, "", False, "false") for f in form.fields if f.name in RULES)


def rollup_part(form: FieldForm, step: condition_form.Step | None = None, error: str = "") -> dict[str, Any]:
    """What `ui/studio/rollup.html` shows: the fields to add up, and which of the records count."""
    if form.child is None:
        return {"child": None}
    tree = step.tree if step else form.tree
    shown = condition_form.shown(form.actor, form.child, tree, step.form if step else QueryDict())
    return {"child": form.child, "error": error, **shown}


@of_module
@EDIT
def delete(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """`/studio/{slug}/fields/{name}/delete/`: GET asks, naming what uses it; POST hides it, with undo.

    What is worked out of it goes along, and comes back with undo.
    """
    row = queries.own_fields(module.name).get(name)
    if row is None:
        raise Http404(name)
    along = queries.dependents(row)
    if request.method == "GET":
        context = {"module": module, "row": row, "uses": uses.of_field(module.name, name), "along": along}
        return render(request, "ui/studio/delete_field.html", context)
    return _done(request, module, "delete", [*along, row], _("%(title)s deleted"))


@of_module
@require_POST
def restore(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """`/studio/{slug}/fields/{name}/restore/`: it is back with its values."""
    return _done(request, module, "restore", [_deleted(module, name)], _("%(title)s is back"))


@of_module
@EDIT
def purge(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """`/studio/{slug}/fields/{name}/purge/`: GET asks, POST with its name typed takes it away for good."""
    row = _deleted(module, name)
    here = reverse("ui:studio_field_purge", args=[module.slug, name])
    found = uses.of_field(module.name, name)
    if request.method == "GET":
        return purge_dialog(request, row, here, found)
    if errors := purged(request, "custom_field", row):
        return purge_dialog(request, row, here, found, errors)
    return go(request, reverse("ui:studio_module", args=[module.slug]))


def _deleted(module: Module, name: str) -> CustomField:
    row = queries.own_fields(module.name, deleted=True).get(name)
    if row is None:
        raise Http404(name)
    return row


def _done(request: HttpRequest, module: Module, verb: str, rows: list[CustomField], words: str) -> HttpResponse:
    try:
        run(f"custom_field.{verb}", None, gesture(request), target=[row.pk for row in rows])
    except Invalid as error:
        toast(request, error.words, kind="danger")
        return HttpResponse(status=422, headers={"HX-Reswap": "none"})
    told(request, words % {"title": L(rows[-1].label_it, rows[-1].label_en)})
    return go(request, reverse("ui:studio_module", args=[module.slug]))
