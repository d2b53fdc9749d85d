"""The life of a quote: drafted, approved when the discount asks for it, sent, decided, replaced."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Denied, Invalid, action, asked
from anello.core.policies import Actor
from anello.kit.numbers import format_number
from anello.kit.text import L
from anello.operations.sales.actions.copying import copy_lines, customer_of, store, terms_of
from anello.operations.sales.actions.lines import lines_of
from anello.operations.sales.limits import limit_of
from anello.operations.sales.models import Opportunity, Quote

NEWER = L("C'è già una versione più recente.", "There is already a newer version.")
EMPTY = L("Aggiungi almeno una riga.", "Add at least one line.")
OVER = L("Il preventivo è scaduto: crea una nuova versione.", "The quote has expired: make a new version.")


def _in(*states: str) -> Any:
    return lambda quote: quote.status in states


class FromOpportunity(BaseModel):
    """Terms of the new quote."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("", max_length=200, json_schema_extra=asked("Oggetto", "Subject"))
    valid_until: dt.date | None = Field(None, json_schema_extra=asked("Valido fino al", "Valid until"))
    price_list: int | None = Field(None, json_schema_extra=asked("Listino", "Price list", link="price_list"))


@action(
    "quote.from_opportunity",
    module="opportunity",
    input=FromOpportunity,
    label=L("Prepara un preventivo", "Prepare a quote"),
    icon="file-plus",
)
def from_opportunity(ctx: Context, opportunity: Opportunity, data: FromOpportunity) -> Quote:
    """A draft for the opportunity's customer with its lines."""
    quote = ctx.create(
        "quote",
        {
            **{name.removesuffix("_id"): value for name, value in customer_of(opportunity).items()},
            "opportunity": opportunity.pk,
            "name": data.name or opportunity.name,
            "date": timezone.localdate(ctx.now),
            "price_list": data.price_list,
            "valid_until": data.valid_until,
        },
    )
    copy_lines(ctx, opportunity, "quote", quote)
    return quote


class Offer(BaseModel):
    """A product for a customer at a discount."""

    model_config = ConfigDict(extra="forbid")
    person: int | None = None
    organisation: int | None = None
    owner: int
    name: str = Field("", max_length=200)
    date: dt.date
    valid_until: dt.date
    product: int
    quantity: Decimal = Field(gt=0, le=1_000_000)
    discount: Decimal = Field(ge=0, le=100)
    notes: str = Field("", max_length=5000)


@action("quote.offer", module="quote", verb="create", input=Offer)
def offer(ctx: Context, data: Offer) -> Quote:
    """A draft in the owner's name at the price that holds for the customer; above the owner's limit it asks for
    approval at once."""
    line = data.model_dump(include={"product", "quantity", "discount"})
    quote = ctx.create("quote", data.model_dump(exclude=set(line)))
    ctx.create("quote_line", {"quote": quote.pk, **line})
    quote.refresh_from_db()
    if quote.highest_discount > limit_of(Actor.of(quote.owner)):
        quote = ctx.put(quote, {"status": "pending"})
    return quote


def _sendable(ctx: Context, quote: Quote) -> None:
    if not lines_of(quote):
        raise Invalid(EMPTY)
    if quote.valid_until is not None and quote.valid_until < timezone.localdate(ctx.now):
        raise Invalid({"valid_until": [OVER]})


def _needs_approval(ctx: Context, quote: Quote) -> bool:
    return quote.highest_discount > limit_of(ctx.actor)


@action("quote.send", module="quote", label=L("Invia", "Send"), icon="send", when=_in("draft", "approved"))
def send(ctx: Context, quote: Quote, data: BaseModel) -> Quote:
    """From here on it is the customer's to decide; a discount above one's limit must be approved before."""
    _sendable(ctx, quote)
    if quote.status == "draft" and _needs_approval(ctx, quote):
        most = format_number(limit_of(ctx.actor))
        raise Invalid(
            {
                "discount": [
                    L(
                        f"Lo sconto supera il tuo limite del {most}%: chiedi l'approvazione.",
                        f"The discount is above your limit of {most}%: request approval.",
                    )
                ]
            }
        )
    return ctx.put(quote, {"status": "sent", "sent_at": ctx.now})


@action(
    "quote.request_approval",
    module="quote",
    label=L("Chiedi l'approvazione", "Request approval"),
    icon="shield-check",
    when=lambda quote: quote.status == "draft" and quote.highest_discount > 0,
)
def request_approval(ctx: Context, quote: Quote, data: BaseModel) -> Quote:
    """For a discount above one's own limit."""
    _sendable(ctx, quote)
    if not _needs_approval(ctx, quote):
        raise Invalid(
            L("Lo sconto rientra nel tuo limite: puoi inviarlo.", "The discount is within your limit: you can send it.")
        )
    return ctx.put(quote, {"status": "pending", "approval_note": ""})


class Note(BaseModel):
    """A word to the salesperson."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field("", max_length=500, json_schema_extra=asked("Nota", "Note"))


def _require_approver(ctx: Context, quote: Quote) -> None:
    if _needs_approval(ctx, quote):
        raise Denied(str(L("Lo sconto supera anche il tuo limite.", "The discount is above your limit too.")))


@action(
    "quote.approve",
    module="quote",
    input=Note,
    label=L("Approva", "Approve"),
    icon="circle-check",
    when=_in("pending"),
)
def approve(ctx: Context, quote: Quote, data: Note) -> Quote:
    """By somebody whose own limit covers the discount."""
    _require_approver(ctx, quote)
    return ctx.put(quote, {"status": "approved", "approved_by": ctx.actor.id, "approval_note": data.note})


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=500, json_schema_extra=asked("Perché", "Why"))


@action(
    "quote.reject",
    module="quote",
    input=Reason,
    label=L("Non approvare", "Reject"),
    icon="circle-x",
    when=_in("pending"),
)
def reject(ctx: Context, quote: Quote, data: Reason) -> Quote:
    """Back to a draft, with the reason."""
    _require_approver(ctx, quote)
    return ctx.put(quote, {"status": "draft", "approval_note": data.reason})


@action(
    "quote.withdraw",
    module="quote",
    label=L("Riporta in bozza", "Back to draft"),
    icon="arrow-back-up",
    when=_in("pending", "approved"),
)
def withdraw(ctx: Context, quote: Quote, data: BaseModel) -> Quote:
    """To change it before it is sent; an approval given is lost."""
    return ctx.put(quote, {"status": "draft", "approved_by": None, "approval_note": ""})


@action("quote.accept", module="quote", label=L("Accettato", "Accepted"), icon="thumb-up", when=_in("sent"))
def accept(ctx: Context, quote: Quote, data: BaseModel) -> Quote:
    """The customer said yes while the quote was valid."""
    if quote.valid_until is not None and quote.valid_until < timezone.localdate(ctx.now):
        raise Invalid(OVER)
    return ctx.put(quote, {"status": "accepted", "decided_at": ctx.now})


@action(
    "quote.decline",
    module="quote",
    input=Reason,
    label=L("Rifiutato", "Declined"),
    icon="thumb-down",
    when=_in("sent"),
)
def decline(ctx: Context, quote: Quote, data: Reason) -> Quote:
    """The customer said no."""
    return ctx.put(quote, {"status": "declined", "decided_at": ctx.now, "decline_reason": data.reason})


@action(
    "quote.new_version",
    module="quote",
    label=L("Nuova versione", "New version"),
    icon="copy",
    when=_in("approved", "sent", "declined", "expired"),
)
def new_version(ctx: Context, quote: Quote, data: BaseModel) -> Quote:
    """A draft with the same number and the next version; this one stays to be read."""
    newest = Quote.everything.filter(number=quote.number).order_by("-revision").values_list("revision", flat=True)[0]
    if newest != quote.revision:
        raise Invalid(NEWER)
    ctx.put(quote, {"status": "superseded"})
    later = store(
        ctx,
        Quote(
            **terms_of(quote),
            number=quote.number,
            revision=quote.revision + 1,
            previous=quote,
            name=quote.name,
            opportunity_id=quote.opportunity_id,
            price_list_id=quote.price_list_id,
            date=timezone.localdate(ctx.now),
        ),
    )
    copy_lines(ctx, quote, "quote", later)
    return later
