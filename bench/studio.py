"""Studio at scale: 300 fields on a module of a million rows and 40 modules besides, made while others write."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from bench.figures import Figures, percentile
from bench.server import PEOPLE, ROOT, Installation

FIELDS, MODULES, WRITERS = 300, 40, 4
LIST_MS, ADD_S, BLOCKED_MS, AS_FAST = 200, 1, 200, 1.2
"""Bars."""
TWINS = {
    "birth_date": ("date", "a day", {"op": "is", "value": "1980-05-05"}),
    "phase": ("choice", "a phase", {"op": "is", "value": "loyal"}),
    "updated_at": ("datetime", "by a moment", None),
}
"""{built-in field with an index: (kind of the custom one that has the same values, what is asked, filter or order)}."""
KINDS = ("text", "integer", "money", "date", "boolean", "link")
ROUNDS = 40


def measure(figures: Figures, scale: float) -> None:
    with _apart(int(PEOPLE * scale)) as anello, _shaping(anello) as shaping:
        twins = {
            name: _field(shaping, name, kind, indexed=True, **_more(anello, kind))[0]
            for name, (kind, _, _) in TWINS.items()
        }
        _copy(anello, twins)
        with _writers(anello) as waited:
            time.sleep(5)
            alone = max(waited)
            waited.clear()
            kinds = [KINDS[n % len(KINDS)] for n in range(FIELDS - len(twins))]
            took = [_field(shaping, f"Field {n}", kind, **_more(anello, kind))[1] for n, kind in enumerate(kinds)]
            blocked = max(waited)
        print(f"(half of them within {statistics.median(took):.2f} s)")
        print(f"({len(waited):,} writes meanwhile; the slowest of those before took {alone:.0f} ms)")
        figures.most("add a field, slowest", max(took), ADD_S, "s")
        figures.most("writers blocked meanwhile, longest", blocked, BLOCKED_MS, "ms")
        for number in range(MODULES):
            _module(shaping, number)
        anello.rest()
        _lists(anello, figures, twins)


@contextlib.contextmanager
def _apart(people: int) -> Iterator[Installation]:
    """A copy of the load set, for what is made here is not to be there for others."""
    with Installation(people):
        """The set is made, and what was left to do is done."""
    anello = Installation(people, name=f"people-{people}-studio")
    shutil.rmtree(anello.home, ignore_errors=True)
    subprocess.run(["cp", "-a", Installation(people).home, anello.home], check=True)
    try:
        with anello:
            yield anello
    finally:
        shutil.rmtree(anello.home, ignore_errors=True)


@contextlib.contextmanager
def _shaping(anello: Installation) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.shaping"],
        env=anello.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.communicate()


def _run(shaping: subprocess.Popen[str], name: str, **data: Any) -> tuple[str, float]:
    """(name of what was made, seconds)."""
    assert shaping.stdin is not None
    assert shaping.stdout is not None
    shaping.stdin.write(json.dumps([name, data]) + "\n")
    shaping.stdin.flush()
    while not (line := shaping.stdout.readline()).startswith("{"):
        if not line:
            raise SystemExit(f"{name} failed")
    made = json.loads(line)
    return made["name"], made["seconds"]


def _field(
    shaping: subprocess.Popen[str], label: str, kind: str, *, module: str = "person", indexed: bool = False, **more: Any
) -> tuple[str, float]:
    said = {"label_it": label, "label_en": label, "module": module, "kind": kind, "indexed": indexed}
    return _run(shaping, "custom_field.create", **said, **more)


def _more(anello: Installation, kind: str) -> dict[str, Any]:
    """What a field of that kind needs besides: somewhere to lead, the phases of life as values."""
    if kind == "link":
        return {"to": "organisation"}
    if kind != "choice":
        return {}
    with psycopg.connect(anello.database) as connection:
        phases = connection.execute("SELECT DISTINCT phase FROM customers_person WHERE phase <> ''").fetchall()
    return {"options": [{"value": phase, "it": phase, "en": phase} for (phase,) in phases]}


def _module(shaping: subprocess.Popen[str], number: int) -> None:
    label = f"Thing {number}"
    words = {"label_it": label, "label_en": label, "plural_it": f"{label} tutti", "plural_en": f"{label} all"}
    name, _ = _run(shaping, "custom_module.create", **words, area="sales")
    _field(shaping, "Price", "money", module=name)
    _field(shaping, "Organisation", "link", module=name, to="organisation")


def _copy(anello: Installation, twins: dict[str, str]) -> None:
    """Give the custom fields the values of the built-in ones, once indexed, and the planner statistics."""
    anello.rest()
    values = ", ".join(f'"{twin}" = coalesce("{own}", "{twin}")' for own, twin in twins.items())
    with psycopg.connect(anello.database, autocommit=True) as connection:
        connection.execute(f"UPDATE customers_person SET {values}")  # type: ignore[arg-type]
        connection.execute("VACUUM (ANALYZE) customers_person")


@contextlib.contextmanager
def _writers(anello: Installation) -> Iterator[list[float]]:
    """Milliseconds that each change of a person took, by several writers at once, while the block runs."""
    took: list[float] = []
    stop = threading.Event()

    def write(seed: int) -> None:
        dice = random.Random(seed)
        with psycopg.connect(anello.database, autocommit=True) as connection:
            row = connection.execute("SELECT min(id), max(id) FROM customers_person").fetchone()
            assert row is not None
            while not stop.is_set():
                started = time.perf_counter()
                connection.execute("UPDATE customers_person SET notes = notes WHERE id = %s", [dice.randint(*row)])
                took.append((time.perf_counter() - started) * 1000)
                time.sleep(0.01)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield took
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _lists(anello: Installation, figures: Figures, twins: dict[str, str]) -> None:
    with contextlib.closing(anello.browser("carla")) as client:
        for address in ("/people/", "/organisations/", "/x-thing-7/"):
            figures.most(f"list p95: {address}", percentile(_times(client, address)[0], 0.95), LIST_MS, "ms")
        for own, (_, asked, condition) in TWINS.items():
            built_in, custom = (
                f"/people/?filter={quote(json.dumps({'field': name, **condition}))}"
                if condition
                else f"/people/?sort=-{name}"
                for name in (own, twins[own])
            )
            first, second = _times(client, built_in, custom)
            figures.most(f"list p95: {asked}, custom", percentile(second, 0.95), LIST_MS, "ms")
            ratio = statistics.median(second) / statistics.median(first)
            figures.most(f"{asked}: custom to built-in", ratio, AS_FAST, "")


def _times(client: httpx.Client, *addresses: str) -> list[list[float]]:
    """Milliseconds of each address, asked in turns; each was asked once before."""
    times: list[list[float]] = [[] for _ in addresses]
    for address in addresses:
        client.get(address).raise_for_status()
    for _ in range(ROUNDS):
        for address, taken in zip(addresses, times, strict=True):
            started = time.perf_counter()
            client.get(address).raise_for_status()
            taken.append((time.perf_counter() - started) * 1000)
    return times
