"""What people find on their home page: each app registers its own.

`@widget("my_activities", L("Le mie attività", "My activities"), area="activities", icon="checklist")` on a function of
the request that returns HTML, or None when there is nothing to say. Each is loaded by its own request, so that a slow
one holds nobody up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from anello.core.modules import all_modules
from anello.core.policies import Actor, can
from anello.kit.text import L

Render = Callable[[HttpRequest], SafeString | None]


@dataclass(frozen=True)
class Widget:
    """A card of the home page; people who see no module of its `area` do not get it."""

    name: str
    label: L
    render: Render
    area: str = ""
    icon: str = ""
    wide: bool = False
    order: int = 50


_widgets: dict[str, Widget] = {}


def widget(
    name: str, label: L, *, area: str = "", icon: str = "", wide: bool = False, order: int = 50
) -> Callable[[Render], Render]:
    """Register a widget; those with a lower `order` come first."""

    def register(render: Render) -> Render:
        if name in _widgets:
            raise ValueError(f"widget {name} is registered twice")
        _widgets[name] = Widget(name, label, render, area, icon, wide, order)
        return render

    return register


def offered(actor: Actor) -> list[Widget]:
    """The widgets of the areas that the actor may see, in order."""
    areas = {module.area for module in all_modules() if can(actor, module)}
    return sorted((w for w in _widgets.values() if not w.area or w.area in areas), key=lambda w: w.order)
