"""A real Anello with the load set, in a data folder of its own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx
import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("BENCH_HOME", ROOT / "var" / "bench"))
"""Where load sets are made and kept."""
PEOPLE = 1_000_000
PASSWORD = "anello-demo"
PATIENCE = 3600
_LEFT = """
SELECT (SELECT count(*) FROM procrastinate_jobs
        WHERE status = 'doing' OR status = 'todo' AND coalesce(scheduled_at, now()) < now() + interval '10 seconds'),
    (SELECT count(*) FROM core_cursor c WHERE EXISTS (
        SELECT FROM event WHERE (event.tx, event.id) > (c.tx::text::xid8, c.event_id)))
"""
"""How many jobs are under way or due, how many consumers have something to read."""
COMMAND = [sys.executable, "-m", "anello.config.cli"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _schema() -> str:
    """What the database looks like: a load set of another schema is made anew."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("src/**/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Installation:
    """Starts `anello run` on a load set of so many people (made once, kept for the next run) and stops it."""

    def __init__(self, people: int, name: str = "") -> None:
        self.people = people
        self.home = DATA / (name or f"people-{people}")
        self.port = _free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "anello.config.settings",
            "ANELLO_HOME": str(self.home),
            "PORT": str(self.port),
            "ANELLO_LOG_LEVEL": "warning",
            "API_REQUESTS_PER_MINUTE": "1000000",
            "API_BURST": "100000",
        }

    def __enter__(self) -> Installation:
        filled, schema = self.home / "filled", _schema()
        if not filled.exists() or schema not in filled.read_text():
            shutil.rmtree(self.home, ignore_errors=True)
            self.home.mkdir(parents=True)
            print(f"Making the load set of {self.people:,} people (kept in {self.home}) …", flush=True)
            started = time.monotonic()
            self.command("migrate")
            self.command("demo", "--people", str(self.people))
            self.command("warehouse", "load")
            filled.write_text(f"{time.monotonic() - started:.0f} s (schema {schema})\n")
        print(f"The load set was made in {filled.read_text().strip()}.", flush=True)
        log = (self.home / "bench.log").open("w")
        self.process = subprocess.Popen([*COMMAND, "run", "--no-demo"], env=self.environment, stdout=log, stderr=log)
        self._wait()
        self.rest()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def command(self, *words: str) -> str:
        """Run an `anello` command on this installation; its output."""
        done = subprocess.run([*COMMAND, *words], env=self.environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def _wait(self) -> None:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.5)
        raise SystemExit(f"Anello did not start; see {self.home / 'bench.log'}")

    def rest(self) -> None:
        """Wait until all that was left to do is done: figures are those of an installation that is up to date."""
        started = time.monotonic()
        with psycopg.connect(self.database, autocommit=True) as connection:
            while connection.execute(_LEFT).fetchone() != (0, 0):
                if time.monotonic() - started > PATIENCE:
                    raise SystemExit(f"Anello is never done; see {self.home / 'bench.log'}")
                time.sleep(2)
        if time.monotonic() - started > 2:
            print(f"What was left to do took {time.monotonic() - started:.0f} s.", flush=True)

    @property
    def database(self) -> str:
        """The address of its database."""
        from anello.config.postgres import Server

        return Server(self.home).url("anello")

    def browser(self, name: str) -> httpx.Client:
        """A logged-in session."""
        client = httpx.Client(base_url=self.base, timeout=60, follow_redirects=True)
        page = client.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if token is None:
            raise SystemExit("the login page has no form")
        answer = client.post(
            "/accounts/login/",
            data={"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": f"{self.base}/accounts/login/"},
        )
        if answer.status_code != 200 or "/accounts/login" in str(answer.url):
            raise SystemExit(f"{name} could not log in: HTTP {answer.status_code} at {answer.url}")
        return client

    def token(self, name: str) -> str:
        """A personal API token."""
        found = re.search(r"anello_[\w-]+", self.command("user", "token", name))
        if found is None:
            raise SystemExit("no token was printed")
        return found[0]

    def processes(self) -> list[psutil.Process]:
        """Everything that runs below the supervisor, the database aside."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [p for p in children if "postgres" not in p.name()]
