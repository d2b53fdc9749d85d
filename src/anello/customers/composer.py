"""The composer above a timeline: what was said with a customer or about a lead or a deal, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.modules import L, Module, get
from anello.core.policies import can, visible
from anello.core.ui.answers import go, is_part, once, told
from anello.core.ui.gate import module_view
from anello.core.ui.records.found import found
from anello.core.ui.toasts import trigger
from anello.core.ui.values import record_url
from anello.customers.module import KINDS as CUSTOMER_KINDS
from anello.customers.module import talked_about

TALKED = (*CUSTOMER_KINDS, *(module.name for module in talked_about()))
KINDS = {
    "note": (L("Nota", "Note"), "note"),
    "phone": (L("Telefonata", "Call"), "phone"),
    "email": (L("E-mail", "E-mail"), "mail"),
    "visit": (L("Incontro", "Meeting"), "users"),
    "task": (L("Compito", "Task"), "checkbox"),
}


def shown(request: HttpRequest, module: Module, pk: int, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the template shows: the kinds this person may add, and what was typed."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    kinds = {name: both for name, both in KINDS.items() if name != "task" or can(actor, "activity", "create")}
    due = timezone.localdate().isoformat()
    return {"module": module, "pk": pk, "kinds": kinds, "given": {"channel": "note", "due_on": due, **(given or {})}}


@require_POST
@module_view
def log(request: HttpRequest, module: Module, pk: str) -> HttpResponse:
    """`/{slug}/{id}/log/`: add a note, a call or other contact, or a task."""
    if module.name not in TALKED:
        raise Http404(module.slug)
    record = found(request, module, int(pk), "edit")
    try:
        if request.POST.get("channel") == "task":
            _task(request, module, record)
        else:
            _said(request, module, record)
    except (Invalid, ValueError) as error:
        messages = error.messages if isinstance(error, Invalid) else [str(error)]
        context = {**shown(request, module, record.pk, request.POST.dict()), "errors": messages}
        return render(request, "customers/composer.html", context, status=422)
    told(request, _("Added to the timeline."))
    if not is_part(request):
        return go(request, record_url(module.name, record.pk))
    return trigger(render(request, "customers/composer.html", shown(request, module, record.pk)), refresh={})


def _said(request: HttpRequest, module: Module, record: Any) -> None:
    names = ("channel", "direction", "subject", "body", "minutes", "at")
    fields = get("interaction").inputs
    given = {n: request.POST[n] for n in names if request.POST.get(n, "").strip()}
    if given.get("channel") == "note":
        # A note goes nowhere, whatever the form's other kinds ask.
        given.pop("direction", None)
    values = {n: fields[n].parse(text) for n, text in given.items()}
    if not given.get("body") and not given.get("subject"):
        raise Invalid({"body": [_("Write what was said.")]})
    values |= _of(request, module, record, "edit")
    run("interaction.create", values, gesture(request), key=once(request))


def _task(request: HttpRequest, module: Module, record: Any) -> None:
    """The first line says what, the rest is its description."""
    subject, _rest, description = request.POST.get("body", "").strip().partition("\n")
    if not subject:
        raise Invalid({"body": [_("Write what is to be done.")]})
    values = {"kind": "task", "subject": subject.strip(), "description": description.strip()}
    due = get("activity").field("due_on").parse(request.POST.get("due_on", ""))
    values |= {"due_on": due, **_of(request, module, record, "view")}
    run("activity.create", values, gesture(request), key=once(request))


def _of(request: HttpRequest, module: Module, record: Any, verb: str) -> dict[str, Any]:
    """Where it belongs: to the customer, or to the record and those of its customers on whom the person may do that."""
    if module.name in CUSTOMER_KINDS:
        return {module.name: record.pk}
    found_at: dict[str, Any] = {"about": f"{module.name}:{record.pk}"}
    for name in CUSTOMER_KINDS:
        link = getattr(module.timeline, name)
        pk = module.field(link).get(record) if link else None
        theirs = get(name).model._default_manager.filter(visible(request.actor, name, verb), pk=pk)  # type: ignore[attr-defined]
        if pk is not None and theirs.exists():
            found_at[name] = pk
    return found_at
