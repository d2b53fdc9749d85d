"""Deciding pairs side by side; how right the model is; on which terms it merges by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anello.core.accounts.middleware import gesture
from anello.core.actions import Denied, Invalid, run
from anello.core.modules import get
from anello.core.policies import Actor, field_access
from anello.core.ui import formats
from anello.core.ui.answers import go
from anello.core.ui.gate import needs
from anello.core.ui.records.found import found
from anello.core.ui.toasts import toast, trigger
from anello.customers.comparison import compare
from anello.intelligence.identity import automatic, bands, progress, queries
from anello.intelligence.identity.comparing import COMPARISONS, words
from anello.intelligence.identity.models import IdentityPair
from anello.intelligence.identity.module import IDENTITY_PAIR, STATES
from anello.intelligence.value.cards import why_not
from anello.intelligence.value.panels import weights
from anello.kit.numbers import whole

CAP = 1000
LATELY = 20
SUREST = Decimal("99.9")
VERBS = ("merge", "keep_apart", "reconsider")


reviewer = needs("person", "edit")
"""For those who may change people; for others there is no such page."""


@require_GET
@reviewer
def review(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/identity/?pair=12`: one pair, the first that waits unless another is named."""
    waiting = list(queries.waiting(actor).values_list("pk", flat=True)[: CAP + 1])
    asked = whole(request.GET.get("pair", ""))
    at = waiting.index(asked) if asked in waiting else 0
    done = queries.decided_today(actor)
    context: dict[str, Any] = {
        "working": _working(),
        "card": queries.card(),
        "done": done,
        "total": done + min(len(waiting), CAP),
        "capped": len(waiting) > CAP,
        "last": queries.last_decision(actor),
    }
    context["why"] = why_not(context["card"].cause) if context["card"] else ""
    if waiting:
        context |= _shown(actor, queries.waiting(actor).get(pk=waiting[at]))
        context["next"] = waiting[(at + 1) % len(waiting)]
    return render(request, "identity/review.html", context)


def _working() -> dict[str, Any]:
    now = progress.current()
    names = list(progress.STEPS)
    return {
        "step": progress.STEPS.get(now.step, now.step),
        "done": names.index(now.step) if now.step in progress.STEPS else 0,
        "steps": len(names),
        "error": now.error,
    }


def _shown(actor: Actor, pair: IdentityPair) -> dict[str, Any]:
    """The two people, the elder first, with what differs and what the model makes of it."""
    people = get("person")
    records = sorted((pair.person, pair.other), key=lambda one: (one.created_at, one.pk))
    lines = compare(actor, people, records, records[0])
    return {
        "pair": pair,
        "records": records,
        "lines": [(line, _differ(line.cells)) for line in lines],
        "reasons": list(_reasons(actor, pair)),
        "chance": f"> {formats.number(SUREST, 1)}"
        if pair.probability > SUREST
        else formats.number(pair.probability, 1),
    }


def _differ(cells: list[Any]) -> str:
    """Whether both say something, and not the same; or only one of them does."""
    if any(cell.empty for cell in cells):
        return "one" if not all(cell.empty for cell in cells) else ""
    return "both" if len({str(cell.shown) for cell in cells}) > 1 else ""


def _reasons(actor: Actor, pair: IdentityPair) -> Any:
    """Words and colour of each reason, without what the reader may not see of a person."""
    levels = field_access(actor, get("person"))
    for reason in pair.reasons:
        if levels.get(reason["comparison"]) != "hidden":
            _label, told = words(reason["comparison"], reason["level"])
            bits = f"{'+' if reason['bits'] > 0 else '−'}{formats.number(abs(reason['bits']), 1)}"
            yield told, bits, "green" if reason["bits"] > 0 else "amber"


@require_POST
@reviewer
def decide(request: HttpRequest, actor: Actor, pk: int, verb: str) -> HttpResponse:
    """`/identity/12/merge/`: merge them, keep them apart, or take that back; then the next pair."""
    if verb not in VERBS:
        raise Http404(request.path)
    found(request, IDENTITY_PAIR, pk, "edit")
    here = reverse("identity:review")
    try:
        run(f"identity_pair.{verb}", {}, gesture(request), target=pk)
    except Denied:
        toast(request, _("You may not delete one of these records, so you cannot merge it."), kind="danger")
        return go(request, f"{here}?pair={pk}")
    except Invalid as error:
        toast(request, error, kind="warning")
        return go(request, here)
    if verb == "reconsider":
        toast(request, _("Taken back."))
        return go(request, f"{here}?pair={pk}")
    said = _("Merged into one record.") if verb == "merge" else _("They stay two records.")
    toast(request, said, undo=reverse("identity:decide", args=[pk, "reconsider"]))
    after = whole(request.POST.get("next", ""))
    return go(request, f"{here}?pair={after}" if after and after != pk else here)


@require_POST
@reviewer
def undo_last(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """`/identity/undo/`: take back what the reader decided last."""
    last = queries.last_decision(actor)
    if last is None:
        toast(request, _("There is nothing to take back."), kind="info")
        return trigger(HttpResponse(status=204), refresh={})
    return decide(request, pk=last.pk, verb="reconsider")


@require_POST
@reviewer
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/identity/search/`: look for pairs now."""
    asked = run("identity.search", {}, gesture(request))
    if not asked:
        toast(request, _("Already looking."), kind="info")
    return go(request, reverse("identity:review"))


@require_GET
@reviewer
def precision(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/identity/precision/`: how right the model is, what it learned, and the terms of merging by itself."""
    return _precision(request, actor, {}, 200)


@require_POST
@reviewer
def terms(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/identity/terms/`: change the terms."""
    given = {name: request.POST.get(name, "").replace(",", ".") for name in ("review", "threshold", "precision")}
    try:
        run("identity.configure", {**given, "automatic": "automatic" in request.POST}, gesture(request))
    except Invalid as error:
        return _precision(request, actor, error.errors, 422)
    toast(request, _("Terms saved. They hold from the next search on."))
    return go(request, reverse("identity:precision"))


def _precision(request: HttpRequest, actor: Actor, errors: dict[str, list[str]], status: int) -> HttpResponse:
    asked, card = queries.terms(), queries.card()
    automatic_band = queries.band(asked)
    context = {
        "terms": asked,
        "errors": errors,
        "may_configure": queries.may_configure(actor),
        "bands": bands.bands(queries.counted()),
        "band": automatic_band,
        "allowed": automatic.allowed(asked),
        "needed": bands.needed(float(asked.precision) / 100),
        "card": card,
        "why": why_not(card.cause) if card else "",
        "histogram": weights(card.plots[0]) if card and card.plots else None,
        "learned": list(_learned(card)) if card else [],
        "decided": [(pair, _state(pair)) for pair in queries.decided(actor, LATELY)],
    }
    return render(request, "identity/precision.html", context, status=status)


def _learned(card: Any) -> Any:
    """What each level of each comparison says, in the reader's words: label, [(words, bits)]."""
    for name, levels in card.parameters.get("weights", {}).items():
        yield COMPARISONS[name].label, [(words(name, one["level"])[1], one["bits"]) for one in levels]


def _state(pair: IdentityPair) -> Any:
    return next(option for option in STATES if option.value == pair.state)
