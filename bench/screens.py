"""Screens at scale: response times and statements of warm requests, and the weight of pages."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import httpx

from bench.figures import Figures, percentile
from bench.server import Installation

ROUNDS = 40
BAR_MS, BAR_QUERIES = 200, 15
FIRST_KB, NEXT_KB = 350, 30


def _filter(tree: object) -> str:
    return quote(json.dumps(tree))


def measure(anello: Installation, figures: Figures) -> None:
    """p95 of each screen as a salesperson (own team's records) and as a manager (the whole sales force)."""
    for name in ("carla", "bruno"):
        client = anello.browser(name)
        city = _filter({"field": "city", "op": "is", "value": "Milano"})
        both = _filter(
            {
                "all": [
                    {"field": "phase", "op": "in", "value": ["loyal"]},
                    {"field": "created_at", "op": "period", "value": "this_year"},
                ]
            }
        )
        screens = {
            "list": ["/people/", "/opportunities/", "/interactions/"],
            "list, sorted by name": ["/people/?sort=title"],
            "filtered list": [f"/people/?filter={city}", f"/people/?filter={both}"],
            "board": ["/opportunities/board/"],
            "search": [f"/search/suggest/?q={word}" for word in ("rossi", "mar", "bianchi anna", "fornitura", "zzyzx")],
            "360° page": _records(client),
        }
        for screen, addresses in screens.items():
            times, queries = _time(client, addresses)
            figures.most(f"{screen} p95, {name}", percentile(times, 0.95), BAR_MS, "ms")
            figures.most(f"{screen} statements, {name}", queries, BAR_QUERIES, "")
        client.close()


def _records(client: httpx.Client) -> list[str]:
    page = client.get("/people/").text
    found = list(dict.fromkeys(re.findall(r"/people/\d+/", page)))
    return found[:10]


def _time(client: httpx.Client, addresses: list[str]) -> tuple[list[float], int]:
    """Milliseconds of each request, and the most statements of one; every address is asked once before."""
    times, most = [], 0
    for address in addresses:
        client.get(address).raise_for_status()
    for number in range(ROUNDS):
        address = addresses[number % len(addresses)]
        started = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
        counted = re.search(r"(\d+) queries", answer.headers.get("Server-Timing", ""))
        most = max(most, int(counted[1]) if counted else 10**6)
    return times, most


def weigh(anello: Installation, figures: Figures) -> None:
    """Compressed bytes of a first visit (page, styles, scripts, fonts, icons) and of a page after it."""
    client = anello.browser("carla")
    client.headers["Accept-Encoding"] = "br, gzip"
    page, weight = _bytes(client, "/people/")
    for address in set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page)):
        content, size = _bytes(client, address)
        weight += size
        if address.split("?")[0].endswith(".css"):
            for font in set(re.findall(r"url\(([^)]+\.woff2)\)", content)):
                weight += _bytes(client, str(httpx.URL(anello.base + address).join(font.strip("\"'"))))[1]
    figures.most("first load, compressed", weight / 1000, FIRST_KB, "kB")
    client.headers.update({"HX-Request": "true", "HX-Request-Type": "partial"})
    for address in ("/people/?sort=title", _records(client)[0], "/opportunities/board/"):
        figures.most(f"after it: {address[:24]}", _bytes(client, address)[1] / 1000, NEXT_KB, "kB")
    client.close()


def _bytes(client: httpx.Client, address: str) -> tuple[str, int]:
    with client.stream("GET", address) as answer:
        raw = b"".join(answer.iter_raw())
        answer.raise_for_status()
        if answer.headers.get("Content-Encoding"):
            text = (
                client.get(address).text
                if "css" in answer.headers["Content-Type"] or "html" in answer.headers["Content-Type"]
                else ""
            )
        else:
            text = raw.decode("utf-8", "replace")
    return text, len(raw)
