"""Runs the processes of Anello together: starts, prefixes their logs, restarts what crashes, stops all cleanly."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 25
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60  # who ran this long has recovered: its next crash is restarted at once again
CHECK_SECONDS = 5


class SupervisorError(Exception):
    """Anello cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Program:
    """A process to keep running."""

    name: str
    command: list[str]


def check_port(host: str, port: int) -> None:
    """Raise `SupervisorError`, naming the occupant if it can be known, when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SupervisorError(
                    f"Port {port} is in use{_occupant(port)}. Stop it, or choose another port: PORT={port + 1} make run"
                ) from None
            raise SupervisorError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None


def _occupant(port: int) -> str:
    try:
        listeners = [
            c for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN and c.laddr.port == port
        ]
        pid = next((c.pid for c in listeners if c.pid), None)
        return f" by process {pid} ({' '.join(psutil.Process(pid).cmdline())[:100]})" if pid else ""
    except psutil.Error:
        return ""  # not ours to see: the message is clear without it


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the data folder: a second supervisor would run every job and consumer twice."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SupervisorError(
                f"Anello already runs on {home} (process {lock.read().strip()}). Stop it first, or choose another "
                "data folder and port: ANELLO_HOME=… PORT=… make run"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Supervisor:
    """Keeps programs running until SIGINT or SIGTERM; every few seconds calls `check` and logs what it returns."""

    def __init__(self, programs: list[Program], *, check: Callable[[], str | None], prefix: bool) -> None:
        self.programs = programs
        self._check = check
        self._width = max(len(program.name) for program in programs) if prefix else 0
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        """Start everything, call `ready` when the tasks are up, return when everything has stopped."""
        loop = asyncio.get_running_loop()
        hangup = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []  # nohup ignores it
        for number in (signal.SIGINT, signal.SIGTERM, *hangup):
            loop.add_signal_handler(number, self._stopping.set)
        keepers = [asyncio.create_task(self._keep(program)) for program in self.programs]
        announcement = asyncio.create_task(asyncio.to_thread(ready))
        try:
            while not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), CHECK_SECONDS)
                    break
                if news := await asyncio.to_thread(self._check):
                    self._say("anello", news)
        finally:
            self._stopping.set()
            self._signal_all(signal.SIGTERM)
            _, late = await asyncio.wait(keepers, timeout=STOP_SECONDS)
            if late:
                self._say("anello", f"killing what did not stop within {STOP_SECONDS} s: {', '.join(self._running)}")
                self._signal_all(signal.SIGKILL)
            await asyncio.gather(*keepers)
            await announcement

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopping.is_set()

    async def _keep(self, program: Program) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            reading, writing = os.pipe()
            process = await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops everything in order
            )
            os.close(writing)
            relay = asyncio.create_task(self._relay(program.name, reading))
            self._running[program.name] = process
            if self._stopping.is_set():
                process.terminate()
            code = await process.wait()
            _kill_group(process.pid)  # helpers of a killed process (granian's workers) would keep its port and our pipe
            await relay
            del self._running[program.name]
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            self._say("anello", f"{program.name} ended with code {code}; restarting in {pause:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _relay(self, name: str, reading: int) -> None:
        reader = asyncio.StreamReader(limit=2**20)
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                continue  # longer than the limit: asyncio has dropped it
            if not line:
                return
            self._say(name, line.decode(errors="replace").rstrip("\n"))

    def _say(self, name: str, line: str) -> None:
        sys.stdout.write(f"{name:<{self._width}} | {line}\n" if self._width else f"{line}\n")
        sys.stdout.flush()

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running.values():
            if number == signal.SIGKILL:
                _kill_group(process.pid)
            else:
                with suppress(ProcessLookupError):
                    process.send_signal(number)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
