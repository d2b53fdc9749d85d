"""The lines of a document over HTTP: the table alone, a new line, another order, one line less."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Invalid, run
from anello.core.modules import Module
from anello.core.ui.answers import told
from anello.core.ui.gate import module_view
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast, trigger
from anello.operations.sales.editor import LINES, Editor

MOST = 1000
"""Lines that can be put into another order at once."""


def _editor(request: HttpRequest, module: Module, pk: int, verb: str = "view") -> Editor:
    """The editor of a document's lines; 404 for what has none."""
    if module.name not in LINES:
        raise Http404(module.slug)
    return Editor(request, found(request, module, pk, verb))


@require_GET
@module_view
def lines(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/quotes/{id}/lines/`: table and totals, as they are now."""
    editor = _editor(request, module, pk)
    return render(request, "sales/line_table.html", {"editor": editor})


@require_POST
@module_view
def add(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/quotes/{id}/lines/add/`: a new line at the end; answers with the row for the next one."""
    editor = _editor(request, module, pk, "edit")
    given, errors = editor.typed(request.POST).read()
    # What is left empty, the product and its price list say.
    given = {name: value for name, value in given.items() if value not in (None, "")}
    try:
        if errors:
            raise Invalid(errors)
        run(f"{editor.module.name}.create", {**given, module.name: pk}, gesture(request))
    except Invalid as error:
        widgets = editor.widgets(request.POST, error.errors)
        shown = {name for name, _widget in widgets}
        general = [m for name, many in error.errors.items() if name not in shown for m in many]
        context = {"editor": editor, "widgets": widgets, "general": general}
        return render(request, "sales/line_entry.html", context, status=422)
    told(request, _("Line added"))
    context = {"editor": editor, "widgets": editor.widgets(QueryDict())}
    return trigger(render(request, "sales/line_entry.html", context), refresh={})


@require_POST
@module_view
def arrange(request: HttpRequest, module: Module, pk: int) -> HttpResponse:
    """`/quotes/{id}/lines/arrange/`: `lines` holds every line's id in the new order."""
    _editor(request, module, pk, "edit")
    ids = request.POST.get("lines", "").split(",")[: MOST + 1]
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in ids):
        raise Http404(module.slug)
    try:
        run(f"{module.name}.arrange", {"lines": ids}, gesture(request), target=pk)
    except Invalid as error:
        return _refused(request, error)
    told(request, _("Lines arranged"))
    return trigger(HttpResponse(), refresh={})


@require_POST
@module_view
def remove(request: HttpRequest, module: Module, pk: int, line: int) -> HttpResponse:
    """`/quotes/{id}/lines/{line}/remove/`: at once, with undo."""
    editor = _editor(request, module, pk, "edit")
    gone = next((one for one in editor.lines if one.pk == line), None)
    if gone is None:
        raise Http404(line)
    try:
        run(f"{editor.module.name}.delete", None, gesture(request), target=gone.pk)
    except Invalid as error:
        return _refused(request, error)
    told(request, _("%(line)s removed") % {"line": gone.description})
    return trigger(HttpResponse(), refresh={})


def _refused(request: HttpRequest, error: Invalid) -> HttpResponse:
    """Say why, and show what holds."""
    toast(request, error.words, kind="danger")
    return trigger(HttpResponse(status=422, headers={"HX-Reswap": "none"}), refresh={})
