"""Icons named in specs, actions and templates are in the sprite: none is drawn as nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import anello
from anello.core.actions import registered
from anello.core.modules import all_modules

SOURCE = Path(anello.__file__).parent
LIST = SOURCE.parents[1] / "frontend" / "icons.json"
NAMED = re.compile(r"""\{% icon "([a-z0-9-]+)\"""")


def _sprite() -> set[str]:
    names = json.loads(LIST.read_text())
    return {*names["outline"], *(f"{name}-filled" for name in names["filled"])}


def test_every_icon_of_modules_and_actions_is_in_the_sprite() -> None:
    used = {thing.icon: thing.name for thing in [*all_modules(), *registered()] if thing.icon}
    assert {icon: name for icon, name in used.items() if icon not in _sprite()} == {}


def test_every_icon_of_the_templates_is_in_the_sprite() -> None:
    used = {icon: path.name for path in SOURCE.rglob("*.html") for icon in NAMED.findall(path.read_text())}
    assert {icon: name for icon, name in used.items() if icon not in _sprite()} == {}
