"""What sales lets decisions do: open an opportunity, prepare a discounted quote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Count
from django.utils import timezone
from pydantic import Field

from anello.core.actions import asked
from anello.customers.treatments import (
    Decision,
    Parameters,
    Personal,
    link_to,
    personal,
    responsible,
    treatment,
)
from anello.kit.text import L
from anello.operations.sales.models import Opportunity, Quote

NAMED = L("Può nominare il cliente: {{ customer.title }}.", "It may name the customer: {{ customer.title }}.")
IN_TURN = L("Per i clienti senza responsabile, a turno.", "For customers without an owner, in turn.")
Name = Annotated[Personal, Field(min_length=1, max_length=200)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Days = Annotated[int, Field(ge=1, le=730)]


class Deal(Parameters):
    """An opportunity to be opened."""

    name: Name = Field(json_schema_extra=asked("Nome", "Name", help=NAMED))
    amount: Amount = Field(Decimal(0), json_schema_extra=asked("Importo", "Amount", kind="money"))
    days: Days = Field(30, json_schema_extra=asked("Chiusura prevista fra giorni", "Expected to close in days"))
    pipeline: int | None = Field(None, json_schema_extra=asked("Percorso di vendita", "Pipeline", link="pipeline"))
    next_step: Annotated[Personal, Field(max_length=200)] = Field(
        "", json_schema_extra=asked("Prossimo passo", "Next step")
    )
    team: int | None = Field(None, json_schema_extra=asked("Squadra", "Team", link="team", help=IN_TURN))


def open_deals(owners: Collection[int]) -> Mapping[int, int]:
    """How many open opportunities each person has."""
    found = Opportunity.objects.filter(owner__in=owners, status="open")
    return dict(found.order_by().values_list("owner").annotate(Count("pk")))


@treatment(
    "opportunity",
    L("Opportunità da seguire", "Opportunity to pursue"),
    action="opportunity.create",
    parameters=Deal,
    icon="target",
    contact=False,
    load=open_deals,
    answers=("opportunity.won", "opportunity.lost"),
)
def opportunity(customer: Any, parameters: Deal, decision: Decision) -> Mapping[str, Any]:
    """An open deal with the customer, in the first stage."""
    return {
        "name": personal(parameters.name, customer)[:200],
        "amount": parameters.amount,
        "close_date": timezone.localdate(decision.at) + dt.timedelta(days=parameters.days),
        "next_step": personal(parameters.next_step, customer)[:200],
        "notes": decision.reason,
        "owner": responsible(customer, parameters.team, open_deals),
        **({"pipeline": parameters.pipeline} if parameters.pipeline else {}),
        **link_to(customer),
    }


class DiscountedQuote(Parameters):
    """A product at a discount."""

    product: int = Field(json_schema_extra=asked("Prodotto", "Product", link="product"))
    quantity: Annotated[Decimal, Field(gt=0, le=1_000_000)] = Field(
        Decimal(1), json_schema_extra=asked("Quantità", "Quantity")
    )
    discount: Annotated[Decimal, Field(ge=0, le=100)] = Field(
        json_schema_extra=asked(
            "Sconto (%)",
            "Discount (%)",
            help=L(
                "Sul prezzo che vale per il cliente; oltre il limite del responsabile il preventivo va approvato.",
                "On the price that holds for the customer; above the owner's limit the quote needs approval.",
            ),
        )
    )
    name: Name = Field(json_schema_extra=asked("Oggetto", "Subject", help=NAMED))
    days: Days = Field(30, json_schema_extra=asked("Valido per giorni", "Valid for days"))
    team: int | None = Field(None, json_schema_extra=asked("Squadra", "Team", link="team", help=IN_TURN))


def unsent_quotes(owners: Collection[int]) -> Mapping[int, int]:
    """How many quotes each person still has to send."""
    found = Quote.objects.filter(owner__in=owners, status__in=("draft", "pending", "approved"))
    return dict(found.order_by().values_list("owner").annotate(Count("pk")))


@treatment(
    "quote",
    L("Preventivo scontato", "Discounted quote"),
    action="quote.offer",
    parameters=DiscountedQuote,
    icon="file-text",
    contact=False,
    load=unsent_quotes,
    answers=("quote.accept", "quote.decline"),
)
def quote(customer: Any, parameters: DiscountedQuote, decision: Decision) -> Mapping[str, Any]:
    """A draft for the salesperson to send."""
    day = timezone.localdate(decision.at)
    return {
        **parameters.model_dump(include={"product", "quantity", "discount"}),
        "name": personal(parameters.name, customer)[:200],
        "date": day,
        "valid_until": day + dt.timedelta(days=parameters.days),
        "owner": responsible(customer, parameters.team, unsent_quotes),
        **link_to(customer),
    }
