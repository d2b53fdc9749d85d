"""What an app adds to the list of a module: entries of its menu, gestures on the selected rows.

>>> menu_entry("person", L("Doppioni", "Duplicates"), "arrow-merge", "duplicates/")  # leads to /people/duplicates/
>>> gesture("person", L("Unisci", "Merge"), "git-merge", "merge/")  # leads to /people/merge/?id=1&id=2
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from anello.core.modules import Module, get
from anello.core.policies import Actor, can
from anello.kit.text import L


@dataclass(frozen=True)
class Entry:
    """Where it leads, for those who have the `verb`, `when` that holds of the module.

    `path` is below the module's list; with `to` it leads to the list of that other module, for those who see it. Where
    nothing can be created by hand, the one that is `first` has the place of *Create*.
    """

    label: L
    icon: str
    path: str
    verb: str
    when: Callable[[Module], bool] | None = None
    to: str = ""
    first: bool = False

    def url(self, module: Module) -> str:
        return reverse("ui:list", args=[get(self.to).slug if self.to else module.slug]) + self.path

    def offered(self, actor: Actor, module: Module) -> bool:
        return can(actor, module, self.verb) and (not self.to or can(actor, self.to))


_menu: dict[str, list[Entry]] = {}
_gestures: dict[str, list[Entry]] = {}


def menu_entry(
    module: str,
    label: L,
    icon: str,
    path: str,
    *,
    verb: str = "edit",
    when: Callable[[Module], bool] | None = None,
    first: bool = False,
) -> None:
    """Add a page to the menu of the module's list; with `*` of every module's, `when` that holds of it.

    The page gets the list's own parameters.
    """
    _menu.setdefault(module, []).append(Entry(label, icon, path, verb, when, first=first))


def neighbour(module: str, to: str) -> None:
    """Add the list of another module, which has no place of its own in the navigation, to the menu of the list."""
    found = get(to)
    _menu.setdefault(module, []).append(Entry(found.plural, found.icon, "", "view", to=to))


def gesture(module: str, label: L, icon: str, path: str, *, verb: str = "edit") -> None:
    """Add a button to the bar of selected rows: it opens a page with their ids as `?id=…&id=…`."""
    _gestures.setdefault(module, []).append(Entry(label, icon, path, verb))


def menu(actor: Actor, module: Module) -> list[tuple[Entry, str]]:
    """The entries for this reader with their addresses."""
    return _offered(_menu, actor, module)


def gestures(actor: Actor, module: Module) -> list[tuple[Entry, str]]:
    """The gestures for this reader with their addresses."""
    return _offered(_gestures, actor, module)


def _offered(entries: dict[str, list[Entry]], actor: Actor, module: Module) -> list[tuple[Entry, str]]:
    offered = [*entries.get(module.name, []), *entries.get("*", [])]
    fit = [one for one in offered if one.when is None or one.when(module)]
    return [(one, one.url(module)) for one in fit if one.offered(actor, module)]
