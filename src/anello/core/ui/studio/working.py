"""What a field's form asks while one types: whether a formula makes sense, what it gives, what there is to add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from anello.core.actions import Invalid
from anello.core.modules import Module
from anello.core.policies import visible
from anello.core.studio import computing, queries
from anello.core.studio.formula_kinds import KIND_NAMES, FormulaError
from anello.core.studio.formulas import Formula, read
from anello.core.studio.kinds import KINDS, RESULTS
from anello.core.ui import values
from anello.core.ui.lists import condition_form
from anello.core.ui.studio.fields import rollup_part
from anello.core.ui.studio.forms import COLORS, FieldForm
from anello.core.ui.studio.gate import of_module
from anello.kit.text import L

EXAMPLES = 3
TYPED = {"formula": False, "show_if": True, "require_if": True}
"""The fields that hold a formula, and whether it is a condition."""


@dataclass(frozen=True)
class Fault:
    """A formula with its mistake: what stands before it, the character, what comes after."""

    words: L
    before: str
    at: str
    after: str


@of_module
@require_POST
def check(request: HttpRequest, module: Module, name: str) -> HttpResponse:
    """`/studio/{slug}/check/{name}/`: the formula's mistake, or its kind and what it gives for some records."""
    if name not in TYPED:
        raise Http404(name)
    text = request.POST.get(name, "")
    context: dict[str, Any] = {"module": module}
    if text.strip():
        try:
            formula = read(module, text, condition=TYPED[name])
            context |= {"kind": KIND_NAMES[formula.kind], "examples": _examples(request, module, formula)}
        except FormulaError as error:
            context["fault"] = fault(text, error)
    return render(request, "ui/studio/check.html", context)


def fault(text: str, error: FormulaError) -> Fault:
    at = min(error.at, len(text) + 1) - 1
    return Fault(error.words, text[:at], text[at : at + 1], text[at + 1 :])


def _examples(request: HttpRequest, module: Module, formula: Formula) -> list[tuple[str, str]]:
    """(record, result) of the latest records that the reader may see."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    latest = module.model._default_manager.filter(visible(actor, module)).order_by("-updated_at", "-pk")[:EXAMPLES]
    f = KINDS[RESULTS[formula.kind]].spec("result", KIND_NAMES[formula.kind])
    return [
        (
            module.title_of(record),
            values.plain(f, value, {}, record) if (value := formula.value(known)) is not None else "",
        )
        for record, known in computing.given_to(module, list(latest), formula.paths)
    ]


def _form(request: HttpRequest, module: Module, kind: str, name: str) -> FieldForm:
    return FieldForm(request, module, kind, queries.own_fields(module.name).get(name))


@of_module
@require_POST
def picklist(request: HttpRequest, module: Module, kind: str) -> HttpResponse:
    """`/studio/{slug}/picklist/{kind}/`: the values as they were typed, beside those of another choice."""
    form = _form(request, module, kind, request.GET.get("field", ""))
    return render(request, "ui/studio/picklist.html", {"form": form, "colors": list(COLORS.items()), "module": module})


@of_module
@require_POST
def rollup(request: HttpRequest, module: Module) -> HttpResponse:
    """`/studio/{slug}/rollup/`: what there is to count and to add up, and a step of its filter."""
    form, data, error = _form(request, module, "rollup", request.GET.get("field", "")), request.POST, ""
    step = condition_form.Step(form.tree, data)
    child = form.child
    if child is not None:
        try:
            step = condition_form.step(form.tree, data, lambda: condition_form.leaf(form.actor, child, data))
        except Invalid as refused:
            error = refused.words
    context = {"form": form, "module": module, "w": form.widgets, **rollup_part(form, step, error)}
    return render(request, "ui/studio/rollup.html", context, status=422 if error else 200)
