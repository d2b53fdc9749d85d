"""What quotes, orders and invoices have in common: their numbers, their amounts, and when they are closed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils import timezone

from anello.core.actions import Change, Context, rule
from anello.core.actions.checks import Errors
from anello.core.modules import get
from anello.kit.numbering import series
from anello.kit.text import L
from anello.operations.sales.actions.lines import EDITABLE, FIXED, lines_of, sums
from anello.operations.sales.actions.numbers import sequence_of, take
from anello.operations.sales.models import Opportunity, Order, PriceList, Quote

ALWAYS_OPEN = {
    "quote": {"owner", "notes"},
    "order": {"owner", "notes", "status", "reference", "delivery_date"},
    "invoice": {"owner"},
}
"""Fields that may change at any time."""
FINAL = {
    "quote": ("draft", "pending", "approved"),
    "order": ("draft", "cancelled"),
    "invoice": ("draft",),
}
"""States in which a document may still be deleted."""
WHOSE = L("Indica il cliente: una persona o un'organizzazione.", "Give the customer: a person or an organisation.")
STAYS = {
    "quote": L("Un preventivo inviato non si elimina.", "A quote that was sent cannot be deleted."),
    "order": L("Un ordine confermato si annulla, non si elimina.", "A confirmed order is cancelled, not deleted."),
    "invoice": L(
        "Una fattura emessa non si elimina: fai una nota di credito.",
        "An issued invoice cannot be deleted: make a credit note.",
    ),
}
NO_WAY = L("Da questo stato non si può passare a quello.", "That state cannot follow this one.")
WRONG_CURRENCY = L("Il listino è in un'altra valuta.", "The price list is in another currency.")
LINES_CURRENCY = L(
    "Le righe sono in un'altra valuta: toglile prima di cambiarla.",
    "The lines are in another currency: remove them before changing it.",
)
TOO_EARLY = L("La scadenza viene prima della data.", "It ends before its date.")
FROM_LINES = L("Il totale viene dalle righe.", "The total comes from the lines.")
QUOTE_DAYS = dt.timedelta(days=30)

ORDER_WAYS = {"draft": {"confirmed", "cancelled"}, "confirmed": {"fulfilled", "cancelled"}, "fulfilled": {"cancelled"}}
MOMENTS = {"confirmed": "confirmed_at", "fulfilled": "fulfilled_at", "cancelled": "cancelled_at"}


def _common(module: str, changes: list[Change]) -> None:
    open_inputs = set(get(module).inputs) - ALWAYS_OPEN[module]
    _inherit(changes)
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            record = change.record
            if not record.person_id and not record.organisation_id:
                errors.add(index, "organisation", WHOSE)
            if change.new:
                continue
            closed = change.before["status"] not in EDITABLE[module]
            if closed and change.changed & open_inputs and not _reverts(change):
                errors.add(index, "", FIXED[module])
                continue
            lines: list[Any] | None = None
            if change.touches("discount", "currency"):
                lines = lines_of(record)
                if lines and "currency" in change.changed:
                    errors.add(index, "currency", LINES_CURRENCY)
                elif lines:
                    _set(record, sums(record, lines))


def _reverts(change: Change) -> bool:
    """Whether an undo takes back the state in which the other values were written."""
    return "status" in change.changed and change.record.status == "draft"


def _set(record: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _inherit(changes: list[Change]) -> None:
    """A document of an opportunity is for the opportunity's customer, unless another one is given."""
    bare = [c for c in changes if c.new and not c.record.person_id and not c.record.organisation_id]
    wanted = {getattr(c.record, "opportunity_id", None) for c in bare} - {None}
    found = Opportunity.everything.in_bulk(wanted)
    for change in bare:
        opportunity = found.get(getattr(change.record, "opportunity_id", None))
        if opportunity is not None:
            change.record.person_id = opportunity.person_id
            change.record.organisation_id = opportunity.organisation_id


def _number(document: str, changes: list[Change]) -> None:
    """Numbers of new documents, one statement per series."""
    fresh = [change.record for change in changes if change.new and not change.record.number]
    if not fresh:
        return
    sequence = sequence_of(document)
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for record in sorted(fresh, key=lambda one: one.date):
        groups[series(sequence.pattern, record.date)].append(record)
    for _, records in sorted(groups.items()):
        # The last date of the group: numbers differ by it only from series to series.
        for record, number in zip(records, take(sequence, records[-1].date, len(records)), strict=True):
            record.number = number


@rule("quote")
def quotes(ctx: Context, changes: list[Change]) -> None:
    _common("quote", changes)
    lists = dict(
        PriceList.everything.filter(pk__in={c.record.price_list_id for c in changes}).values_list("pk", "currency")
    )
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            quote: Quote = change.record
            if change.new and quote.valid_until is None:
                quote.valid_until = quote.date + QUOTE_DAYS
            if change.touches("valid_until", "date") and (quote.valid_until or quote.date) < quote.date:
                errors.add(index, "valid_until", TOO_EARLY)
            chosen = lists.get(quote.price_list_id or 0, quote.currency)
            if change.touches("price_list", "currency") and chosen != quote.currency:
                errors.add(index, "price_list", WRONG_CURRENCY)
    _number("quote", changes)


@rule("order")
def orders(ctx: Context, changes: list[Change]) -> None:
    _common("order", changes)
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            order: Order = change.record
            if order.lines_total is None:
                order.net = order.taxable = order.total
                order.discount_amount = order.tax = Decimal(0)
            elif order.total != order.lines_total:
                errors.add(index, "total", FROM_LINES)
            before = change.before.get("status")
            if change.touches("status"):
                taken_back = bool(set(MOMENTS.values()) & change.changed)
                if before and order.status not in ORDER_WAYS.get(before, ()) and not taken_back:
                    errors.add(index, "status", NO_WAY)
                _moment(ctx, change)
    _number("order", changes)


def _moment(ctx: Context, change: Change) -> None:
    """When an order came into its state; one that is entered in that state, at the beginning of its day."""
    order = change.record
    name = MOMENTS.get(order.status)
    if name is not None and name not in change.changed:
        midnight = timezone.make_aware(dt.datetime.combine(order.date, dt.time()))
        setattr(order, name, midnight if change.new else ctx.now)


@rule("invoice")
def invoices(ctx: Context, changes: list[Change]) -> None:
    _common("invoice", changes)
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            invoice = change.record
            if change.touches("due_date", "date") and (invoice.due_date or invoice.date) < invoice.date:
                errors.add(index, "due_date", TOO_EARLY)
            if not change.new and change.before["status"] != "draft" and invoice.status == "draft":
                errors.add(index, "", FIXED["invoice"])
            invoice.open_amount = (
                Decimal(0) if invoice.status in ("draft", "credited") else invoice.total - invoice.paid
            )


def _keep(module: str) -> None:
    @rule(module, when="before_delete")
    def keep(ctx: Context, changes: list[Change]) -> None:
        with Errors(changes) as errors:
            for index, change in enumerate(changes):
                if change.record.status not in FINAL[module]:
                    errors.add(index, "", STAYS[module])


for _module in FINAL:
    _keep(_module)
