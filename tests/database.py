"""The test run's own PostgreSQL server, under `var/test`; loaded by pytest before Django reads its settings.

It shares nothing with a running Anello: settings of the environment and of `.env` do not reach the tests. The processes
of one run (`pytest -n`) share nothing either. Two databases of one server would: a transaction that stays open in one
holds back the consumers of the other (`pg_snapshot_xmin` is the whole server's).
At the end of the run it names the tests that were left out and why; with ANELLO_TEST_ALL=1 those are failures.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "test" / os.environ.get("PYTEST_XDIST_WORKER", "")
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.update(
    {
        "ANELLO_HOME": str(HOME),
        "ANELLO_ENV": "development",
        "ANELLO_DEBUG": "false",
        "BASE_URL": "",
        "EMAIL_URL": "",
        "ANELLO_LOG_LEVEL": "warning",
        "DATABASE_URL": "",
        "SECRET_KEY": "a-secret-that-is-known-to-everybody-who-reads-the-tests",
        "PORT": "8000",
    }
)

from anello.config.env import env  # noqa: E402 after the environment is prepared
from anello.config.postgres import TEST_SETTINGS, Server  # noqa: E402
from anello.config.translations import compile_stale  # noqa: E402

compile_stale()
server = Server(HOME, binaries=env.anello_pg_bin, settings=TEST_SETTINGS)


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of the cast are hashed thousands of times; their strength is not under test."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    default["HOST"] = str(server.socket_folder)
    # Connections end with their thread: a pool would keep the test database from being dropped.
    default["OPTIONS"].pop("pool", None)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.items and not session.config.option.collectonly:
        server.join()
        _use_template()


def _use_template() -> None:
    """Let Django copy the test database from one that is migrated already."""
    from django.conf import settings

    with suppress(subprocess.CalledProcessError):  # the tests will fail at the same migration, and pytest say more
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated()


def migrated() -> str:
    """The name of a database to copy that is migrated and empty; CalledProcessError when a migration fails."""

    def migrate(url: str) -> None:
        command = [sys.executable, "-m", "django", "migrate", "--verbosity=0", "--skip-checks"]
        environment = {"DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src")}
        environment["DJANGO_SETTINGS_MODULE"] = "anello.config.settings"
        subprocess.run(command, env=os.environ | environment, check=True)

    return template("migrated", sorted((ROOT / "src").rglob("migrations/*.py")), migrate)


def template(kind: str, sources: Iterable[Path], fill: Callable[[str], None], *, base: str = "", day: str = "") -> str:
    """The name of a database to copy: `base` as `fill(url)` left it, of this `day` if one is given.

    It is made once, and anew when one of its sources or the lock of dependencies has changed.
    """
    digest = hashlib.sha256(f"{base} {day}".encode() + (ROOT / "requirements.lock").read_bytes())
    for source in sources:
        digest.update(source.read_bytes())
    name = f"template_{kind}_{digest.hexdigest()[:16]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name[:-16]])
        names = {row[0] for row in known}
        for outdated in names - {name}:
            connection.execute(f'DROP DATABASE "{outdated}" WITH (FORCE)')
        if name not in names:
            partial = f"{name}_partial"
            connection.execute(f'CREATE DATABASE "{partial}" TEMPLATE "{base or "template1"}"')
            fill(server.url(partial))
            connection.execute(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
    return name


def pytest_unconfigure(config: pytest.Config) -> None:
    server.leave()


@pytest.fixture
def place() -> Iterator[Path]:
    """A temporary folder for a test's own servers; each start of pytest closes the parent of `tmp_path` to them."""
    folder = Path(tempfile.mkdtemp(prefix="anello-test-"))
    yield folder
    shutil.rmtree(folder)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say by name what was left out and why."""
    left_out = terminalreporter.stats.get("skipped", [])
    if not left_out:
        return
    terminalreporter.section("left out")
    for reason, count in Counter(map(_reason, left_out)).items():
        terminalreporter.write_line(f"{count} because: {reason}")
        for report in left_out:
            if _reason(report) == reason:
                terminalreporter.write_line(f"    {report.nodeid}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("ANELLO_TEST_ALL") == "1" and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
