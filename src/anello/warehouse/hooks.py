"""Who wants to know when something new is in the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)
FEW = 200
"""So many rows that changed at once, or fewer, have an event each, so that no load reads the whole table for them."""
MANY = 20_000
"""From so many touched customers on, a load is about everybody."""


@dataclass(frozen=True)
class Load:
    """What a load did. `touched`: {"person" | "organisation": ids} of the customers about whom something is new.

    `rebuilt` when everything was made again (then `touched` holds every customer); `rows` is how many images landed,
    `seconds` how long it took.
    """

    number: int
    rows: int
    rebuilt: bool
    seconds: float
    touched: Mapping[str, frozenset[int]] = field(default_factory=dict)


Hook = Callable[[Load], None]
_hooks: list[Hook] = []


def after_load(function: Hook) -> Hook:
    """Register `f(load)`, called after every load that brought something, outside the writer's lock.

    It asks for jobs, which are tried again: a load that was told is not told twice.
    """
    _hooks.append(function)
    return function


def tell(load: Load) -> None:
    """Call everybody who registered, whatever becomes of the others; what failed is raised when all were called."""
    failed: list[Exception] = []
    for hook in _hooks:
        try:
            hook(load)
        except Exception as error:
            log.exception("after_load_failed", load=load.number, hook=f"{hook.__module__}.{hook.__qualname__}")
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"load {load.number} was not told to all", failed)
