"""Rules: what always holds for the records of a module, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from anello.core.actions.context import Change, Context
    from anello.core.modules import Module

Rule = Callable[["Context", "list[Change]"], None]
Everywhere = Callable[["Context", "Module", "list[Change]"], None]
When = Literal["before", "after", "before_delete", "after_delete", "after_restore"]
_rules: dict[tuple[str, When], list[Rule]] = {}
_everywhere: dict[When, list[Everywhere]] = {}


def rule(module: str, when: When = "before") -> Callable[[Rule], Rule]:
    """Register `f(ctx, changes)` for every create and update of the module, in batches.

    Before: derive values on `change.record`, or raise `Invalid` ({"n.field": […]} names the n-th record).
    After: the records are stored; write others through `ctx`. The rules of deletion and restoration take changes too,
    in which nothing changed.
    """

    def register(function: Rule) -> Rule:
        _rules.setdefault((module, when), []).append(function)
        return function

    return register


def apply(ctx: Context, module: str, when: When, changes: list[Change]) -> None:
    for function in _rules.get((module, when), ()) if changes else ():
        function(ctx, changes)


def everywhere(when: When) -> Callable[[Everywhere], Everywhere]:
    """Register `f(ctx, module, changes)` for the records of all modules, after the module's own rules.

    Also for what goes along with something else, of which the module's own rules are not asked. What it sets before
    records are stored it notes in `change.changed`.
    """

    def register(function: Everywhere) -> Everywhere:
        _everywhere.setdefault(when, []).append(function)
        return function

    return register


def settle(ctx: Context, module: Module, when: When, changes: list[Change]) -> None:
    for function in _everywhere.get(when, ()) if changes else ():
        function(ctx, module, changes)
