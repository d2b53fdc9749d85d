"""Dashboards at the load set: the page with all its figures, as a browser asks them."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from bench import freshness
from bench.figures import Figures, percentile
from bench.server import PEOPLE, Installation

ROUNDS = 20
AT_ONCE = 6
"""Requests that a browser has under way to one host."""
BAR_MS = 1000


def measure(figures: Figures, scale: float) -> None:
    """How soon dashboards know, and how soon they are there."""
    with Installation(people=int(PEOPLE * scale)) as anello:
        anello.command("warehouse", "load")
        _boards(anello, figures)
        freshness.measure(anello, figures)


def _boards(anello: Installation, figures: Figures) -> None:
    """p95 of whole dashboards, warm, of who sees everything and of who sees a team's records."""
    for name, who in (("sales", "bruno"), ("sales", "carla"), ("management", "bruno")):
        client = anello.browser(who)
        times = [_whole(client, f"/dashboards/ready/{name}/") for _ in range(ROUNDS + 1)][1:]
        figures.most(f"dashboard {name} p95, {who}", percentile(times, 0.95), BAR_MS, "ms")
        client.close()


def _whole(client: httpx.Client, address: str) -> float:
    """Milliseconds until the last figure of the page is there."""
    started = time.perf_counter()
    page = client.get(address)
    page.raise_for_status()
    tiles = re.findall(r'hx-get="(/dashboards/ready/[^"]+/\d+/)"', page.text)
    if not tiles:
        raise SystemExit(f"{address} has no figures")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(client.get, tiles):
            answer.raise_for_status()
    return (time.perf_counter() - started) * 1000
