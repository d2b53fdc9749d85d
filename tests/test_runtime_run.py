"""`anello run` as a whole: processes, signals, ports. Each test starts real processes and takes some seconds."""

from __future__ import annotations

import json
import re
import secrets
import signal
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from anello.config.account import Account
from tests.database import migrated, server
from tests.installation import ROOT, STOP_SECONDS, Installation, children, wait_until


@pytest.fixture
def installation(place: Path) -> Iterator[Installation]:
    made = Installation(place / "home")
    yield made
    made.stop()


def test_a_day_in_the_life(installation: Installation, place: Path) -> None:
    """One long walk, because each start costs seconds: start, health, clashes, crash, stop."""
    process = installation.start()
    assert installation.get("/healthz") == (200, '{"status": "ok"}')
    assert json.loads(installation.get("/readyz")[1]) == {"status": "ready", "problems": []}

    taken = Installation(place / "second")
    taken.port = installation.port
    refused = taken.command("run")
    assert refused.returncode == 1
    assert f"Port {installation.port} is in use by process" in refused.stderr
    assert not (place / "second").exists(), "nothing may be started before the port is known to be free"

    twice = Installation(installation.home)
    refused = twice.command("run")
    assert refused.returncode == 1
    assert f"process {process.pid}" in refused.stderr

    added = installation.command("user", "add", "nina", "--email", "nina@example.com", "--role", "administrator")
    assert added.returncode == 0, added.stderr
    assert installation.command("user", "token", "nina").stdout.startswith("anello_")
    assert installation.command("user", "token", "nobody").returncode == 1

    (place / "people.csv").write_text("last_name,email\nRossi,rossi@example.com\nBianchi,not an address\n")
    imported = installation.command(
        "import", "person", str(place / "people.csv"), "--errors", str(place / "errors.csv")
    )
    assert imported.returncode == 1, imported.stderr
    assert "1 rows were refused" in imported.stderr
    assert "Bianchi" in (place / "errors.csv").read_text()
    assert installation.command("import", "unicorn", str(place / "people.csv")).returncode == 2

    examined = installation.command("doctor")
    assert re.search(r"\b[23] alive", examined.stdout), "the two lanes of the worker, and maybe the one of analysis"

    (worker,) = children(process, "worker")
    worker.kill()
    wait_until(lambda: [child.pid for child in children(process, "worker")] not in ([], [worker.pid]), 20)
    (web,) = children(process, "web")
    web.kill()
    wait_until(lambda: children(process, "web") not in ([], [web]) and installation.get("/healthz")[0] == 200, 30)

    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_SECONDS) == 0
    assert installation.leftovers() == []
    assert "is ready: http://127.0.0.1:" in installation.log


def test_after_sigkill_of_the_supervisor_the_next_start_works(installation: Installation, prepared: Path) -> None:
    installation.begin_with(prepared)
    process = installation.start()
    process.kill()
    process.wait()
    wait_until(lambda: installation.get("/healthz")[0] == 0, 90)
    again = installation.start()
    assert installation.get("/readyz")[0] == 200
    again.send_signal(signal.SIGTERM)
    assert again.wait(STOP_SECONDS) == 0
    assert installation.leftovers() == []


def test_an_ordinary_user_needs_no_rights(place: Path, prepared: Path) -> None:
    """When root runs the tests, the ordinary user is the account that keeps root's databases."""
    account = Account.for_data(place / "own")
    for needed in (Path(sys.executable).resolve().parent, Path(sys.prefix) / "bin", ROOT / "src", place):
        account.let_through(needed)
    account.own_folder(place / "own")
    identity = {name: value for name, value in account.arguments().items() if name != "env"}
    installation = Installation(place / "own" / "home", identity)
    installation.begin_with(prepared)
    try:
        process = installation.start()
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert {"postgres", "python"} <= {member.name().rstrip(".0123456789") for member in family}
        assert {member.uids().effective for member in family} == {account.uid}
        assert account.uid != 0
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
        assert installation.leftovers() == []
    finally:
        installation.stop()


def test_two_installations_side_by_side_do_not_know_each_other(
    installation: Installation, place: Path, prepared: Path
) -> None:
    other = Installation(place / "other" / "home")
    other.home.parent.mkdir()
    installation.begin_with(prepared)
    other.begin_with(prepared)
    try:
        one, two = installation.start(), other.start()
        for made, name in ((installation, "nina"), (other, "nora")):
            assert made.command("user", "add", name, "--email", f"{name}@example.com").returncode == 0
        assert installation.command("user", "token", "nina").returncode == 0
        assert installation.command("user", "token", "nora").returncode == 1
        one.send_signal(signal.SIGINT)
        assert one.wait(STOP_SECONDS) == 0
        assert other.get("/readyz")[0] == 200
        two.send_signal(signal.SIGINT)
        assert two.wait(STOP_SECONDS) == 0
    finally:
        other.stop()


def test_a_server_of_ones_own_is_used_instead_of_the_embedded_one(place: Path) -> None:
    name = f"own_{secrets.token_hex(4)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated()}"')
        installation = Installation(place / "home", DATABASE_URL=server.url(name))
        try:
            process = installation.start()
            assert installation.command("user", "add", "nina", "--email", "nina@example.com").returncode == 0
            with psycopg.connect(server.url(name)) as own:
                assert own.execute("SELECT count(*) FROM accounts_user").fetchone() == (1,)
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS) == 0
            assert not (installation.home / "postgres").exists()
            assert connection.execute("SELECT 1").fetchone(), "a server of one's own is not ours to stop"
        finally:
            installation.stop()
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_production_logs_json_and_health_answers_without_https(place: Path, prepared: Path) -> None:
    unsafe = Installation(place / "unsafe", ANELLO_ENV="production").command("run")
    assert unsafe.returncode == 2
    assert "SECRET_KEY" in unsafe.stderr
    assert not (place / "unsafe").exists()
    installation = Installation(
        place / "home", ANELLO_ENV="production", SECRET_KEY="0123456789" * 5, BASE_URL="https://crm.example.com"
    )
    installation.begin_with(prepared)
    try:
        process = installation.start()
        assert installation.get("/healthz")[0] == 200
        request = urllib.request.Request(
            f"http://127.0.0.1:{installation.port}/accounts/login/",
            headers={"Host": "crm.example.com", "X-Forwarded-Proto": "https", "X-Request-ID": "request-from-proxy"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["X-Request-ID"] == "request-from-proxy"
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
        told = [json.loads(line) for line in installation.log.splitlines() if line.startswith("{")]
        (record,) = [entry for entry in told if entry.get("request_id") == "request-from-proxy"]
        assert (record["method"], record["path"], record["status"]) == ("GET", "/accounts/login/", 200)
        assert record["ms"] >= 0
    finally:
        installation.stop()


def test_wrong_use_ends_with_2(installation: Installation) -> None:
    assert installation.command("walk").returncode == 2
    assert installation.command("restore", "missing.anello").returncode == 2
