"""The warehouse's page: how fresh it is, what it holds, where each row came from, what is wrong with it."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from anello.core.actions import Context, Invalid, run
from anello.core.policies import Actor, can
from anello.core.ui.gate import needs
from anello.core.ui.toasts import toast
from anello.kit.numbers import format_number
from anello.kit.text import L
from anello.warehouse import progress, status
from anello.warehouse.datasets import datasets


@require_GET
@needs("exchange_rate")
def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/warehouse/`."""
    found, working = status.overview(), progress.current()
    at_hand = datasets().get(working.what)
    context = {
        "found": found,
        "working": working,
        "doing": at_hand.module.plural if at_hand and at_hand.module else working.what,
        "may_load": can(actor, "exchange_rate", "edit"),
        "took": f"{format_number(round(Decimal(found.seconds), 1), get_language() or 'it')} s",
    }
    return render(request, "warehouse/page.html", context)


@require_POST
@needs("exchange_rate")
def load(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/warehouse/load/`: load now."""
    asked = {"whole": request.POST.get("whole") == "1", "source": request.POST.get("source", "")}
    try:
        waits = run("warehouse.load", asked, Context(actor=actor, via="ui"))
    except Invalid as error:
        toast(request, error, kind="warning")
        return HttpResponseRedirect(reverse("warehouse:page"))
    words = L("Il carico parte tra un momento.", "The load begins in a moment.") if waits else None
    toast(request, words or L("Un carico aspetta già.", "A load is waiting already."))
    return HttpResponseRedirect(reverse("warehouse:page"))
