"""The embedded server: found again, never in anybody's way, unharmed by kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from anello.config.postgres import TEST_SETTINGS, PostgresError, Server, find_binaries

SOURCES = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    yield place / "home"
    if pid := make(place / "home").pid():
        os.kill(pid, signal.SIGKILL)


def make(home: Path) -> Server:
    return Server(home, settings=TEST_SETTINGS)


def remember(server: Server, value: int) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def remembered(server: Server) -> list[int]:
    with psycopg.connect(server.url()) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


@contextmanager
def another_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that has joined the server and holds on to it."""
    code = (
        "import sys, pathlib; from anello.config.postgres import *;"
        "s = Server(pathlib.Path(sys.argv[1]), settings=TEST_SETTINGS); s.join(); print('joined', flush=True);"
        "sys.stdin.read(); s.leave()"
    )
    command = [sys.executable, "-c", code, str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(SOURCES)}
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "joined\n"
        yield process
        process.kill()


def test_two_data_folders_have_two_servers_side_by_side(home: Path, place: Path) -> None:
    with make(home) as one, make(place / "other") as two:
        remember(one, 1)
        remember(two, 2)
        assert one.pid() != two.pid()
        assert (remembered(one), remembered(two)) == ([1], [2])


def test_it_listens_on_no_port_and_only_for_its_owner(home: Path) -> None:
    with make(home) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert server.socket_folder.stat().st_mode & 0o077 == 0


def test_a_path_too_long_for_a_socket_still_works(home: Path) -> None:
    with make(home / ("long" * 25)) as server:
        remember(server, 1)
        assert remembered(server) == [1]


def test_the_last_one_to_leave_stops_it(home: Path) -> None:
    with another_process(home) as other:
        with make(home) as server:
            assert server.pid()
        assert server.pid(), "the other process still uses it"
        assert other.stdin
        other.stdin.close()
        assert other.wait(30) == 0
        assert server.pid() is None


def test_who_was_killed_does_not_keep_it_running(home: Path) -> None:
    with another_process(home) as other:
        other.kill()
        other.wait()
    server = make(home)
    assert server.pid(), "nobody was there to stop it"
    with server:
        pass
    assert server.pid() is None


def test_after_sigkill_of_everything_it_starts_again_and_has_all(home: Path) -> None:
    with make(home) as server:
        remember(server, 7)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # the tests' server does not wait for the disk
        everything = [psutil.Process(server.pid()), *psutil.Process(server.pid()).children()]
        for process in everything:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everything[:1])
        assert server.revive()
        assert remembered(server) == [7]


def test_a_process_id_that_somebody_else_has_now_does_not_look_like_a_server(home: Path) -> None:
    with make(home) as server:
        remember(server, 1)
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n{int(time.time())}\n5432\n")
    assert server.pid() is None
    with server:
        assert remembered(server) == [1]


def test_an_interrupted_first_start_is_repeated(home: Path) -> None:
    (home / "postgres" / "data.new").mkdir(parents=True)
    (home / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    with make(home) as server:
        remember(server, 1)


def test_own_configuration_is_kept_over_starts(home: Path) -> None:
    with make(home) as server:
        pass
    (server.data / "conf.d" / "mine.conf").write_text("work_mem = '33MB'\n")
    with server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("33MB",)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with make(home) as server:
        pass
    (server.data / "conf.d" / "mine.conf").write_text("work_mem = 'a lot'\n")
    with pytest.raises(PostgresError, match="work_mem"):
        server.join()


def test_missing_binaries_are_explained(place: Path) -> None:
    with pytest.raises(PostgresError, match="ANELLO_PG_BIN"):
        find_binaries(place)


def test_a_closed_folder_is_opened_for_the_database_alone(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with make(closed / "home") as server:
        remember(server, 1)
    assert closed.stat().st_mode & 0o007 == 0, "nobody else may pass"
