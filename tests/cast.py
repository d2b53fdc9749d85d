"""The test cast: who works where, in which role."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from anello.core.accounts.models import Role, Team, User
from anello.core.accounts.roles import ensure_default_roles
from anello.core.actions import Context, run
from anello.core.policies import Actor

TEAMS = {
    "Direzione": None,
    "Vendite": "Direzione",
    "Vendite Nord": "Vendite",
    "Vendite Sud": "Vendite",
    "Assistenza": "Direzione",
    "Contact centre": "Direzione",
    "Analisi": "Direzione",
}
PEOPLE = {
    "anna": ("Anna", "Amato", "Direzione", "administrator"),
    "bruno": ("Bruno", "Bassi", "Vendite", "sales_manager"),
    "carla": ("Carla", "Conti", "Vendite Nord", "sales"),
    "dario": ("Dario", "Donati", "Vendite Sud", "sales"),
    "elena": ("Elena", "Esposito", "Assistenza", "service"),
    "franco": ("Franco", "Ferri", "Contact centre", "supervisor"),
    "giulia": ("Giulia", "Galli", "Contact centre", "agent"),
    "ivo": ("Ivo", "Invernizzi", "Analisi", "analyst"),
    "marta": ("Marta", "Mori", None, None),
}
PASSWORD = "anello-demo"


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
    """Roles, teams and people, through the product's own actions."""
    ensure_default_roles()
    teams: dict[str, Team] = {}
    for name, parent in TEAMS.items():
        teams[name] = run("team.create", {"name": name, "parent": teams[parent].pk if parent else None})
    made = {}
    for username, (first, last, team, role) in PEOPLE.items():
        user = run(
            "user.create",
            {
                "username": username,
                "first_name": first,
                "last_name": last,
                "email": f"{username}@anello.example",
                "team": teams[team].pk if team else None,
            },
        )
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        if role:
            user.roles.add(Role.objects.get(key=role))
        made[username] = user
    return Cast(**made)
