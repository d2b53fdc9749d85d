"""Invoices: drafted from orders, issued with a number for ever, paid, taken back by a credit note."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Invalid, action, asked
from anello.kit.text import L
from anello.operations.sales.actions.copying import copy_lines, store, terms_of
from anello.operations.sales.actions.lines import lines_of
from anello.operations.sales.actions.numbers import sequence_of, take
from anello.operations.sales.models import Invoice, Order

PAYMENT = dt.timedelta(days=30)
EMPTY = L("Aggiungi almeno una riga.", "Add at least one line.")
NO_LINES = L(
    "L'ordine non ha righe: senza aliquota IVA non si può fatturare.",
    "The order has no lines: without a VAT rate it cannot be invoiced.",
)
TWICE = L("L'ordine ha già una fattura.", "The order already has an invoice.")
TOO_MUCH = L("È più di quanto resta da incassare.", "It is more than what is still open.")


def _in(*states: str) -> Any:
    return lambda record: record.status in states


@action(
    "invoice.from_order",
    module="order",
    label=L("Fattura", "Invoice it"),
    icon="file-invoice",
    when=_in("confirmed", "fulfilled"),
)
def from_order(ctx: Context, order: Order, data: BaseModel) -> Invoice:
    """A draft of the whole order."""
    if order.lines_total is None:
        raise Invalid(NO_LINES)
    if Invoice.objects.filter(order=order, kind="invoice").exclude(status="credited").exists():
        raise Invalid(TWICE)
    invoice = store(ctx, Invoice(**terms_of(order), order=order, date=timezone.localdate(ctx.now)))
    copy_lines(ctx, order, "invoice", invoice)
    return invoice


class Issue(BaseModel):
    """In which number series, due when."""

    model_config = ConfigDict(extra="forbid")
    series: str = Field("main", max_length=20, json_schema_extra=asked("Sezionale", "Series"))
    due_date: dt.date | None = Field(None, json_schema_extra=asked("Scadenza", "Due"))


@action(
    "invoice.issue",
    module="invoice",
    input=Issue,
    label=L("Emetti", "Issue"),
    icon="file-check",
    when=_in("draft"),
    undoable=False,
)
def issue(ctx: Context, invoice: Invoice, data: Issue) -> Invoice:
    """Today's date and the next number of its series, without gaps; from here on nothing but payment changes it."""
    if not lines_of(invoice):
        raise Invalid(EMPTY)
    date = timezone.localdate(ctx.now)
    due = data.due_date or invoice.due_date
    values: dict[str, Any] = {"date": date, "status": "issued", "issued_at": ctx.now}
    if invoice.kind == "invoice":
        values["due_date"] = due if due is not None else date + PAYMENT
    sequence = sequence_of(invoice.kind, data.series)
    # Last of all, so that the counter is locked as briefly as possible.
    (number,) = take(sequence, date, in_order=True)
    return ctx.put(invoice, {**values, "sequence": sequence.pk, "number": number})


class Pay(BaseModel):
    """How much was received (all that is open unless given) and when (today)."""

    model_config = ConfigDict(extra="forbid")
    amount: Decimal | None = Field(
        None,
        gt=0,
        max_digits=14,
        decimal_places=2,
        json_schema_extra=asked("Importo", "Amount", kind="money"),
    )
    on: dt.date | None = Field(None, json_schema_extra=asked("Ricevuto il", "Received on"))


@action(
    "invoice.pay",
    module="invoice",
    input=Pay,
    label=L("Registra il pagamento", "Record a payment"),
    icon="cash",
    when=lambda invoice: invoice.kind == "invoice" and invoice.status in ("issued", "overdue"),
)
def pay(ctx: Context, invoice: Invoice, data: Pay) -> Invoice:
    """A payment, whole or in part."""
    amount = invoice.open_amount if data.amount is None else data.amount
    if amount > invoice.open_amount:
        raise Invalid({"amount": [TOO_MUCH]})
    paid = invoice.paid + amount
    values: dict[str, Any] = {"paid": paid, "paid_on": data.on or timezone.localdate(ctx.now)}
    if paid == invoice.total:
        values["status"] = "paid"
    return ctx.put(invoice, values)


@action(
    "invoice.credit",
    module="invoice",
    label=L("Storna con nota di credito", "Credit"),
    icon="receipt",
    when=lambda invoice: invoice.kind == "invoice" and invoice.status in ("issued", "overdue", "paid"),
    undoable=False,
)
def credit(ctx: Context, invoice: Invoice, data: BaseModel) -> Invoice:
    """Take the whole invoice back: an issued credit note with the same lines; returns the note."""
    note = store(
        ctx,
        Invoice(
            **terms_of(invoice),
            kind="credit_note",
            corrects=invoice,
            order_id=invoice.order_id,
            date=timezone.localdate(ctx.now),
        ),
    )
    copy_lines(ctx, invoice, "invoice", note)
    issue(ctx, note, Issue())
    ctx.put(invoice, {"status": "credited"})
    return note
