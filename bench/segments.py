"""Segments at 4 million customers, made straight in the warehouse's file."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
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
    "spent 50 in the last 365 days": {"behaviour": "purchase", "spent": {"gte": 50}, "within_days": 365},
}


def _fill(duck: Any, customers: int) -> None:
    """Customers, with 2.5 purchases each over five years."""
    from anello.warehouse import upkeep

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
    upkeep.add_up_days(duck)


def _typical(ask: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of asking, and of processors' time in it, the first time left out."""
    taken, worked = [], []
    for _ in range(TURNS + 1):
        started, before = time.perf_counter(), time.process_time()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - before) * 1000)
    return statistics.median(taken[1:]), statistics.median(worked[1:])


def measure(figures: Figures, scale: float) -> None:
    """Counting (with a sample, as the builder does) and listing members of some definitions, by who sees everybody."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    import django

    django.setup()
    from django.test.utils import override_settings

    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder, override_settings(WAREHOUSE_ROOT=Path(folder)):
        _ask(figures, Path(folder), int(CUSTOMERS * scale))


def _ask(figures: Figures, home: Path, customers: int) -> None:
    from anello import warehouse
    from anello.core.policies import SYSTEM
    from anello.intelligence.segments.definition import predicate
    from anello.intelligence.segments.queries import glance
    from anello.warehouse.engine import open_database
    from anello.warehouse.reading import pointer

    duck = open_database(home / "made.duckdb", scratch=home)
    _fill(duck, customers)
    duck.close()
    pointer().symlink_to(home / "made.duckdb")
    for name, definition in ASKED.items():
        whom = f"FROM mart.customer c WHERE c.kind = 'person' AND {predicate(SYSTEM, 'person', definition)}"
        listing = f"SELECT c.id {whom}"
        count, worked = _typical(lambda tree=definition: glance(SYSTEM, "person", tree, key="bench"))
        figures.most(f"count: {name}"[:44], count, COUNT, "ms", cpu=worked)
        members, worked = _typical(lambda sql=listing: warehouse.sql(sql))
        figures.most(f"members: {name}"[:44], members, MEMBERS, "ms", cpu=worked)
