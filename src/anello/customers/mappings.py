"""Mappings for files of people that the product knows."""

from __future__ import annotations

from anello.core.exchange.mapping import Column, Feed, Mapping, Named, register
from anello.kit.text import L

FAKE_1000 = register(
    Named(
        "fake_1000",
        L("Persone di prova di Splink (fake_1000)", "Splink's sample people (fake_1000)"),
        Mapping(
            feeds=[
                Feed(
                    module="person",
                    columns=[
                        Column(field="external_id", source="unique_id"),
                        Column(field="first_name", source="first_name"),
                        # A person needs a last name and one row in five has none.
                        Column(field="last_name", source="surname", default="Sconosciuto {unique_id}"),
                        Column(field="birth_date", source="dob", date="%Y-%m-%d"),
                        Column(field="city", source="city"),
                        # Its typing errors are on purpose, and some make an address that cannot be.
                        Column(field="email", source="email", lenient=True),
                    ],
                    # Its duplicates are what it is for: only the same row again is left out.
                    match=["external_id"],
                )
            ]
        ),
    )
)
