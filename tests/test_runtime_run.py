"""`anello run` as a whole: processes, signals, ports. Each test starts real processes and takes some seconds."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import STOP_SECONDS, Installation, children, wait_until


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
    assert "1 alive" in examined.stdout

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


def test_after_sigkill_of_the_supervisor_the_next_start_works(installation: Installation) -> None:
    process = installation.start()
    process.kill()
    process.wait()
    wait_until(lambda: installation.get("/healthz")[0] == 0, 30)
    again = installation.start()
    assert installation.get("/readyz")[0] == 200
    again.send_signal(signal.SIGTERM)
    assert again.wait(STOP_SECONDS) == 0
    assert installation.leftovers() == []


def test_wrong_use_ends_with_2(installation: Installation) -> None:
    assert installation.command("walk").returncode == 2
    assert installation.command("restore", "missing.anello").returncode == 2
