"""The test cast: who works where, in which role."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from anello.config.demo.staff import CAST, PASSWORD, hire
from anello.core.accounts.models import User
from anello.core.actions import Context
from anello.core.policies import Actor


@dataclass
class Cast:
    """Everybody by name; `ctx("carla")` is a gesture of Carla's."""

    anna: User
    bruno: User
    carla: User
    dario: User
    elena: User
    franco: User
    giulia: User
    ivo: User
    marta: User

    def ctx(self, name: str, via: str = "ui", *, elevated: bool = False) -> Context:
        # Read again: a role changed by the test counts at once, as it does between two requests.
        return Context.of(User.objects.get(pk=getattr(self, name).pk), via, elevated=elevated)

    def actor(self, name: str) -> Actor:
        return self.ctx(name).actor

    def __iter__(self) -> Any:
        return iter(getattr(self, f.name) for f in fields(self))


def create_cast() -> Cast:
    """Roles, teams and people, as the demo company has them."""
    people = hire(CAST, Context())
    for user in people.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return Cast(**people)
