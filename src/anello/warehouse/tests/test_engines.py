"""The marts' expressions give the same on DuckDB, PostgreSQL and Spark."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from tests.samples import sample

from anello.core.actions import Context, run
from anello.core.modules import get


def plain(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return f"{value:.4f}"
    return str(value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value)


def rows(found: Any) -> list[tuple[str, ...]]:
    return sorted(tuple(map(plain, row)) for row in found)


def in_utc(value: Any) -> Any:
    """Spark's client tells moments by the clock of the process."""
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value


@pytest.fixture
def expressions(cast, warehouse):
    """Purchases with and without lines, costs, discounts, rates; interactions around midnight; an outside source."""
    import ibis

    from anello.warehouse import marts

    person = run("person.create", {"last_name": "Rossi", "email": "r@example.com"}, cast.ctx("carla"))
    company = run("organisation.create", {"name": "Rossi srl", "external_id": "K1"}, cast.ctx("carla"))
    run("exchange_rate.create", {"currency": "USD", "day": "2026-01-01", "rate": "0.91234567"}, Context())
    for n, customer in enumerate([{"person": person.pk}, {"organisation": company.pk}, {"person": person.pk}]):
        values = {"organisation": None, **customer, "date": f"2026-0{n + 2}-28", "currency": "EUR" if n else "USD"}
        order = sample(get("order"), cast.carla, **values, status="draft", discount="7.5")
        for price, quantity in (("19.99", "3"), ("0.05", "1.5")):
            line = {
                "order": order.pk,
                "description": "Lampada",
                "unit_price": price,
                "quantity": quantity,
                "vat_rate": "22",
            }
            run("order_line.create", line, Context())
        type(order).objects.filter(pk=order.pk).update(status="fulfilled", confirmed_at=f"2026-0{n + 2}-28T23:30:00Z")
    # History that was confirmed as it was entered, and a merge of whom somebody was merged into.
    old = sample(get("order"), cast.carla, person=person.pk, organisation=None, status="fulfilled", date="2019-07-05")
    type(old).objects.filter(pk=old.pk).update(confirmed_at="2026-11-05T10:00:00Z", created_at="2026-11-05T09:00:00Z")
    for _again in range(2):
        heir = run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
        run("person.merge", {"losers": [person.pk]}, cast.ctx("bruno"), target=heir.pk)
        person = heir
    back = sample(get("order"), cast.carla, person=person.pk, organisation=None, status="fulfilled", date="2025-06-01")
    type(back).objects.filter(pk=back.pk).update(net=-5, taxable=-5, total=-5)
    for at in ("2026-03-01T22:59:00Z", "2026-03-01T23:00:00Z", "2026-07-01T22:00:00Z"):
        said = {"person": person.pk, "organisation": company.pk, "channel": "phone", "at": at}
        run("interaction.create", said, cast.ctx("carla"))
    warehouse.load()
    tables = marts.tables(warehouse.connect())
    found = {name: getattr(marts, name)(tables) for name in ("purchase", "purchase_line", "interaction", "left_out")}
    # What is made of marts is made of them as they are there, not worked out again.
    made = {name: ibis.table(expression.schema(), name=name) for name, expression in found.items()}
    return found | {name: getattr(marts, name)({**tables, **made}) for name in ("purchase_day", "customer")}


def on_duckdb(warehouse: Any, expressions: Any) -> dict[str, list[tuple[str, ...]]]:
    import ibis

    from anello.warehouse import reading

    cursor = reading.cursor()
    for name, expression in expressions.items():
        cursor.execute(f"CREATE TEMP TABLE {name} AS {ibis.to_sql(expression, dialect='duckdb')}")
    return {name: rows(cursor.execute(f"FROM {name}").fetchall()) for name in expressions}


def test_postgresql_gives_the_same(warehouse, expressions):
    import ibis

    from anello.warehouse.outside import COLUMNS, TABLE

    here = on_duckdb(warehouse, expressions)
    assert (len(here["purchase"]), len(here["interaction"])) == (5, 6)
    with connection.cursor() as cursor:
        declared = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        cursor.execute(f"CREATE TEMP TABLE {TABLE} ({declared})")
        for name, expression in expressions.items():
            made = str(ibis.to_sql(expression, dialect="postgres")).replace("%", "%%")
            cursor.execute(f"CREATE TEMP TABLE {name} AS {made}", [])
            cursor.execute(f"SELECT * FROM {name}")
            assert rows(cursor.fetchall()) == here[name], name


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none here")
def test_spark_gives_the_same(warehouse, expressions, tmp_path):
    import ibis
    from pyspark.sql import SparkSession

    from anello.warehouse import marts, reading

    here, cursor = on_duckdb(warehouse, expressions), reading.cursor()
    spark = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    )  # fmt: skip
    try:
        ibis.pyspark.connect(spark)  # the dialect's options are the backend's
        spark.sql(
            "CREATE TEMPORARY FUNCTION timezone(zone STRING, at TIMESTAMP) RETURNS TIMESTAMP "
            "RETURN from_utc_timestamp(at, zone)"
        )
        for name in marts.READ:
            cursor.execute(f"COPY main.{name} TO '{tmp_path}/{name}.parquet' (FORMAT parquet)")
            spark.read.parquet(f"{tmp_path}/{name}.parquet").createOrReplaceTempView(name)
        for name, expression in expressions.items():
            found = spark.sql(str(ibis.to_sql(expression, dialect="pyspark"))).cache()
            found.createOrReplaceTempView(name)
            assert rows([[in_utc(value) for value in row] for row in found.collect()]) == here[name], name
    finally:
        spark.stop()
