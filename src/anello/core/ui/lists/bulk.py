"""One gesture on many records: change a field, hand them to somebody, delete them; all of it or nothing, with undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.modules import Field, Module
from anello.core.modules import fields as kinds
from anello.core.policies import can, field_access
from anello.core.search.records import CAP
from anello.core.ui import formats
from anello.core.ui.answers import go, told
from anello.core.ui.gate import module_view
from anello.core.ui.lists.state import ListState, read
from anello.core.ui.toasts import toast
from anello.kit.numbers import whole

INPUTS = {
    "longtext": "textarea", "integer": "text", "decimal": "text", "money": "text", "percent": "text", "date": "date",
    "datetime": "datetime", "choice": "select", "multichoice": "multiselect", "boolean": "select", "tags": "tags",
    "link": "link",
}  # fmt: skip
"""Kind of a field → kind of the form's input; the others are plain text."""


@module_view
@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest, module: Module) -> HttpResponse:
    """GET asks what to change (`verb` edit or assign); POST does it, or delete: all that match only when `sure`."""
    source = request.POST if request.method == "POST" else request.GET
    state = read(request, module, source)
    verb = source.get("verb", "edit")
    needed = "delete" if verb == "delete" else "edit"
    try:
        chosen = state.query(needed) if can(state.actor, module, needed) else None
    except Invalid as invalid:
        toast(request, str(invalid), kind="danger")
        return go(request, state.url())
    ids = [] if chosen is None else _ids(chosen, source)
    more = "all" in source and chosen is not None and chosen.count(CAP).capped
    if not ids:
        toast(request, _("Nothing to change among what you selected."), kind="warning")
        return HttpResponse(status=200)
    if request.method == "GET" or (verb == "delete" and "all" in source and "sure" not in source):
        return _ask(request, state, verb, ids, source, more=more)
    return _do(request, state, verb, ids, source, more=more)


def _ids(chosen: Any, source: Any) -> list[int]:
    """The records of the gesture that the actor may change: those ticked, or all that match, less those left out."""
    if "all" not in source:
        ticked = [pk for i in source.getlist("id")[:CAP] if (pk := whole(i)) is not None]
        chosen.records = chosen.module.model._default_manager.filter(pk__in=ticked).filter(
            pk__in=chosen.records.order_by()
        )
    left_out = {whole(i) for i in source.getlist("skip")}
    return [pk for pk in chosen.ids(CAP) if pk not in left_out]


def editable_fields(state: ListState) -> list[Field]:
    """The fields one may set on many records at once; what identifies a record is not among them."""
    access = field_access(state.actor, state.module)
    unique = state.module.duplicates
    return [
        f
        for f in state.module.inputs.values()
        if access[f.name] == "edit" and f.name not in unique and not isinstance(f, kinds.File | kinds.Ref | kinds.Json)
    ]


def _ask(
    request: HttpRequest,
    state: ListState,
    verb: str,
    ids: list[int],
    source: Any,
    problems: list[tuple[int, str, str]] | None = None,
    *,
    more: bool,
) -> HttpResponse:
    choices = editable_fields(state)
    name = "owner" if verb == "assign" else source.get("field", "")
    f = next((c for c in choices if c.name == name), None)
    number = len(ids)
    words = formats.number(number)
    return render(
        request,
        "ui/lists/bulk.html",
        {
            "module": state.module,
            "state": state,
            "verb": verb,
            "ticked": [] if "all" in source else source.getlist("id"),
            "all": "all" in source,
            "skipped": source.getlist("skip"),
            "count": words,
            "more": more,
            "left_out": 0 if "all" in source else len(source.getlist("id")) - len(source.getlist("skip")) - number,
            "fields": [(c.name, str(c.label)) for c in choices],
            "field": f,
            "input": _input(f, source) if f else None,
            "problems": problems or [],
            "failed": sorted({pk for pk, _title, _message in problems or [] if pk}),
        },
        status=422 if problems else 200,
    )


def _input(f: Field, source: Any) -> dict[str, Any]:
    """What the form's input needs to take a value of this field."""
    options: list[tuple[str, str]] = []
    if isinstance(f, kinds.Choice):
        options = [(o.value, str(o.label)) for o in f.options]
    elif isinstance(f, kinds.Boolean):
        options = [("true", _("Yes")), ("false", _("No"))]
    many = isinstance(f, kinds.MultiChoice)
    return {
        "kind": INPUTS.get(f.kind, "text"),
        "options": options,
        "value": source.getlist("value") if many else source.get("value", ""),
        "lookup": f"/lookup/{f.to}/" if isinstance(f, kinds.Link) else "",
    }


def _do(request: HttpRequest, state: ListState, verb: str, ids: list[int], source: Any, *, more: bool) -> HttpResponse:
    module, ctx = state.module, gesture(request)
    try:
        if verb == "delete":
            run(f"{module.name}.delete", None, ctx, target=ids)
        else:
            run(f"{module.name}.update", _values(state, verb, source), ctx, target=ids)
    except Invalid as invalid:
        problems = _problems(state, ids, invalid.errors)
        if verb == "delete":
            toast(request, problems[0][2], kind="danger")
            return HttpResponse(status=422)
        return _ask(request, state, verb, ids, source, problems, more=more)
    words = {"number": formats.number(len(ids))}
    if verb == "delete":
        said = ngettext("%(number)s record deleted", "%(number)s records deleted", len(ids)) % words
    else:
        said = ngettext("%(number)s record changed", "%(number)s records changed", len(ids)) % words
    if more:
        said += ". " + _("The others that match are as they were.")
    told(request, said)
    return go(request, state.url())


def _values(state: ListState, verb: str, source: Any) -> dict[str, Any]:
    name = "owner" if verb == "assign" else source.get("field", "")
    f = next((c for c in editable_fields(state) if c.name == name), None)
    if f is None:
        raise Invalid({"": [_("Choose the field to change.")]})
    if isinstance(f, kinds.Tags):
        return {name: [v for v in source.getlist("value") if v]}
    if isinstance(f, kinds.MultiChoice):
        return {name: source.getlist("value")}
    try:
        return {name: f.parse(source.get("value", ""), formats.locale()[:2])}
    except ValueError as error:
        raise Invalid({name: [str(error)]}) from error


def _problems(state: ListState, ids: list[int], errors: Mapping[str, list[str]]) -> list[tuple[int, str, str]]:
    """What is wrong, per record: (id, title, message); the same trouble with all of them is told once, with id 0."""
    found: list[tuple[int, str]] = []
    for key, messages in errors.items():
        index = key.partition(".")[0]
        pk = ids[int(index)] if index.isdecimal() and int(index) < len(ids) else 0
        found.append((pk, " ".join(messages)))
    if len(found) == len(ids) and len({message for _pk, message in found}) == 1:
        return [(0, "", found[0][1])]
    records = state.module.model._default_manager.in_bulk([pk for pk, _message in found if pk])
    return [(pk, state.module.title_of(records[pk]) if pk in records else "", message) for pk, message in found[:100]]
