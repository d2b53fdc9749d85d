"""Marts of a test's own: purchases and contacts as arrays, asked as the warehouse is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pytest

from anello.core.modules import get

SCHEMA = """
CREATE SCHEMA mart; CREATE SCHEMA history;
CREATE TABLE mart.purchase (kind VARCHAR, id BIGINT, purchase_id VARCHAR, source VARCHAR, "at" TIMESTAMP, day DATE,
    amount DECIMAL(18, 2), margin DECIMAL(18, 2), currency VARCHAR, quantity DECIMAL(18, 3), order_id BIGINT);
CREATE TABLE mart.purchase_line (purchase_id VARCHAR, source VARCHAR, kind VARCHAR, id BIGINT, day DATE,
    product_id BIGINT, product VARCHAR, quantity DECIMAL(18, 3), amount DECIMAL(18, 2), margin DECIMAL(18, 2));
CREATE TABLE mart.interaction (kind VARCHAR, id BIGINT, "at" TIMESTAMP, day DATE, type VARCHAR, channel VARCHAR,
    direction VARCHAR, owner_id BIGINT, module VARCHAR, record_id BIGINT);
CREATE TABLE main.sales_lead (id BIGINT, email VARCHAR, phone VARCHAR, mobile VARCHAR, company VARCHAR,
    job_title VARCHAR, message VARCHAR, product_id BIGINT, value DECIMAL(18, 2), source VARCHAR, status VARCHAR,
    created_at TIMESTAMPTZ, converted_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ);
CREATE TABLE history.sales_lead AS SELECT *, NULL::TIMESTAMPTZ AS _valid_from, NULL::TIMESTAMPTZ AS _valid_to,
    true AS _is_current FROM main.sales_lead;
CREATE TABLE main.activities_activity (id BIGINT, about_module VARCHAR, about_id BIGINT, created_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ);
"""


class Marts:
    """An empty warehouse in memory that takes rows directly."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.duck = duckdb.connect(config={"threads": 1})
        self.duck.execute(SCHEMA)
        monkeypatch.setattr("anello.warehouse.reading.cursor", self.duck.cursor)

    def bought(self, rows: Iterable[Sequence[Any]], kind: str = "person", margin: float | None = None) -> None:
        """(customer, day, amount) each."""
        import pyarrow as pa

        ids, days, amounts = zip(*rows, strict=True)
        bought = pa.table({"id": ids, "day": pa.array(days, pa.date32()), "amount": amounts})  # noqa: F841 asked below
        share = "NULL" if margin is None else f"amount * {margin}"
        self.duck.execute(
            f"INSERT INTO mart.purchase SELECT '{kind}', id, row_number() OVER (), 'test', day, day, amount, {share}, "
            "'EUR', 1, NULL FROM bought"
        )

    def lines(self, rows: Iterable[tuple[int, dt.date, int]], kind: str = "person") -> None:
        """(customer, day, product) each."""
        import pyarrow as pa

        ids, days, products = zip(*rows, strict=True)
        made = pa.table({"id": ids, "day": pa.array(days, pa.date32()), "product": products})  # noqa: F841 asked below
        self.duck.execute(
            f"INSERT INTO mart.purchase_line SELECT row_number() OVER (), 'test', '{kind}', id, day, product, "
            "'Product ' || product, 1, 10, NULL FROM made"
        )


def people(count: int, owner: Any = None) -> list[int]:
    """So many people, by the fastest way; their ids."""
    model: Any = get("person").model
    made = model.objects.bulk_create(
        [
            model(
                last_name=f"Person {n}",
                title=f"Person {n}",
                title_key=f"person {n}",
                owner=owner,
                team=owner and owner.team,
            )
            for n in range(count)
        ]
    )
    return [one.pk for one in made]
