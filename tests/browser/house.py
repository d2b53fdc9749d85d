"""A running Anello for browsers: its own database, web server, job worker and event consumers."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from anello.config.process import PROCESSES
from tests.browser.chromium import PATIENCE
from tests.database import HOME, ROOT, migrated, server, template

START_SECONDS = 60
ROME = ZoneInfo("Europe/Rome")
COMPANY = ("company", "anello.config.cli prepare --no-demo", "tests.browser.company")
DEMO = ("demo", "anello.config.cli prepare --demo")
"""A name, and the modules whose main programs found it in an empty database."""


@dataclass(frozen=True)
class House:
    """Where the running Anello answers."""

    url: str
    environment: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> str:
        """What `anello ARGUMENTS` prints in this installation."""
        command = [sys.executable, "-m", "anello.config.cli", *arguments]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def bring(self, who: str, path: str, values: Any) -> Any:
        """What another program gets that POSTs these values to the API in somebody's name."""
        headers = {"Authorization": f"Bearer {self.token(who)}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", json.dumps(values).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def token(self, who: str) -> str:
        """A token of the API."""
        if who not in self.tokens:
            self.tokens[who] = self.command("user", "token", who).strip()
        return self.tokens[who]

    def enter(self, browser: Any, name: str, **options: Any) -> Any:
        """A page of a new browser context in which somebody of the cast has signed in, as people do."""
        context = browser.new_context(base_url=self.url, reduced_motion="reduce", **options)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(name)
        page.locator("[name=password]").fill("anello-demo")
        page.keyboard.press("Enter")
        page.wait_for_selector("#main .page-header")
        return page


@contextmanager
def opened(*, demo: bool = False) -> Iterator[House]:
    """Run all of an Anello in which the company of `company.py`, or the demo company, was founded today.

    Its database and its folder are copies, its own until the end.
    """
    story = DEMO if demo else COMPANY
    founded = _founded(*story)
    name, port, home = f"browser_{secrets.token_hex(4)}", _free_port(), Path(tempfile.mkdtemp(prefix="anello-house-"))
    shutil.copytree(_home(story[0]), home, dirs_exist_ok=True)
    environment = _environment(server.url(name), home) | {"PORT": str(port), "ANELLO_WORKERS": "1"}
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{founded}"')
    running: list[subprocess.Popen[bytes]] = []
    try:
        command = [sys.executable, "-m", "anello.config.process"]
        running += [subprocess.Popen([*command, process], env=environment) for process in PROCESSES]
        house = House(f"http://127.0.0.1:{port}", environment)
        _wait_until_ready(house.url, running)
        yield house
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(home)


def _founded(story: str, *commands: str) -> str:
    """The database to copy. Anything of the product, and the day, may have its part in what a founding leaves."""

    def found(url: str) -> None:
        home = _home(story)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for command in commands:
            subprocess.run([sys.executable, "-m", *command.split()], env=_environment(url, home), check=True)

    product = [path for path in (ROOT / "src").rglob("*") if path.is_file() and path.suffix not in (".pyc", ".mo")]
    sources = [path for path in product if "static" not in path.parts] + list((ROOT / "tests").rglob("*.py"))
    return template(story, sorted(sources), found, base=migrated(), day=str(dt.datetime.now(ROME).date()))


def _home(story: str) -> Path:
    """What is founded keeps its files here, beside its database."""
    return HOME / "founded" / story


def _environment(database: str, home: Path) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database,
        "ANELLO_HOME": str(home),
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "anello.config.settings",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, running: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline or any(process.poll() is not None for process in running):
                raise
            time.sleep(0.1)
