"""A running Anello for tests: real processes on a data folder and a port of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from anello.config.postgres import Server

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 240  # a machine with much else to do
STOP_SECONDS = 45


class Installation:
    """A data folder, a port, and the commands on them; `account` are arguments of Popen that say whose they are."""

    def __init__(self, home: Path, account: Mapping[str, Any] | None = None, **settings: str) -> None:
        self.home = home
        self.account = account or {}
        self.settings = settings
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
            **self.settings,
        }

    @property
    def log(self) -> str:
        return (self.home.parent / "run.log").read_text()

    def begin_with(self, prepared: Path) -> None:
        """Take over a data folder that is prepared already, as the account's own."""
        subprocess.run(["cp", "-a", prepared, self.home], check=True)
        if "user" in self.account:
            for path in (self.home, *self.home.rglob("*")):
                os.chown(path, self.account["user"], self.account["group"], follow_symlinks=False)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "anello.config.cli", *arguments],
            env=self.environment | {"PASSWORD": "correct horse battery"},
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
            **self.account,
        )

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "anello.config.cli", "run", "--no-demo"],
            env=self.environment,
            stdout=(self.home.parent / "run.log").open("a"),
            stderr=subprocess.STDOUT,
            text=True,
            **self.account,
        )
        self.running.append(process)
        wait_until(lambda: process.poll() is not None or self.get("/readyz")[0] == 200, START_SECONDS)
        assert process.poll() is None, self.log
        return process

    def stop(self) -> None:
        """End what a test left running."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)
        if pid := Server(self.home).pid():
            os.kill(pid, signal.SIGINT)

    def get(self, path: str) -> tuple[int, str]:
        """Status (0: no answer) and body."""
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


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A data folder whose database is migrated, to begin with where the first start is not what a test is about."""
    folder = Path(tempfile.mkdtemp(prefix="anello-prepared-"))
    done = Installation(folder / "home").command("prepare", "--no-demo")
    assert done.returncode == 0, done.stderr
    yield folder / "home"
    shutil.rmtree(folder)


def wait_until(true: Callable[[], bool], seconds: float, what: str = "waited in vain") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def children(process: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    """The living processes that a supervisor runs under this name: web, worker or consumers."""
    alive = (child for child in psutil.Process(process.pid).children() if child.status() != psutil.STATUS_ZOMBIE)
    return [child for child in alive if name in child.cmdline()]
