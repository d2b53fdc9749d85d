"""Creating and updating through the REST API by eight clients at once, with audit."""

from __future__ import annotations

import threading
import time

import httpx

from bench.figures import Figures
from bench.server import Installation

CLIENTS, EACH, BAR = 8, 100, 100


def measure(anello: Installation, figures: Figures) -> None:
    headers = {"Authorization": f"Bearer {anello.token('carla')}"}
    made: list[list[int]] = [[] for _ in range(CLIENTS)]

    def create(client: httpx.Client, worker: int, number: int) -> None:
        body = {"last_name": f"Prova {worker}-{number}", "email": f"w{worker}n{number}@bench.example", "city": "Bari"}
        answer = client.post("/api/v1/people", json=body)
        answer.raise_for_status()
        made[worker].append(answer.json()["id"])

    def update(client: httpx.Client, worker: int, number: int) -> None:
        client.patch(f"/api/v1/people/{made[worker][number]}", json={"city": "Lecce"}).raise_for_status()

    for name, work in (("create", create), ("update", update)):
        figures.least(f"API {name}, {CLIENTS} clients", _rate(anello, headers, work), BAR, "per s")
    with httpx.Client(base_url=anello.base, headers=headers) as client:
        events = client.get(f"/api/v1/people/{made[0][0]}/events").json()["data"]
        if [event["kind"] for event in events] != ["person.updated", "person.created"]:
            raise SystemExit("the audit trail of a created and updated person is not what it should be")


def _rate(anello: Installation, headers: dict[str, str], work) -> float:  # type: ignore[no-untyped-def]
    errors: list[BaseException] = []

    def run(worker: int) -> None:
        try:
            with httpx.Client(base_url=anello.base, headers=headers, timeout=60) as client:
                for number in range(EACH):
                    work(client, worker, number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return CLIENTS * EACH / (time.perf_counter() - started)
