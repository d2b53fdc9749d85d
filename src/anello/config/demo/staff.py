"""Who works at the demo company: the tree of teams, the people, their roles. The tests have the same cast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from anello.core.accounts.models import Role, Team, User
from anello.core.accounts.roles import ensure_default_roles
from anello.core.actions import Context, run

PASSWORD = "anello-demo"  # noqa: S105 printed for everybody who tries the demo
DOMAIN = "@anello.example"

TEAMS = {
    "Direzione": None,
    "Vendite": "Direzione",
    "Vendite Nord": "Vendite",
    "Vendite Sud": "Vendite",
    "Assistenza": "Direzione",
    "Contact centre": "Direzione",
    "Analisi": "Direzione",
}
"""{team: the team it is part of}."""


class Worker(NamedTuple):
    """Somebody of the staff; without a role a person sees nothing."""

    first_name: str
    last_name: str
    team: str | None
    role: str | None
    job_title: str = ""

    @property
    def words(self) -> str:
        """Name, position and team."""
        place = f", {self.team}" if self.team else ": nessun ruolo, non vede nulla"
        return f"{self.first_name} {self.last_name}, {self.job_title.lower()}{place}"


CAST = {
    "anna": Worker("Anna", "Amato", "Direzione", "administrator", "Direttrice generale"),
    "bruno": Worker("Bruno", "Bassi", "Vendite", "sales_manager", "Direttore commerciale"),
    "carla": Worker("Carla", "Conti", "Vendite Nord", "sales", "Account manager"),
    "dario": Worker("Dario", "Donati", "Vendite Sud", "sales", "Account manager"),
    "elena": Worker("Elena", "Esposito", "Assistenza", "service", "Assistenza clienti"),
    "franco": Worker("Franco", "Ferri", "Contact centre", "supervisor", "Supervisore"),
    "giulia": Worker("Giulia", "Galli", "Contact centre", "agent", "Operatrice"),
    "ivo": Worker("Ivo", "Invernizzi", "Analisi", "analyst", "Analista"),
    "marta": Worker("Marta", "Mori", None, None, "Collaboratrice esterna"),
}
COLLEAGUES = {
    "laura": Worker("Laura", "Lodi", "Vendite Nord", "sales", "Account manager"),
    "nicola": Worker("Nicola", "Negri", "Vendite Nord", "sales", "Account manager"),
    "olga": Worker("Olga", "Orsini", "Vendite Nord", "sales", "Venditrice interna"),
    "paolo": Worker("Paolo", "Pace", "Vendite Sud", "sales", "Account manager"),
    "rita": Worker("Rita", "Rinaldi", "Vendite Sud", "sales", "Venditrice interna"),
    "sergio": Worker("Sergio", "Sala", "Assistenza", None, "Tecnico"),
    "ugo": Worker("Ugo", "Urbani", "Assistenza", None, "Tecnico"),
}
"""More salespeople, so that teams look like teams; and technicians, whose role is the company's own."""


def hire(people: Mapping[str, Worker], ctx: Context) -> dict[str, User]:
    """Create roles, teams and users by the product's own actions; their passwords are the caller's to set."""
    ensure_default_roles()
    teams: dict[str, Team] = {}
    for name, parent in TEAMS.items():
        teams[name] = run("team.create", {"name": name, "parent": teams[parent].pk if parent else None}, ctx)
    made: dict[str, User] = {}
    for username, who in people.items():
        values: dict[str, Any] = {
            "username": username,
            "first_name": who.first_name,
            "last_name": who.last_name,
            "email": username + DOMAIN,
            "job_title": who.job_title,
            "team": teams[who.team].pk if who.team else None,
        }
        user = run("user.create", values, ctx)
        if who.role:
            user.roles.add(Role.objects.get(key=who.role))
        made[username] = user
    return made
