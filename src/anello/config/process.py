"""One process of a running Anello, by name: `python -m anello.config.process web|worker|consumers|analysis`.

The supervisor starts the first three and adds its process id; a service manager leaves that out. The worker starts
`analysis` when there is something to do for it. SIGTERM ends each of them after its work in hand.
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
    """Do jobs, those of analysis in a process apart."""
    _set_up()
    from anello.core.jobs import working

    working.work([sys.executable, "-m", "anello.config.process", "analysis", str(os.getpid())])


def analysis() -> None:
    """Do the jobs of analysis until nothing is left."""
    _set_up()
    from anello.core.jobs import working

    working.analyse()


def consumers() -> None:
    """Follow the event log."""
    _set_up()
    from django.core.management import call_command

    call_command("consume")


PROCESSES = {"web": web, "worker": worker, "consumers": consumers}
"""What runs all the time."""


def _set_up() -> None:
    import django

    django.setup()


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
    (PROCESSES | {"analysis": analysis})[name]()
