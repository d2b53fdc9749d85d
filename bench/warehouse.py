"""The warehouse at scale: 5 million order lines and 2 million changes of customers, straight as landing.

A small installation is loaded as ever; then rows are landed beside its own, as a large one would have. What is timed
are the commands an administrator would give, each in a process of its own, whose peak of memory the kernel tells.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from bench.figures import Figures
from bench.server import COMMAND, DATA, ROOT

LINES, CHANGES, EVENTS = 5_000_000, 2_000_000, 10_000
PER_ORDER = 5
FIRST = 1_000_000
"""Ids of what is made begin here, beyond those of the installation."""
REBUILD_SECONDS, REBUILD_MB, LOAD_SECONDS = 30, 2000, 10


def measure(figures: Figures, scale: float) -> None:
    """Rebuild and incremental load."""
    home = DATA / "warehouse"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "ANELLO_HOME": str(home),
        "ANELLO_LOG_LEVEL": "warning",
    }
    environment["DJANGO_SETTINGS_MODULE"] = "anello.config.settings"
    _timed(environment, "migrate")
    _timed(environment, "demo", "--people", "5000")
    _timed(environment, "warehouse", "load")
    started = time.perf_counter()
    _land(home / "warehouse" / "landing", int(LINES * scale), int(CHANGES * scale))
    print(f"Landing made in {time.perf_counter() - started:.0f} s", flush=True)
    seconds, worked, memory = _timed(environment, "warehouse", "rebuild")
    figures.most("warehouse: rebuild", seconds, REBUILD_SECONDS, "s", cpu=worked)
    figures.most("warehouse: rebuild, peak of memory", memory, REBUILD_MB, "MB")
    people = home / "people.csv"
    with people.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["last_name", "email"])
        writer.writerows([f"Nuovo {n}", f"nuovo{n}@bench.example"] for n in range(EVENTS))
    _timed(environment, "import", "person", str(people))
    seconds, worked, memory = _timed(environment, "warehouse", "load")
    figures.most("warehouse: load of 10,000 events", seconds, LOAD_SECONDS, "s", cpu=worked)
    figures.most("warehouse: load, peak of memory", memory, REBUILD_MB, "MB")


def _timed(environment: dict[str, str], *words: str) -> tuple[float, float, float]:
    """Seconds, seconds of processors' time and peak of resident memory (MB) of an `anello` command."""
    started = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *words], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"anello {' '.join(words)} failed")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _land(landing: Path, lines: int, changes: int) -> None:
    """Land orders with lines, people and their changes, as one more load."""
    import duckdb

    manifests = sorted(landing.glob("*.json"))
    manifest = json.loads(manifests[-1].read_text())
    columns = {one["dataset"]: one["columns"] for path in manifests for one in json.loads(path.read_text())["files"]}
    load = manifest["load"] + 1
    orders, people = lines // PER_ORDER, changes // 2
    day = "DATE '2023-01-01' + CAST(n % 1400 AS INTEGER)"
    made = {
        "customers_person": (
            people,
            {"last_name": "'Cognome ' || n", "title": "'Cognome ' || n", "email": "'p' || n || '@example.com'",
             "city": "'Milano'", "phase": "'prospect'", "country": "'IT'"},
        ),
        "sales_order": (
            orders,
            {"person_id": f"{FIRST} + n % {people}", "date": day, "status": "'fulfilled'", "currency": "'EUR'",
             "net": "40 + n % 300", "taxable": "40 + n % 300", "total": "40 + n % 300",
             "number": "'L' || n", "items": "5"},
        ),
        "sales_orderline": (
            lines,
            {"order_id": f"{FIRST} + n // {PER_ORDER}", "description": "'Articolo ' || n % 500",
             "quantity": "1 + n % 3", "unit_price": "8", "net": "8 + n % 60", "cost": "4"},
        ),
    }  # fmt: skip
    files = []
    duck = duckdb.connect(config={"memory_limit": "2GB"})
    for dataset, (count, values) in made.items():
        versions = 3 if dataset == "customers_person" else 1
        path = landing / dataset / f"{load:08d}.parquet"
        path.parent.mkdir(exist_ok=True)
        selected = ", ".join(
            f'CAST({values.get(name, _blank(name, kind))} AS {kind}) AS "{name}"'
            for name, kind in columns[dataset].items()
        )
        duck.execute(
            f"COPY (SELECT {selected}, CAST({load} AS INTEGER) AS _load, CAST(v AS BIGINT) AS _event, "
            "TIMESTAMPTZ '2023-01-01 00:00:00+00' + to_days(CAST(v * 100 AS INTEGER)) AS _at, "
            f"CASE WHEN v = 0 THEN 'snapshot' ELSE 'change' END AS _op "
            f"FROM range({count}) r(n), range({versions}) s(v)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files.append(
            {"dataset": dataset, "path": str(path.relative_to(landing)), "rows": count * versions, "sha256": digest,
             "columns": columns[dataset], "whole": False}
        )  # fmt: skip
    (landing / f"{load:08d}.json").write_text(json.dumps({**manifest, "load": load, "files": files}))


def _blank(name: str, kind: str) -> str:
    if name == "id":
        return f"{FIRST} + n"
    if name in ("created_at", "updated_at"):
        return "TIMESTAMPTZ '2023-01-01 00:00:00+00'"
    if name == "version":
        return "1 + v"
    if name == "phase":
        return "CASE v WHEN 0 THEN 'prospect' ELSE 'loyal' END"
    return {"VARCHAR": "''", "BOOLEAN": "false", "VARCHAR[]": "[]"}.get(kind, "NULL")
