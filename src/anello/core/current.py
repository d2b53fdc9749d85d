"""What is brought up to date before anything is done: before each job and each batch of events."""

from __future__ import annotations

from collections.abc import Callable

_steps: list[Callable[[], object]] = []


def before_work(step: Callable[[], object]) -> None:
    """Have it done each time; it must cost next to nothing where nothing changed."""
    _steps.append(step)


def bring_up_to_date() -> None:
    """To be called before work begins."""
    for step in _steps:
        step()
