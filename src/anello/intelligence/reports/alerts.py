"""Alerts: the total of a report passes a threshold, or changes by so many percent; told once per crossing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from anello.core.actions import Context, Invalid, writing
from anello.core.inbox import notify
from anello.core.jobs import enqueue
from anello.core.modules import get
from anello.core.policies import Actor, visible
from anello.intelligence.reports import papers
from anello.intelligence.reports.asking import stored
from anello.intelligence.reports.engine import ask, question
from anello.intelligence.reports.models import ReportAlert
from anello.intelligence.reports.pivot import show
from anello.intelligence.reports.semantics import Measure
from anello.kit.text import L
from anello.warehouse.errors import WarehouseError

BACK = Decimal("0.02")
"""The share of the threshold by which a figure must come back before it is told again: it may tremble around it."""
PLACES = Decimal("0.000001")
"""As exactly as a figure is kept: an average may never end."""
GONE = L("Il report non è condiviso con te, o non c'è più.", "The report is not shared with you, or is gone.")
CURRENCIES = L(
    "Il totale è in più valute, che non si sommano: filtra il report per valuta.",
    "The total is in several currencies, which are not added: filter the report by currency.",
)


def measured(actor: Actor, alert: Any) -> tuple[Decimal, str, Measure]:
    """The figure now, its currency and what it is, with the actor's rights; Invalid, WarehouseError."""
    seen = get("report").model._default_manager.filter(visible(actor, "report"), pk=alert.report_id)
    kept = seen.values_list("definition", flat=True).first()
    definition = stored(kept) if kept is not None else None
    if definition is None:
        raise Invalid({"report": [GONE]})
    total = {"metrics": [alert.metric], "rows": [], "columns": [], "sort": ""}
    asked = question(actor, definition.model_copy(update=total))
    values = ask(asked).values
    if len(values) > 1:
        raise Invalid({"metric": [CURRENCIES]})
    ((currency, _row, _column), (value,)) = next(iter(values.items()), ((settings.BASE_CURRENCY, (), None), (0,)))
    return Decimal(str(value or 0)).quantize(PLACES), currency, asked.measures[0]


def beyond(alert: Any, value: Decimal) -> bool:
    """Whether the figure is past the threshold; once it is, it must come back by a margin to be no longer."""
    limit, margin = alert.threshold, abs(alert.threshold) * BACK if alert.beyond else Decimal(0)
    if alert.kind == "above":
        return value > limit - margin
    if alert.kind == "below":
        return value < limit + margin
    base = alert.base
    if base is None or value == base:
        return False
    return base == 0 or abs(value - base) / abs(base) * 100 >= limit


def check(pk: int) -> None:
    """Look at one alert, and tell its owner when it has just been passed."""
    ctx = Context(via="job")
    with writing(ctx):
        locked = ReportAlert.objects.select_for_update(of=("self",)).select_related("owner", "report")
        alert = locked.filter(pk=pk, paused=False, owner__is_active=True).first()
        if alert is None:
            return
        owner: Any = alert.owner
        try:
            with papers.as_reader(owner) as actor:
                value, currency, measure = measured(actor, alert)
        except (Invalid, WarehouseError) as error:
            _stuck(ctx, alert, error)
            return
        now = beyond(alert, value)
        changes: dict[str, Any] = {"value": value, "currency": currency, "problem": ""}
        if alert.kind == "change":
            # Each change is measured from what was told last.
            changes["base"] = value if now or alert.base is None else alert.base
        else:
            changes["beyond"] = now
        told = now and alert.value is not None and not (alert.beyond and alert.kind != "change")
        words = _words(alert, measure, value, currency)
        ctx.put(alert, {**changes, **({"told_at": timezone.now()} if told else {})})
        if told:
            notify([owner], words, kind="alert", url=reverse("reports:edit", args=[alert.report_id]))
            if alert.mail:
                from anello.intelligence.reports import jobs

                enqueue(jobs.mail_alert, alert=pk, it=words.it, en=words.en)


def _stuck(ctx: Context, alert: ReportAlert, error: Invalid | WarehouseError) -> None:
    """It cannot be asked: said once, and on the alert's page."""
    owner: Any = alert.owner
    with translation.override(owner.language):
        if isinstance(error, Invalid):
            why = error.words
        else:
            why = str(error)
    if alert.problem == why:
        return
    ctx.put(alert, {"problem": why})
    words = L(f"L'allarme su «{alert.title}» non funziona: {why}", f"The alert on “{alert.title}” does not work: {why}")
    notify([owner], words, kind="alert", url=reverse("ui:record", args=[get("report_alert").slug, alert.pk]))


def _words(alert: ReportAlert, measure: Measure, value: Decimal, currency: str) -> L:
    said = {}
    for language in ("it", "en"):
        with translation.override(language):
            figure, threshold = show(measure, value, currency), show(measure, alert.threshold, currency)
            before = show(measure, alert.base, currency)
            said[language] = {
                "above": _("%(what)s: %(figure)s, more than %(threshold)s"),
                "below": _("%(what)s: %(figure)s, less than %(threshold)s"),
                "change": _("%(what)s: %(figure)s, it was %(before)s"),
            }[alert.kind] % {
                "what": f"{alert.title}, {measure.label}",
                "figure": figure,
                "threshold": threshold,
                "before": before,
            }
    return L(said["it"], said["en"])


def tell(pk: int, words: L) -> None:
    """The notice by mail."""
    alert = ReportAlert.objects.select_related("owner").filter(pk=pk).first()
    if alert is None or alert.owner is None or not alert.owner.is_active:
        return
    owner: Any = alert.owner
    with translation.override(owner.language):
        url = f"{settings.BASE_URL}{reverse('reports:edit', args=[alert.report_id])}"
        EmailMessage(str(words), f"{words}\n\n{url}", to=[owner.email]).send()
