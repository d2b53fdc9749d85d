"""Which records a report counts: the conditions of the lists, put together inside the builder."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from anello.core.accounts.middleware import actor_of
from anello.core.actions import Invalid
from anello.core.modules import Module
from anello.core.policies import Actor
from anello.core.search import compile_filter
from anello.core.ui.gate import signed_in
from anello.core.ui.lists import conditions as filters
from anello.core.ui.lists.state import compact
from anello.core.ui.lists.views import value_widget
from anello.intelligence.reports import queries
from anello.intelligence.reports.asking import tree_of
from anello.intelligence.reports.semantics import semantics

BAD = 422


@signed_in
@require_POST
def conditions(request: HttpRequest) -> HttpResponse:
    """`/reports/conditions/`: the filter in the form after a step: `add`, `remove`, `joint`, or another subject."""
    queries.gate(request, "report", "view")
    actor = actor_of(request)
    data = request.POST
    form: QueryDict = data
    try:
        module = semantics(actor, data.get("module", "")).module
        tree = tree_of(data)
        if "remove" in data:
            tree = filters.without(tree, data["remove"])
        elif data.get("joint") in filters.OTHER:
            tree = filters.joined(tree, data["joint"])
        elif "add" in data:
            tree, form = filters.put(tree, data.get("at") or "new", _leaf(actor, module, data)), QueryDict()
        elif "edit" in data:
            form = _editing(tree, data["edit"])
    except Invalid as refused:
        error = " ".join(str(m) for many in refused.errors.values() for m in many)
        return render(request, "reports/conditions.html", {**_kept(actor, data), "error": error}, status=BAD)
    changed = "remove" in data or "joint" in data or "add" in data
    return render(request, "reports/conditions.html", {**shown(actor, module, tree, form), "changed": changed})


def _kept(actor: Actor, data: QueryDict) -> dict[str, Any]:
    """The form as it was, where that can be read."""
    try:
        return shown(actor, semantics(actor, data.get("module", "")).module, tree_of(data), data)
    except Invalid:
        return {}


def _leaf(actor: Actor, module: Module, data: QueryDict) -> dict[str, Any]:
    subject = next((s for s in filters.subjects(actor, module) if s.path == data.get("what")), None)
    if subject is None:
        raise Invalid({"filter": [_("Choose what the condition is about.")]})
    made = filters.from_form(subject, data.get("op", ""), data)
    compile_filter(actor, module, made)
    return made


def _editing(tree: Any, at: str) -> QueryDict:
    """The form of the condition that stands at a place."""
    leaf = filters.leaf_at(tree, at)
    form = QueryDict(mutable=True)
    form.update({"what": str(leaf.get("field", "")), "op": str(leaf.get("op", "is")), "at": at})
    return form


def shown(actor: Actor, module: Module, tree: Any, form: QueryDict) -> dict[str, Any]:
    """The conditions as chips, and the form of the one that is being written."""
    joint, chips = filters.chips(actor, module, tree)
    choices = filters.subjects(actor, module)
    subject = next((s for s in choices if s.path == form.get("what")), None)
    operators = subject.operators if subject else {}
    op = form.get("op", "") if form.get("op", "") in operators else next(iter(operators), "")
    at = form.get("at") or "new"
    before = filters.leaf_at(tree, at)
    same = subject is not None and before.get("field") == subject.path and before.get("op", "is") == op
    return {
        "filter": compact(tree) if tree else "",
        "joint": joint,
        "other": filters.OTHER[joint],
        "chips": chips,
        "choices": [(s.path, s.label) for s in choices],
        "subject": subject,
        "operators": operators.items(),
        "op": op,
        "at": at,
        **value_widget(subject, op, before.get("value") if same else None, actor),
    }
