"""One process of a running Anello, by name: `python -m anello.config.process web|worker|consumers`.

The supervisor starts them and adds its process id; a service manager leaves that out. SIGTERM ends each of them after
its work in hand.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from anello.config import logs
from anello.config.env import env

STOP_SECONDS = 15  # open event streams never end by themselves
_PR_SET_PDEATHSIG = 1


def web() -> None:
    """Serve HTTP."""
    Granian(
        "anello.config.asgi:application",
        interface=Interfaces.ASGINL,
        address=env.host,
        port=env.port,
        workers=env.anello_workers,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        workers_kill_timeout=STOP_SECONDS,
        log_dictconfig=logs.granian(json=env.production),
    ).serve()


def worker() -> None:
    """Run jobs."""
    _django("procrastinate", "worker", f"--shutdown-graceful-timeout={STOP_SECONDS}")


def consumers() -> None:
    """Follow the event log."""
    _django("consume")


PROCESSES = {"web": web, "worker": worker, "consumers": consumers}


def _django(*command: str) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["anello", *command])


def _end_with(supervisor: int) -> None:
    """A supervisor killed by SIGKILL must not leave processes behind that hold the port and run jobs twice (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:
        raise SystemExit("The supervisor has died.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    name, *supervisor = sys.argv[1:]
    if supervisor:
        _end_with(int(supervisor[0]))
    PROCESSES[name]()
