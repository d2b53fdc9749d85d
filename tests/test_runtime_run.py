"""`anello run` as a whole: processes, signals, ports. Each test starts real processes and takes some seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from anello.config.postgres import Server

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
STOP_SECONDS = 45


class Installation:
    """A data folder, a port, and the commands on them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.running: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "ANELLO_HOME": str(self.home),
            "PORT": str(self.port),
            "ANELLO_WORKERS": "1",
        }

    def command(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "anello.config.cli", *arguments],
            env=self.environment | {"PASSWORD": "correct horse battery"},
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "anello.config.cli", "run", "--no-demo"],
            env=self.environment,
            stdout=(self.home.parent / "run.log").open("a"),
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running.append(process)
        wait_until(lambda: process.poll() is not None or self.get("/readyz")[0] == 200, START_SECONDS)
        assert process.poll() is None, (self.home.parent / "run.log").read_text()
        return process

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def leftovers(self) -> list[str]:
        """Processes, also zombies, that belong to this data folder or were started by its supervisors."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ", "status"]):
            text = " ".join([*(process.info["cmdline"] or []), (process.info["environ"] or {}).get("ANELLO_HOME", "")])
            if str(self.home) in text:
                found.append(text)
        return found


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def installation(place: Path) -> Iterator[Installation]:
    made = Installation(place / "home")
    yield made
    for process in made.running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
    if pid := Server(made.home).pid():
        os.kill(pid, signal.SIGINT)


def children(process: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    alive = (child for child in psutil.Process(process.pid).children() if child.status() != psutil.STATUS_ZOMBIE)
    return [child for child in alive if name in child.cmdline()]


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
    assert "is ready: http://127.0.0.1:" in (place / "run.log").read_text()


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
