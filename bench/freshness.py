"""How long until dashboards show what happened: from the answer to a request until it is in the warehouse they ask."""

from __future__ import annotations

import time

import httpx

from bench.figures import Figures
from bench.server import Installation

BAR, PATIENCE = 60, 600


def measure(anello: Installation, figures: Figures) -> None:
    headers = {"Authorization": f"Bearer {anello.token('carla')}"}
    answer = httpx.post(f"{anello.base}/api/v1/people", headers=headers, json={"last_name": "Appena"}, timeout=60)
    answer.raise_for_status()
    started = time.monotonic()
    while not _there(anello, answer.json()["id"]):
        if time.monotonic() - started > PATIENCE:
            raise SystemExit("what was made through the API did not come into the warehouse")
        time.sleep(0.5)
    figures.most("from an event to the dashboards", time.monotonic() - started, BAR, "s")


def _there(anello: Installation, person: int) -> bool:
    import duckdb

    newest = (anello.home / "warehouse" / "warehouse.duckdb").resolve()
    with duckdb.connect(str(newest), read_only=True) as duck:
        return bool(duck.execute("SELECT 1 FROM mart.customer WHERE kind = 'person' AND id = ?", [person]).fetchall())
