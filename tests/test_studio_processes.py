"""Studio among real processes: three web servers follow it under load, and SIGKILL leaves either before or after."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from django.db import connection

from anello.core.actions import Context, run
from anello.core.studio.models import CustomField, CustomModule
from tests import processes

WEB, ROUNDS = 3, 2
KILLS = 8
PATIENCE = 60


@dataclass
class Web:
    """A web server of its own process, and somebody who reads and writes there until told to stop."""

    base: str
    token: str
    busy: threading.Event = field(default_factory=threading.Event)
    answers: list[int] = field(default_factory=list)
    failure: BaseException | None = None

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(method, f"{self.base}/api/v1/{path}", headers=headers, timeout=PATIENCE, **body)

    def work(self) -> None:
        try:
            for number in count():
                if self.busy.is_set():
                    return
                time.sleep(0.05)
                made = self.ask("POST", "people", json={"last_name": f"Prova {number}"})
                self.answers += [made.status_code, self.ask("GET", "people?limit=20").status_code]
        except BaseException as failure:
            self.failure = failure


@pytest.fixture
def servers(lasting: Any, cast: Any) -> Iterator[list[Web]]:
    token = run("token.issue", {"name": "test"}, Context.of(cast.anna))
    started = []
    webs = []
    try:
        for _ in range(WEB):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = ["-m", "granian", "--interface", "asginl", "--port", str(port), "--workers", "1"]
            limits = {"API_REQUESTS_PER_MINUTE": "1000000", "API_BURST": "100000"}
            started.append(processes.start(*command, "anello.config.asgi:application", PORT="8000", **limits))
            webs.append(Web(f"http://127.0.0.1:{port}", token))
        for web in webs:
            _until(lambda web=web: _answers(web))
        yield webs
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE)
        processes.end_sessions()


def _answers(web: Web) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{web.base}/healthz").status_code == 200
    return False


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_three_servers_know_of_a_change_with_the_next_request_while_others_work(
    servers: list[Web], anna: Any, lasting: Any
) -> None:
    workers = [threading.Thread(target=web.work) for web in servers]
    for worker in workers:
        worker.start()
    try:
        for number in range(ROUNDS):
            around = servers[number:] + servers[:number]
            made = run("custom_field.create", _labelled(f"Voce {number}", module="person", kind="integer"), anna)
            for value, web in enumerate(around):
                person = web.ask("POST", "people", json={"last_name": "Rossi", made.name: value})
                assert person.status_code == 201, person.text
                others = [other.ask("GET", f"people/{person.json()['id']}").json()[made.name] for other in around]
                assert others == [value] * WEB

            module = run("custom_module.create", _module(f"Contratto {number}"), anna)
            slug = module.name.replace("_", "-")
            lasting()
            run("custom_field.create", _labelled("Importo", module=module.name, kind="money"), anna)
            record = around[0].ask("POST", slug, json={"name": "Uno", "x_importo": "12.50"})
            assert record.status_code == 201, record.text
            for web in around:
                assert web.ask("GET", f"{slug}/{record.json()['id']}").json()["x_importo"] == "12.50"

            assert f"/api/v1/{slug}" in around[-1].ask("GET", "openapi.json").text

            run("custom_field.delete", {}, anna, target=made.pk)
            for web in around:
                refused = web.ask("POST", "people", json={"last_name": "Verdi", made.name: 1})
                assert refused.status_code == 422
    finally:
        for web in servers:
            web.busy.set()
        for worker in workers:
            worker.join()
    assert [web.failure for web in servers] == [None] * WEB
    assert {code for web in servers for code in web.answers} == {200, 201}, "nobody's work was disturbed"


def _labelled(label: str, **more: Any) -> dict[str, Any]:
    return {"label_it": label, "label_en": label, **more}


def _module(label: str) -> dict[str, Any]:
    return _labelled(label, plural_it=f"{label} tutti", plural_en=f"{label} all", area="sales")


SCRIPT = """
import os, random, sys, django
django.setup()
from django.db import connections
from anello.core.accounts.models import User
from anello.core.actions import ActionError, Context, run
from anello.core.studio import shape
from anello.core.studio.models import CustomField, CustomModule

def shaping(seed):
    dice = random.Random(seed)
    anna = Context.of(User.objects.get(username="anna"), elevated=True)
    print("began", flush=True)
    for number in range(10**6):
        shape.follow(shape.version())
        said = lambda label: {"label_it": label, "label_en": label}
        own = sorted(shape.own())
        module = dice.choice(["person", "organisation", *own])
        kind = dice.choice(["text", "integer", "money", "date", "boolean", "multichoice", "link"])
        more = {"to": "organisation"} if kind == "link" else {}
        more |= {"options": [{"value": "a", "it": "A", "en": "A"}]} if kind == "multichoice" else {}
        label = f"F{seed} {number}"
        what = dice.choice(["field", "field", "field", "module", "change", "delete"])
        fields = CustomField.objects.order_by("id")
        try:
            if what == "module":
                run("custom_module.create", said(label) | {"plural_it": f"{label}i", "plural_en": f"{label}s"}, anna)
            elif what == "field" or not fields:
                run("custom_field.create", said(label) | {"module": module, "kind": kind, **more}, anna)
            elif what == "change":
                run("custom_field.update", said(f"Nuovo {label}"), anna, target=dice.choice(list(fields)).pk)
            else:
                run("custom_field.delete", {}, anna, target=dice.choice(list(fields)).pk)
        except ActionError as error:
            print(repr(error), flush=True)
            os._exit(1)

for line in sys.stdin:
    connections.close_all()
    pid = os.fork()
    if not pid:
        shaping(int(line))
    print(pid, flush=True)
    os.waitpid(pid, 0)
"""


@pytest.fixture
def shaper(lasting: Any, cast: Any, tmp_path: Any) -> Iterator[Any]:
    script = tmp_path / "shaping.py"
    script.write_text(SCRIPT)
    process = processes.start(str(script))
    yield process
    process.kill()
    process.wait()
    processes.end_sessions()


def test_sigkill_amid_a_change_leaves_either_before_or_after(shaper: Any, lasting: Any, anna: Any) -> None:
    dice = random.Random(4)
    made = 0
    for seed in range(KILLS):
        shaper.stdin.write(f"{seed}\n")
        shaper.stdin.flush()
        said = {shaper.stdout.readline().strip(), shaper.stdout.readline().strip()}
        (pid,) = (int(line) for line in said if line.isdigit())
        assert "began" in said
        time.sleep(dice.uniform(0.05, 0.6))
        os.kill(pid, signal.SIGKILL)
        processes.end_sessions()
        _either_before_or_after()
        made = CustomField.everything.count() + CustomModule.everything.count()
    assert made > KILLS, "much was done between the kills"
    lasting()
    for module in CustomModule.objects.all():
        values = dict.fromkeys(
            CustomField.objects.filter(module=module.name, kind="text").values_list("name", flat=True), "1"
        )
        assert run(f"{module.name}.create", {"name": "Uno", **values}, anna).pk
    assert run("person.create", {"last_name": "Rossi"}, anna).pk


def _either_before_or_after() -> None:
    """Every field has its column and every module its table, and the other way round; each was told once."""
    modules, fields = CustomModule.everything, CustomField.everything
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND (starts_with(table_name, 'x_') OR starts_with(column_name, 'x_'))"
        )
        there = set(cursor.fetchall())
        cursor.execute(
            "SELECT module, record_id, count(*) FROM event WHERE kind IN ('custom_field.created', 'custom_module.created')"
            " GROUP BY 1, 2"
        )
        told = {(module, record): number for module, record, number in cursor.fetchall()}
    assert {table for table, _ in there if table.startswith("x_")} == set(modules.values_list("name", flat=True))
    tables = {"person": "customers_person", "organisation": "customers_organisation"}
    columns = {
        (tables.get(row.module, row.module), f"{row.name}_id" if row.kind == "link" else row.name)
        for row in fields.all()
    }
    assert {(table, column) for table, column in there if column.startswith("x_")} == columns
    rows = {("custom_field", row.pk): 1 for row in fields.all()} | {
        ("custom_module", row.pk): 1 for row in modules.all()
    }
    assert told == rows
