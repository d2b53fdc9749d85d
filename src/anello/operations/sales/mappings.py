"""Mappings for files of orders that the product knows."""

from __future__ import annotations

from anello.core.exchange.mapping import Column, Feed, Mapping, Named, register
from anello.kit.text import L

CDNOW = register(
    Named(
        "cdnow",
        L("Clienti e ordini di CDNOW (1997–1998)", "Customers and orders of CDNOW (1997–1998)"),
        Mapping(
            feeds=[
                # Every line is an order; the customer comes with the first one.
                Feed(
                    module="person",
                    match=["external_id"],
                    duplicates="skip",
                    columns=[
                        Column(field="external_id", source="customer_id"),
                        Column(field="last_name", text="Cliente {customer_id}"),
                        Column(field="source", text="import"),
                    ],
                ),
                Feed(
                    module="order",
                    # The file gives its orders no key, and customers do buy the same twice in a day: line and
                    # content together tell whether an order is here already.
                    match=["external_id"],
                    duplicates="skip",
                    columns=[
                        Column(
                            field="external_id",
                            text="cdnow:{#line}:{customer_id}:{date}:{number_of_cds}:{dollar_value}",
                        ),
                        Column(field="person", source="customer_id", by="external_id"),
                        Column(field="date", source="date", date="%Y%m%d"),
                        Column(field="items", source="number_of_cds", decimals="en"),
                        Column(field="total", source="dollar_value", decimals="en"),
                        Column(field="currency", text="USD"),
                        Column(field="status", text="fulfilled"),
                    ],
                ),
            ]
        ),
    )
)
