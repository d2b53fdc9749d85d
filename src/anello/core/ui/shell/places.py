"""Where a person can go and what they can create, derived from the Modules they may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
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


ARCS = {
    "data": L("Dati", "Data"),
    "decisions": L("Decisioni", "Decisions"),
    "activities": L("Attività", "Activities"),
    "outcome": L("Risultati", "Outcome"),
    "setup": L("Impostazioni", "Setup"),
}
AREAS = {
    "customers": "data", "catalogue": "data", "activities": "activities", "sales": "activities",
    "marketing": "activities", "analysis": "outcome", "decisions": "decisions",
    "custom": "data",
}  # fmt: skip
"""The arc of an area's modules where the spec gives none; other areas are setup."""
ADMINISTRATION = L("Amministrazione", "Administration")
_extra: list[tuple[str, str, Place]] = []
_replaced: set[str] = set()


def place(arc: str, label: L, icon: str, url: str, module: str = "", instead: Collection[str] = ()) -> None:
    """Add an entry that is no module's list (a calendar, a forecast) to an arc.

    Everybody who has a role gets it; with `module`, those who see that module. It stands `instead` of the lists of
    these modules, which search goes on to find.
    """
    _extra.append((arc, module, Place(label, icon, url)))
    _replaced.update(instead)


def listed(actor: Actor) -> list[Module]:
    """The modules whose list the actor may open."""
    return [module for module in all_modules() if module.listed and can(actor, module)]


def navigation(actor: Actor, path: str = "") -> list[Group]:
    """The arcs with a place to go to; `path` marks where the person is."""
    groups = {arc: Group(arc, label) for arc, label in ARCS.items()}
    # Of addresses below each other (`/sales/`, `/sales/forecast/`) the longest is where the person is.
    here = max((extra.url for _, _, extra in _extra if path.startswith(extra.url)), key=len, default="")
    for module in listed(actor):
        if module.name in _replaced:
            continue
        arc = arc_of(module)
        # What one may look at but not set up is found by search, and does not crowd the navigation.
        if arc != "setup" or actor.administrator or can(actor, module, "edit"):
            place = _to(module, path)
            groups[arc].items.append(replace(place, active=place.active and len(here) < len(place.url)))
    for arc, module_name, extra in _extra if actor.roles else ():
        if not module_name or can(actor, module_name):
            groups[arc].items.append(replace(extra, active=extra.url == here))
    if actor.administrator:
        home = reverse("administration")
        groups["setup"].items.append(Place(ADMINISTRATION, "settings", home, path.startswith(home)))
    return [group for group in groups.values() if group.items]


def arranged(groups: list[Group], liked: Mapping[str, Any]) -> list[Group]:
    """The navigation in a person's own order within each arc, without what they hid; what is new comes last."""
    order = {url: i for i, url in enumerate(liked.get("order", ()))}
    hidden = set(liked.get("hidden", ()))
    own = [
        Group(
            group.arc,
            group.label,
            sorted((p for p in group.items if p.url not in hidden), key=lambda p: order.get(p.url, len(order))),
        )
        for group in groups
    ]
    return [group for group in own if group.items]


def arc_of(module: Module) -> str:
    """The arc under which people look for the module."""
    return module.arc or AREAS.get(module.area, "setup")


def _to(module: Module, path: str) -> Place:
    url = reverse("ui:list", args=[module.slug])
    return Place(module.plural, module.icon, url, path.startswith(url))


def creatable(actor: Actor) -> list[dict[str, Any]]:
    """What the person can create, as the menu shows it."""
    return [
        {"label": module.names, "icon": module.icon, "url": f"{reverse('ui:list', args=[module.slug])}new/"}
        for module in listed(actor)
        if arc_of(module) != "setup" and can(actor, module, "create")
    ]
