"""The processes of a running Anello are killed at random while clients write: what was acknowledged is there, once.

Clients repeat a request under its idempotency key until it is answered. Every event goes through the webhooks' consumer
to a job, and from there to a receiver, which stands for whatever must hear of everything.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from anello.config.postgres import Server
from tests.installation import ROOT, Installation, children, wait_until

CLIENTS = 4
VICTIMS = ["a worker of web"] * 3 + ["web"] * 2 + ["worker"] * 2 + ["consumers"] * 2
PATIENCE = 90


class Api:
    """Requests to the API in Nina's name."""

    def __init__(self, installation: Installation, token: str) -> None:
        self.port, self.token = installation.port, token

    def send(self, method: str, path: str, body: Any, key: str | None) -> http.client.HTTPConnection:
        """A connection on which the request is sent and the answer not read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
        return connection

    def ask(self, method: str, path: str, body: Any, key: str | None) -> tuple[int, Any]:
        connection = self.send(method, path, body, key)
        try:
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def insist(self, method: str, path: str, body: Any, key: str) -> Any:
        """Ask until it is acknowledged."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, answer = self.ask(method, path, body, key)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, None  # nobody there, or killed before or in the middle of the answer
            if 200 <= status < 300:
                return answer
            assert status == 0 or status >= 500, answer
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} was never answered")


class Client(threading.Thread):
    """Writes until told to stop, and remembers what was acknowledged: {company: lead id}."""

    def __init__(self, api: Api, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.api, self.number, self.stop = api, number, stop
        self.acknowledged: dict[str, int] = {}
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for n in itertools.count():
                if self.stop.is_set():
                    return
                name = f"Chaos {self.number}-{n}"
                lead = self.api.insist("POST", "/leads", {"last_name": name, "company": name}, f"{name} new")["id"]
                self.api.insist("PATCH", f"/leads/{lead}", {"city": "Roma"}, f"{name} city")
                self.api.insist("POST", f"/leads/{lead}/convert", {"reuse": False}, f"{name} convert")
                self.acknowledged[name] = lead
        except BaseException as failure:
            self.failure = failure


@contextmanager
def receiver() -> Iterator[tuple[str, Counter[str]]]:
    """A web server that counts the webhooks it gets by id; (its address, the counts)."""
    got: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            got[self.headers["webhook-id"]] += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def installation(place: Path, prepared: Path) -> Iterator[Installation]:
    made = Installation(place / "home", ANELLO_WORKERS="2", WEBHOOKS_TO_PRIVATE_NETWORKS="true")
    made.begin_with(prepared)
    yield made
    made.stop()


def rows(installation: Installation, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(Server(installation.home).url()) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def kill(supervisor: subprocess.Popen[str], victim: str, dice: random.Random) -> None:
    """SIGKILL to one process of that kind, as soon as there is one."""
    found: list[psutil.Process] = []

    def look() -> bool:
        nonlocal found
        found = children(supervisor, victim.rpartition(" ")[2])
        if victim == "a worker of web":
            found = [child for process in found for child in process.children()]
        return bool(found)

    wait_until(look, PATIENCE, f"there is no {victim}")
    dice.choice(found).kill()


def rescue(installation: Installation) -> None:
    """What a minute's job does with the jobs of dead workers, without waiting for the minute."""
    subprocess.run(
        [sys.executable, "-m", "tests.chaos", "rescue", "0"],
        env=installation.environment | {"DATABASE_URL": Server(installation.home).url()},
        cwd=ROOT,
        check=True,
    )


def test_sigkill_of_web_worker_and_consumers_loses_and_doubles_nothing(installation: Installation) -> None:
    supervisor = installation.start()
    added = installation.command("user", "add", "nina", "--email", "nina@example.com", "--role", "administrator")
    assert added.returncode == 0, added.stderr
    api = Api(installation, installation.command("user", "token", "nina").stdout.strip())
    _lost_answer(installation, api)
    dice, stop = random.Random(11), threading.Event()
    victims = dice.sample(VICTIMS, len(VICTIMS))
    clients = [Client(api, number, stop) for number in range(CLIENTS)]
    with receiver() as (address, got):
        api.insist("POST", "/webhooks", {"name": "all", "url": address, "kinds": ["*"]}, "webhook")
        try:
            for client in clients:
                client.start()
            for victim in victims:
                done = sum(len(client.acknowledged) for client in clients)
                wait_until(
                    lambda done=done: (
                        sum(len(c.acknowledged) for c in clients) > done or any(c.failure for c in clients)
                    ),
                    PATIENCE,
                    "nothing is written any more",
                )
                time.sleep(dice.uniform(0, 0.4))
                kill(supervisor, victim, dice)
        finally:
            stop.set()
            for client in clients:
                client.join()
        assert [client.failure for client in clients] == [None] * CLIENTS

        leads = "SELECT id FROM sales_lead WHERE last_name LIKE 'Chaos %'"
        told = f"""
            SELECT id FROM event WHERE module = 'lead' AND record_id IN ({leads})
            UNION ALL SELECT id FROM event WHERE module = 'opportunity'
        """
        waiting = f"""
            SELECT id FROM ({told}) AS told WHERE NOT EXISTS
            (SELECT FROM api_webhookdelivery d WHERE d.event_id = told.id AND d.status = 'delivered')
        """
        deadline = time.monotonic() + PATIENCE
        while left := rows(installation, waiting):
            assert time.monotonic() < deadline, f"{len(left)} events were not told"
            time.sleep(1)
            rescue(installation)
        ids = {int(identifier.split("_")[1]) for identifier in got}
        assert {row[0] for row in rows(installation, told)} <= ids

    acknowledged = {name: lead for client in clients for name, lead in client.acknowledged.items()}
    assert len(acknowledged) > len(VICTIMS)
    found = rows(installation, "SELECT last_name, id, city, status FROM sales_lead WHERE last_name LIKE 'Chaos %'")
    assert sorted(found) == sorted((name, lead, "Roma", "converted") for name, lead in acknowledged.items())
    for table, column in (
        ("customers_person", "last_name"),
        ("customers_organisation", "name"),
        ("sales_opportunity", "name"),
    ):
        made = rows(installation, f"SELECT {column} FROM {table} WHERE {column} LIKE 'Chaos %'")
        assert sorted(made) == sorted((name,) for name in acknowledged), f"{table}: half-written, lost or doubled"
    events = rows(
        installation,
        f"""SELECT record_id, count(*) FILTER (WHERE kind = 'lead.created'), count(*) FILTER (WHERE kind = 'lead.convert')
            FROM event WHERE module = 'lead' AND record_id IN ({leads}) GROUP BY 1""",
    )
    assert sorted(events) == sorted((lead, 1, 1) for lead in acknowledged.values())
    versions = (
        f"SELECT record_id, version FROM event WHERE module = 'lead' AND record_id IN ({leads}) AND changes <> '{{}}'"
    )
    assert max(Counter(rows(installation, versions)).values()) == 1, "two events for one change"
    twice = rows(
        installation, "SELECT args FROM procrastinate_jobs WHERE queue_name = 'webhooks' GROUP BY 1 HAVING count(*) > 1"
    )
    assert twice == [], "an event was consumed twice"
    assert (
        rows(installation, "SELECT * FROM procrastinate_jobs WHERE queue_name = 'webhooks' AND status <> 'succeeded'")
        == []
    )
    assert rows(installation, "SELECT * FROM core_deadletter") == []


def _lost_answer(installation: Installation, api: Api) -> None:
    """The negative control: who repeats a request whose answer was lost, without a key, does it twice."""
    for name, key in (("With key", "lost answer"), ("Without key", None)):
        lost = api.send("POST", "/people", {"last_name": name}, key)
        there = f"SELECT 1 FROM customers_person WHERE last_name = '{name}'"
        wait_until(lambda sql=there: bool(rows(installation, sql)), 20)
        lost.close()
        assert api.ask("POST", "/people", {"last_name": name}, key)[0] == 201
        assert len(rows(installation, there)) == (1 if key else 2)
