"""Commands of the palette: go, create, and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from anello.core.ui.shell import places
from anello.kit.text import normalise


@dataclass(frozen=True)
class Command:
    """One line of the palette: a place to go to (`url`) or a preference to set."""

    label: str
    icon: str
    note: str = ""
    url: str = ""
    preference: str = ""
    value: str = ""


def commands(request: HttpRequest, text: str) -> list[Command]:
    """The commands whose words begin as the words typed; without words, what one can create and where one can go."""
    words = normalise(text).split()
    return [c for c in _all(request) if _matches(c, words)]


def _matches(command: Command, words: list[str]) -> bool:
    parts = normalise(f"{command.note} {command.label}").replace(":", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _all(request: HttpRequest) -> list[Command]:
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = [
        Command(_("Create {name}").format(name=str(item["label"]).lower()), item["icon"], url=item["url"])
        for item in places.creatable(actor)
    ]
    for group in places.navigation(actor):
        found += [Command(_("Go to: {name}").format(name=p.label), p.icon, url=p.url) for p in group.items]
    found.append(Command(_("Go to: {name}").format(name=_("Home")), "home", url=reverse("ui:home")))
    found += [
        Command(_("Theme: light"), "sun", preference="theme", value="light"),
        Command(_("Theme: dark"), "moon", preference="theme", value="dark"),
        Command(_("Theme: as the system"), "device-desktop", preference="theme", value="auto"),
        Command(_("Rows: compact"), "list", preference="density", value="compact"),
        Command(_("Rows: comfortable"), "layout-list", preference="density", value="comfortable"),
        Command("Lingua: italiano", "language", preference="language", value="it"),
        Command("Language: English", "language", preference="language", value="en"),
    ]
    return found
