"""Demo data: a fictional company that lived for a year, and sets as large as one likes to measure with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

Progress = Callable[[int, int], None]
"""Called with (done, in all)."""
SEED = 7


def build(progress: Progress, seed: int = SEED, size: float = 1, now: dt.datetime | None = None) -> None:
    """Build the demo company, with `size` 0.2 a fifth of it; DemoError if somebody is here already.

    Seed, size and the moment `now` at which its story ends decide every record of it.
    """
    from anello.config.demo import company

    if not company.is_empty():
        raise DemoError("There are users already: the demo company is only built in an empty database.")
    company.found(seed, progress, size, now or timezone.now())


class DemoError(Exception):
    """The demo data cannot be built here; nothing was written."""
