"""What the product brings, as the administrators want it: other words, and fields that nobody sees."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.modules import Module
from anello.core.studio import queries, retouching, shape, uses
from anello.core.studio.module import RETOUCH
from anello.core.ui.answers import go, once, told
from anello.core.ui.studio.forms import StudioForm
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole
from anello.kit.text import L

OF_FIELD = ("label_it", "label_en", "hidden")
OF_MODULE = ("label_it", "plural_it", "label_en", "plural_en")
_AS_IT_CAME = {"label_it": "", "label_en": "", "hidden": False}
_MODULE_AS_IT_CAME = dict.fromkeys(OF_MODULE, "")


def retouch(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """The form of a field that the product brings, or (no name) of a whole module; `reset` makes it as it came."""
    row = queries.retouches(module.name).get(name)
    names = OF_FIELD if name else OF_MODULE
    if request.method == "POST" and "reset" in request.POST and row is not None:
        run("retouch.update", _AS_IT_CAME if name else _MODULE_AS_IT_CAME, gesture(request), target=row.pk)
        return _back(request, module, _("As it came"))
    form = StudioForm(request, RETOUCH, names, record=row)
    if request.method == "GET":
        return _page(request, module, name, form)
    given, _errors = form.read()
    try:
        if row is None:
            run("retouch.create", {"module": module.name, "field": name, **given}, gesture(request), key=once(request))
        else:
            version = whole(request.POST.get("version", ""))
            run("retouch.update", given, gesture(request), target=row.pk, version=version)
    except Invalid as error:
        form.refuse(error.errors)
        return _page(request, module, name, form, status=422)
    except Conflict:
        toast(request, _("Somebody changed this meanwhile: look at it before you save."), kind="warning")
        return go(request, request.get_full_path())
    return _back(request, module, _("%(title)s saved") % {"title": _came(module, name)[0]})


def _back(request: HttpRequest, module: Module, words: str) -> HttpResponse:
    told(request, words)
    return go(request, reverse("ui:studio_module", args=[module.slug]))


def _came(module: Module, name: str) -> list[L]:
    """What the field, or the module (one and many), was called when it came."""
    code = shape.as_it_came(module)
    if not name:
        return [code["names"], code["plural"]]
    return [next((f.label for f in code["fields"] if f.name == name), module.field(name).label)]


def _page(request: HttpRequest, module: Module, name: str, form: StudioForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "module": module,
        "name": name,
        "form": form,
        "row": form.record,
        "touched": form.record and any(getattr(form.record, one) for one in OF_FIELD + OF_MODULE),
        "w": form.widgets,
        "here": request.path,
        "came": _came(module, name),
        "uses": uses.of_field(module.name, name) if name else [],
        "kept": retouching.kept(module, name) if name else None,
    }
    return render(request, "ui/studio/retouch.html", context, status=status)
