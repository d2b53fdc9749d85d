"""Orders: from an accepted quote, confirmed, fulfilled or cancelled."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from pydantic import BaseModel

from anello.core.actions import Change, Context, Invalid, action, rule
from anello.core.actions.checks import Errors
from anello.kit.text import L
from anello.operations.sales.actions.copying import copy_lines, store, terms_of
from anello.operations.sales.models import Invoice, Order, Quote

EMPTY = L("Aggiungi almeno una riga.", "Add at least one line.")
TWICE = L("Da questo preventivo è già nato un ordine.", "There is already an order from this quote.")
INVOICED = L("L'ordine ha una fattura: stornala prima.", "The order has an invoice: credit it first.")


def _in(*states: str) -> Any:
    return lambda record: record.status in states


@action(
    "order.from_quote",
    module="quote",
    label=L("Crea l'ordine", "Make the order"),
    icon="shopping-cart",
    when=_in("accepted"),
)
def from_quote(ctx: Context, quote: Quote, data: BaseModel) -> Order:
    """A draft with the quote's customer, terms and lines at the prices agreed."""
    if Order.objects.filter(quote=quote).exclude(status="cancelled").exists():
        raise Invalid(TWICE)
    order = store(
        ctx,
        Order(**terms_of(quote), quote=quote, opportunity_id=quote.opportunity_id, date=timezone.localdate(ctx.now)),
    )
    copy_lines(ctx, quote, "order", order)
    return order


@rule("order")
def invoiced_orders_stay(ctx: Context, changes: list[Change]) -> None:
    cancelled = [c.record.pk for c in changes if not c.new and c.touches("status") and c.record.status == "cancelled"]
    invoiced = set(
        Invoice.objects.filter(order__in=cancelled, kind="invoice")
        .exclude(status="credited")
        .values_list("order_id", flat=True)
    )
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            if change.record.pk in invoiced:
                errors.add(index, "status", INVOICED)


@action("order.confirm", module="order", label=L("Conferma", "Confirm"), icon="check", when=_in("draft"))
def confirm(ctx: Context, order: Order, data: BaseModel) -> Order:
    """Agreed with the customer: its lines are fixed from here on."""
    if not order.total and order.lines_total is None:
        raise Invalid(EMPTY)
    return ctx.update(order, {"status": "confirmed"})


@action("order.fulfil", module="order", label=L("Evadi", "Fulfil"), icon="truck-delivery", when=_in("confirmed"))
def fulfil(ctx: Context, order: Order, data: BaseModel) -> Order:
    """Everything was delivered."""
    return ctx.update(order, {"status": "fulfilled"})


@action(
    "order.cancel",
    module="order",
    label=L("Annulla l'ordine", "Cancel the order"),
    icon="ban",
    when=_in("draft", "confirmed", "fulfilled"),
)
def cancel(ctx: Context, order: Order, data: BaseModel) -> Order:
    """Nothing will be, or was, bought after all; refused while an invoice stands."""
    return ctx.update(order, {"status": "cancelled"})
