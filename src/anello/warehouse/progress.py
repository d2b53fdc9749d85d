"""How the load at work is getting on, in a small file that any process may read."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from anello.warehouse import landing


@dataclass(frozen=True)
class Progress:
    """`state`: working, done, failed, interrupted (the process ended without a word) or none (nothing ever began).

    `what` is the table or step at hand, the `done`th of `steps`; `at` when this was noted; `error` why it failed;
    `seconds` how long the last one took that was done.
    """

    state: str = "none"
    what: str = ""
    done: int = 0
    steps: int = 0
    at: str = ""
    error: str = ""
    seconds: float = 0.0


def note(state: str, what: str = "", done: int = 0, steps: int = 0, error: str = "", seconds: float = 0.0) -> None:
    """Say how far the load is; without `seconds`, those of the last one stay."""
    now = dt.datetime.now(dt.UTC).isoformat()
    seconds = seconds or _noted().seconds
    landing.write_whole(_file(), json.dumps(asdict(Progress(state, what, done, steps, now, error, seconds))))


def current() -> Progress:
    """How far it is, or how it ended."""
    found = _noted()
    if found.state == "working" and not _held():
        return Progress("interrupted", found.what, found.done, found.steps, found.at)
    return found


def _noted() -> Progress:
    return Progress(**json.loads(_file().read_text())) if _file().exists() else Progress()


def _file() -> Path:
    return landing.home() / "progress.json"


def _held() -> bool:
    with (landing.home() / "writer.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
