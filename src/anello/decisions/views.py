"""The ring page, and the builder of policies with its preview."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Conflict, Invalid, run
from anello.core.policies import can
from anello.core.ui.answers import go, told
from anello.core.ui.gate import signed_in
from anello.core.ui.lists import condition_form
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast
from anello.decisions import drawing, simulation
from anello.decisions import ring as figures
from anello.decisions.building import LETTERS, Builder
from anello.decisions.models import Policy
from anello.decisions.module import POLICY
from anello.decisions.panels import context_of


@require_GET
@signed_in
def ring(request: HttpRequest) -> HttpResponse:
    """`/ring/`: the closed loop with its figures; `?part=1` gives the figures alone, for open pages that heard."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if not any(can(actor, name) for name in ("person", "organisation")):
        raise Http404(request.path)
    context = {"ring": figures.ring(actor), "size": drawing.SIZE}
    context["policies"] = can(actor, "policy")
    template = "decisions/ring_figures.html" if "part" in request.GET else "decisions/ring.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@signed_in
def build(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """`/policies/new/`, `/policies/{id}/edit/`: the builder; POST saves."""
    policy = _policy(request, pk)
    if request.method == "GET":
        return _builder(request, Builder(request, policy))
    builder = Builder(request, policy, request.POST)
    try:
        values = builder.read()
        if policy is None:
            saved = run("policy.create", values, gesture(request))
        else:
            version = int(request.POST["version"]) if request.POST.get("version", "").isdecimal() else None
            saved = run("policy.update", values, gesture(request), target=policy.pk, version=version)
    except Invalid as error:
        builder.refuse(error.errors)
        return _builder(request, builder, status=422)
    except Conflict:
        toast(request, _("Somebody changed this policy meanwhile: look at it before you save."), kind="warning")
        return _builder(request, Builder(request, _policy(request, pk)), status=409)
    told(request, _("%(title)s saved") % {"title": saved.title})
    return go(request, reverse("ui:record", args=[POLICY.slug, saved.pk]))


def _policy(request: HttpRequest, pk: int | None) -> Policy | None:
    """The policy to be changed; 404 for whoever may not make or change it."""
    if pk is not None:
        return found(request, POLICY, pk, "edit")
    if not can(request.actor, POLICY, "create"):  # type: ignore[attr-defined]
        raise Http404(request.path)
    return None


def _builder(request: HttpRequest, builder: Builder, status: int = 200) -> HttpResponse:
    policy = builder.policy
    here = [POLICY.slug, policy.pk] if policy else []
    context = {
        "builder": builder,
        "policy": policy,
        "sections": builder.sections(),
        "actions": builder.actions(),
        **builder.condition(builder.tree, QueryDict()),
        "error": " ".join(builder.errors.get("condition", ())),
        "list_url": reverse("ui:list", args=[POLICY.slug]),
        "cancel_url": reverse("ui:record", args=here) if policy else reverse("ui:list", args=[POLICY.slug]),
        "url": reverse("decisions:edit", args=[policy.pk]) if policy else reverse("decisions:new"),
    }
    return render(request, "decisions/builder.html", context, status=status)


@require_GET
@signed_in
def parameters(request: HttpRequest, letter: str) -> HttpResponse:
    """`/policies/actions/A/?A-treatment=call`: the fields of the action that was just chosen."""
    if letter not in LETTERS or not can(request.actor, POLICY, "create"):  # type: ignore[attr-defined]
        raise Http404(request.path)
    builder = Builder(request)
    action = builder.action(letter, request.GET.get(f"{letter}-treatment", ""))
    return render(request, "decisions/action_fields.html", {"action": action})


@require_POST
@signed_in
def condition(request: HttpRequest) -> HttpResponse:
    """`/policies/condition/`: the condition in the form after a step, with the form of one more part."""
    if not can(request.actor, POLICY, "create"):  # type: ignore[attr-defined]
        raise Http404(request.path)
    builder = Builder(request, None, request.POST)
    step, error = condition_form.Step(builder.tree, request.POST), ""
    try:
        step = builder.step()
    except Invalid as refused:
        error = refused.words
    context = {**builder.condition(step.tree, step.form), "error": error, "changed": step.changed}
    return render(request, "decisions/condition.html", context, status=422 if error else 200)


@require_POST
@signed_in
def preview(request: HttpRequest) -> HttpResponse:
    """`/policies/preview/`: what the policy in the form would do now; nothing is written."""
    pk = request.POST.get("policy", "")
    policy = _policy(request, int(pk) if pk.isdecimal() and len(pk) < 19 else None)
    builder = Builder(request, policy, request.POST)
    try:
        unsaved = builder.unsaved(builder.read())
        if not unsaved.variants:
            return render(request, "decisions/preview.html", {"nothing": True})
        with transaction.atomic():
            shown = simulation.preview(unsaved, request.actor, timezone.now())  # type: ignore[attr-defined]
    except Invalid as error:
        words = error.messages
        return render(request, "decisions/preview.html", {"errors": words})
    return render(request, "decisions/preview.html", {"preview": shown, "currency": settings.BASE_CURRENCY})


@require_GET
@signed_in
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """`/policies/{id}/course/`: what the policy's page says of its effect, read again."""
    return render(request, "decisions/course_parts.html", context_of(request, found(request, POLICY, pk)))
