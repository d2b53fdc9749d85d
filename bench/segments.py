"""Segments at 4 million customers, made straight in the warehouse's file."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Figures
from bench.server import DATA

CUSTOMERS = 4_000_000
COUNT, MEMBERS = 200, 1000
"""Bars, in milliseconds."""
TURNS = 7
TWICE: dict[str, Any] = {"behaviour": "purchase", "times": {"gte": 2}}
SILENT: dict[str, Any] = {"behaviour": "purchase", "none_for_days": 90}
ASKED: dict[str, Any] = {
    "bought twice, silent for 90 days": {"all": [TWICE, SILENT]},
    "and lives in one of 50 cities": {"all": [TWICE, SILENT, {"field": "city", "op": "is", "value": "City 7"}]},
    "bought twice in the last 365 days": {**TWICE, "within_days": 365},
}


def _fill(duck: Any, customers: int) -> None:
    """Customers, with 2.5 purchases each over five years."""
    duck.execute(
        f"""
        CREATE SCHEMA mart;
        CREATE TABLE main.customers_person AS SELECT id, 'City ' || (id % 50) AS city, NULL::TIMESTAMPTZ AS deleted_at
        FROM range(1, {customers} + 1) t(id);
        CREATE TABLE mart.purchase AS
        SELECT 'person' AS kind, (hash(n) % {customers} + 1)::BIGINT AS id,
            current_date - (hash(n * 31 + 7) % 1825)::INTEGER AS day,
            (hash(n * 17 + 3) % 10000 / 100)::DECIMAL(18, 2) AS amount
        FROM range({customers} * 5 // 2) t(n) ORDER BY day;
        CREATE TABLE mart.customer AS
        SELECT 'person' AS kind, p.id, 'Customer ' || p.id AS title, min(s.day) AS first_purchase_day,
            max(s.day) AS last_purchase_day, count(s.id) AS purchases, coalesce(sum(s.amount), 0) AS revenue
        FROM main.customers_person p LEFT JOIN mart.purchase s ON s.id = p.id AND s.amount > 0
        GROUP BY p.id ORDER BY p.id;
        CHECKPOINT
        """
    )


def _typical(duck: Any, query: str) -> float:
    """Median milliseconds of asking, the first time left out."""
    taken = []
    for _ in range(TURNS + 1):
        started = time.perf_counter()
        duck.execute(query).to_arrow_table()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[1:])


def measure(figures: Figures, scale: float) -> None:
    """Counting and listing members of some definitions, as somebody who sees everybody."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    import django

    django.setup()
    from anello.core.policies import SYSTEM
    from anello.intelligence.segments.definition import predicate
    from anello.warehouse.engine import open_database

    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        path = Path(folder) / "warehouse.duckdb"
        duck = open_database(path, scratch=Path(folder))
        _fill(duck, int(CUSTOMERS * scale))
        duck.close()
        duck = open_database(path, read_only=True)
        for name, definition in ASKED.items():
            whom = f"FROM mart.customer c WHERE c.kind = 'person' AND {predicate(SYSTEM, 'person', definition)}"
            figures.most(f"count: {name}"[:44], _typical(duck, f"SELECT count(*) {whom}"), COUNT, "ms")
            figures.most(f"members: {name}"[:44], _typical(duck, f"SELECT c.id {whom}"), MEMBERS, "ms")
        duck.close()
