"""A running Anello for browsers: its own database, web server, job worker and event consumers."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from anello.config.process import PROCESSES
from tests.database import ROOT, server

START_SECONDS = 60


@dataclass(frozen=True)
class House:
    """Where the running Anello answers, and what the company's story noted for its visitors."""

    url: str
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """What `anello ARGUMENTS` prints in this installation."""
        command = [sys.executable, "-m", "anello.config.cli", *arguments]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def enter(self, browser: Any, name: str, **options: Any) -> Any:
        """A page of a new browser context in which somebody of the cast has signed in, as people do."""
        context = browser.new_context(base_url=self.url, reduced_motion="reduce", **options)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(name)
        page.locator("[name=password]").fill("anello-demo")
        page.keyboard.press("Enter")
        page.wait_for_selector("#main .page-header")
        return page


@contextmanager
def opened(*, demo: bool = False) -> Iterator[House]:
    """Found the company of `company.py`, or the demo company, in a database of its own, and run all until the end."""
    name, port = f"browser_{secrets.token_hex(4)}", _free_port()
    environment = os.environ | {
        "DATABASE_URL": server.url(name),
        "PORT": str(port),
        "ANELLO_WORKERS": "1",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "anello.config.settings",
    }
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    running: list[subprocess.Popen[bytes]] = []
    try:
        own = ("anello.config.cli prepare --no-demo", "tests.browser.company")
        for module in ("anello.config.cli prepare --demo",) if demo else own:
            subprocess.run([sys.executable, "-m", *module.split()], env=environment, check=True)
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
