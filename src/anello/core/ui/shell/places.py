"""Where a person can go and what they can create, derived from the Modules they may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from anello.core.modules import Module, all_modules
from anello.core.policies import Actor, can
from anello.kit.text import L


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    label: L
    icon: str
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Group:
    """An arc of the ring with its places."""

    arc: str
    label: L
    items: list[Place] = field(default_factory=list)


ARCS: dict[str, tuple[L, tuple[str, ...]]] = {
    "data": (L("Dati", "Data"), ("customers",)),
    "decisions": (L("Decisioni", "Decisions"), ("decisions",)),
    "activities": (L("Attività", "Activities"), ("activities", "sales")),
    "outcome": (L("Risultati", "Outcome"), ("catalogue", "outcome")),
}
ADMINISTRATION = L("Amministrazione", "Administration")
_extra: list[tuple[str, Place]] = []


def place(arc: str, label: L, icon: str, url: str) -> None:
    """Add an entry that is no module's list (a calendar, a forecast) to an arc: every signed-in person gets it."""
    _extra.append((arc, Place(label, icon, url)))


def listed(actor: Actor) -> list[Module]:
    """The modules whose list the actor may open."""
    return [module for module in all_modules() if module.listed and can(actor, module)]


def navigation(actor: Actor, path: str = "") -> list[Group]:
    """The arcs with a place to go to; `path` marks where the person is."""
    modules = listed(actor)
    groups = []
    for arc, (label, areas) in ARCS.items():
        items = [_to(module, path) for area in areas for module in modules if module.area == area]
        items += [p for where, p in _extra if where == arc and actor.roles]
        groups.append(Group(arc, label, items))
    administration = [_to(module, path) for module in modules if module.area == "administration"]
    groups.append(Group("administration", ADMINISTRATION, administration))
    return [group for group in groups if group.items]


def _to(module: Module, path: str) -> Place:
    url = reverse("ui:list", args=[module.slug])
    return Place(module.plural, module.icon, url, path.startswith(url))


def creatable(actor: Actor) -> list[dict[str, Any]]:
    """What the person can create, as the menu shows it."""
    return [
        {"label": module.names, "icon": module.icon, "url": f"{reverse('ui:list', args=[module.slug])}new/"}
        for module in listed(actor)
        if can(actor, module, "create")
    ]
