"""Which records a report counts: the conditions of the lists, put together inside the builder."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from anello.core.accounts.middleware import actor_of
from anello.core.actions import Invalid
from anello.core.ui.gate import signed_in
from anello.core.ui.lists import condition_form
from anello.core.ui.lists.state import tree_of
from anello.intelligence.reports import queries
from anello.intelligence.reports.semantics import semantics


@signed_in
@require_POST
def conditions(request: HttpRequest) -> HttpResponse:
    """`/reports/conditions/`: the filter in the form after a step: `add`, `remove`, `joint`, or another subject."""
    queries.gate(request, "report", "view")
    actor = actor_of(request)
    data = request.POST
    module = semantics(actor, data.get("module", "")).module
    tree, error = tree_of(data.get("filter", "")), ""
    step = condition_form.Step(tree, data)
    try:
        step = condition_form.step(tree, data, lambda: condition_form.leaf(actor, module, data))
    except Invalid as refused:
        error = refused.words
    shown = condition_form.shown(actor, module, step.tree, step.form)
    context = {**shown, "error": error, "changed": step.changed}
    return render(request, "reports/conditions.html", context, status=422 if error else 200)
