"""Registered actions as buttons and dialogs: the form comes from the typed input of the action (see `typed`)."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from anello.core.accounts.middleware import gesture
from anello.core.actions import Action, Conflict, Denied, Invalid, find, run
from anello.core.events.models import Event
from anello.core.modules import Link, Module, by_model
from anello.core.ui.answers import go, once, told
from anello.core.ui.gate import module_view
from anello.core.ui.records import typed
from anello.core.ui.records.forms import titles_for
from anello.core.ui.records.found import found
from anello.core.ui.records.pages import runnable
from anello.core.ui.toasts import toast, trigger
from anello.kit.numbers import whole


@require_http_methods(["GET", "POST"])
@module_view
def do(request: HttpRequest, module: Module, pk: int, name: str) -> HttpResponse:
    """`/{slug}/{id}/do/{action}/`: GET asks (in the dialog), POST runs."""
    record = found(request, module, pk)
    own = find(name)
    if own is None or own.module != module.name or not runnable(request, module, record, own):
        raise Http404(name)
    if request.method == "GET":
        return _dialog(request, module, record, own)
    data, errors = typed.read(own.input, request.POST)
    try:
        if errors:
            raise Invalid(errors)
        result = run(name, data, gesture(request), target=pk, key=once(request))
    except Invalid as error:
        if own.input.model_fields:
            return _dialog(request, module, record, own, data=request.POST, errors=error.errors, status=422)
        return _refused(request, error.words, 422)
    except (Conflict, Denied) as error:
        return _refused(request, error, 409 if isinstance(error, Conflict) else 403)
    return _done(request, module, pk, own, result)


def _refused(request: HttpRequest, words: object, status: int) -> HttpResponse:
    toast(request, words, kind="danger")
    return HttpResponse(status=status, headers={"HX-Reswap": "none"})


def _done(request: HttpRequest, module: Module, pk: int, own: Action, result: Any) -> HttpResponse:
    """Say it, with undo where something can be undone; go to the record that came of it."""
    if own.undoable and Event.objects.filter(batch=gesture(request).batch).exists():
        told(request, own.label)
    else:
        toast(request, own.label)
    made = _record_url(result)
    here = reverse("ui:record", args=[module.slug, pk])
    if made and made != here:
        return go(request, made)
    return trigger(HttpResponse(headers={"HX-Reswap": "none"}), dialog_close={}, refresh={})


def _record_url(result: Any) -> str:
    if not isinstance(result, Model):
        return ""
    try:
        module = by_model(type(result))
    except KeyError:
        return ""
    return reverse("ui:record", args=[module.slug, result.pk]) if module.is_record else ""


def _dialog(
    request: HttpRequest,
    module: Module,
    record: Any,
    own: Action,
    *,
    data: QueryDict | None = None,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    # What the gesture itself said (into which stage) is not asked again.
    fixed = request.GET.get("fixed", "")
    fixed = fixed if fixed in own.input.model_fields else ""
    fields = own.input.model_fields.keys() - {fixed}
    context = {
        "own": own,
        "fixed": fixed,
        "fixed_value": request.GET.get(fixed, ""),
        "into": _into(request, module, fixed),
        "module": module,
        "record": record,
        "title": module.title_of(record),
        "widgets": typed.widgets(request, own.input, record, data, errors, but=fixed),
        "general": [m for name, many in errors.items() if name not in fields for m in many],
        "url": request.get_full_path(),
    }
    return render(request, "ui/records/action.html", context, status=status)


def _into(request: HttpRequest, module: Module, fixed: str) -> str:
    """The words for the value that the gesture gave."""
    f = module.field(fixed) if module.has(fixed) else None
    pk = whole(request.GET.get(fixed, ""))
    if not isinstance(f, Link) or pk is None:
        return ""
    return titles_for(request.actor, [(f.to, pk)]).get((f.to, pk), "")  # type: ignore[attr-defined]
