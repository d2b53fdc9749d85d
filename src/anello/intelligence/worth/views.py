"""The calculator: a form, its results as one types, saved cases and their PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import actor_of, gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.policies import can
from anello.core.ui.gate import signed_in
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast
from anello.intelligence.worth import figures, form, paper, readiness
from anello.intelligence.worth.inputs import Inputs
from anello.intelligence.worth.measured import measured, recalibrated
from anello.intelligence.worth.module import BUSINESS_CASE
from anello.kit.numbers import whole

BAD = 422


@signed_in
@require_http_methods(["GET", "POST"])
def calculator(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """`/worth/` starts a case, `/worth/{id}/` opens a saved one; POST saves. `?measured=1` takes measured levers."""
    record = _found(request, pk)
    if request.method == "POST":
        return _save(request, record)
    inputs = Inputs.model_validate(record.inputs) if record else Inputs()
    if request.GET.get("measured"):
        inputs = recalibrated(inputs, measured(actor_of(request)))
    answers = record.answers if record else {}
    shown = form.texts(inputs, request.LANGUAGE_CODE)  # type: ignore[attr-defined]
    shown |= {form.ANSWER + name: str(value) for name, value in answers.items()}
    return _page(request, record, shown, {}, _figures(inputs, answers))


@signed_in
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The results of the form as it is; what is wrong with it, by field."""
    _found(request, None)
    try:
        inputs, answers = form.read(request.POST.dict(), request.LANGUAGE_CODE)  # type: ignore[attr-defined]
    except Invalid as error:
        wrong = [(_label(path), path, " ".join(str(e) for e in many)) for path, many in error.errors.items()]
        return render(request, "worth/results.html", {"wrong": wrong}, status=BAD)
    return render(request, "worth/results.html", {"found": _figures(inputs, answers)})


@signed_in
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The case on paper, in the reader's language."""
    record = _found(request, pk)
    shown = _figures(Inputs.model_validate(record.inputs), record.answers)
    made = paper.paper(record, shown, timezone.now())
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="crm-{record.pk}.pdf"'
    return response


def _figures(inputs: Inputs, answers: Mapping[str, int]) -> figures.Figures:
    # Brings numpy with it, which no other page needs.
    from anello.intelligence.worth.results import results

    return figures.of(results(inputs, answers))


def _found(request: HttpRequest, pk: int | None) -> Any:
    """The saved case; 404 for those for whom there is none, or no calculator."""
    if not can(actor_of(request), "business_case"):
        raise Http404(request.path)
    return None if pk is None else found(request, BUSINESS_CASE, pk)


def _save(request: HttpRequest, record: Any) -> HttpResponse:
    typed = request.POST.dict()
    try:
        inputs, answers = form.read(typed, request.LANGUAGE_CODE)  # type: ignore[attr-defined]
    except Invalid as error:
        return _page(request, record, typed, error.errors, None, status=BAD)
    values = {
        "name": typed.get("name", ""),
        "notes": typed.get("notes", ""),
        "inputs": inputs.model_dump(mode="json"),
        "answers": answers,
    }
    ctx = gesture(request)
    try:
        if record is None:
            saved = run("business_case.create", values, ctx)
        else:
            version = whole(typed.get("version")) or record.version
            saved = run("business_case.update", values, ctx, target=record.pk, version=version)
    except Invalid as error:
        return _page(request, record, typed, error.errors, _figures(inputs, answers), status=BAD)
    except Conflict:
        stale = {"": [_("Somebody changed this case meanwhile: reload it to see how, or save it under another name.")]}
        return _page(request, record, typed, stale, _figures(inputs, answers), status=409)
    toast(request, _("Saved: %(title)s") % {"title": saved.title})
    return redirect("worth:case", saved.pk)


def _page(
    request: HttpRequest, record: Any, shown: dict[str, str], errors: Any, answer: Any, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    dimensions = [
        (
            dimension.label,
            [
                (form.ANSWER + name, question.text, shown.get(form.ANSWER + name, ""))
                for question in dimension.questions
                if (name := f"{dimension.name}_{question.name}")
            ],
        )
        for dimension in readiness.DIMENSIONS
    ]
    context = {
        "record": record,
        "name": shown.get("name", record.name if record else ""),
        "notes": shown.get("notes", record.notes if record else ""),
        "groups": [(label, form.filled(fields, shown, errors)) for label, fields in form.GROUPS],
        "guesses": list(form.GUESSES.values()),
        "levers": form.lever_rows(shown, errors),
        "dimensions": dimensions,
        "scale": readiness.SCALE,
        "errors": errors,
        "general": errors.get("", []),
        "found": answer,
        "measured": measured(actor),
        "may_save": can(actor, "business_case", "create" if record is None else "edit"),
        "url": reverse("worth:case", args=[record.pk]) if record else reverse("worth:calculator"),
    }
    return render(request, "worth/calculator.html", context, status=status)


def _label(path: str) -> Any:
    return form.FIELDS[path].label if path in form.FIELDS else ""
