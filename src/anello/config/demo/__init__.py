"""Demo data: a fictional company that lived for a year, and sets as large as one likes to measure with."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, in all)."""
SEED = 7


def build(progress: Progress, seed: int = SEED, size: float = 1) -> None:
    """Build the demo company, with `size` 0.2 a fifth of it; DemoError if somebody is here already."""
    from anello.config.demo import company

    if not company.is_empty():
        raise DemoError("There are users already: the demo company is only built in an empty database.")
    company.found(seed, progress, size)


class DemoError(Exception):
    """The demo data cannot be built here; nothing was written."""
