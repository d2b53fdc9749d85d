"""Who wants to know when something new is in the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


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
    """Register `f(load)`, called after every load that brought something, outside the writer's lock."""
    _hooks.append(function)
    return function


def tell(load: Load) -> None:
    """Call everybody who registered."""
    for hook in _hooks:
        hook(load)
