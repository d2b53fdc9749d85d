"""Exchange rates as a Module: kept by hand, imported, or set through the API like any other."""

from __future__ import annotations

from decimal import Decimal as Number

from anello.core.modules import Access, Date, Decimal, L, Listing, Module, Scope, Text, register
from anello.warehouse.models import ExchangeRate


def _title(rate: ExchangeRate) -> str:
    return f"{rate.currency} {rate.day:%d/%m/%Y}"


EXCHANGE_RATE = register(
    Module(
        "exchange_rate",
        ExchangeRate,
        names=L("Cambio", "Exchange rate"),
        plural=L("Cambi", "Exchange rates"),
        icon="currency-euro",
        area="analysis",
        arc="setup",
        fields=[
            Text("currency", L("Valuta", "Currency"), help=L("Tre lettere: USD", "Three letters: USD")),
            Date("day", L("Dal giorno", "From the day")),
            Decimal(
                "rate",
                L("Vale", "Is worth"),
                help=L("Quanto vale un'unità nella valuta di base", "What one unit is worth in the base currency"),
                minimum=Number("0.00000001"),
            ),
        ],
        title=_title,
        views=[Listing(columns=["title", "currency", "day", "rate"], sort="-day")],
        access=Access(view=Scope.ALL, create=Scope.NONE, edit=Scope.NONE, delete=Scope.NONE, manager=Scope.ALL),
    )
)
