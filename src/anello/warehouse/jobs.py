"""Loads. What goes over everything runs in a process of its own: what that takes of memory is given back."""

from __future__ import annotations

import subprocess
import sys

from anello.core.jobs import ANALYSIS, enqueue, job, periodic
from anello.warehouse import progress, reading, rounds


class LoadFailed(Exception):
    """What the load said before it ended."""


def _run(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "anello.warehouse", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise LoadFailed(done.stdout[-4000:])


@job(queue=ANALYSIS, lock="warehouse", retry=3)
def load() -> None:
    """What is new: so little and so often that a process of its own would cost more than the load."""
    from anello.warehouse import loading  # with libraries that those who only enqueue do without

    loading.load()


@job(queue=ANALYSIS, lock="warehouse", retry=3)
def load_whole() -> None:
    _run("load", "--whole")


@job(queue=ANALYSIS, lock="warehouse", retry=0)
def load_source(name: str) -> None:
    """What a source gives does not get better by asking again at once: its page says why, and its next round comes."""
    _run("source", name)


@job(queue=ANALYSIS, lock="warehouse", retry=10)
def forget(person: int) -> None:
    _run("forget", str(person))


@periodic("40 3 * * *")
def compare_all(timestamp: int) -> None:
    """What changed without an event comes in at night."""
    enqueue(load_whole, unique="warehouse.whole")


@periodic("*/5 * * * *")
def make_rounds(timestamp: int) -> None:
    """Read the outside sources whose moment has come."""
    for name in rounds.due():
        enqueue(load_source, unique=f"warehouse.source.{name}", name=name)


@periodic("*/5 * * * *")
def begin(timestamp: int) -> None:
    """A new installation is loaded without anybody asking, and a load that was cut short is made up for."""
    if reading.built() is None or progress.current().state == "interrupted":
        enqueue(load, unique="warehouse.load")
