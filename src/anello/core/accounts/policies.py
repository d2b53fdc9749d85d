"""Colleagues see each other's names; whoever has no role sees nobody."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import Scope, get
from anello.core.policies import Actor, Ground, policy
from anello.kit.text import L

COLLEAGUES = Ground(Q(), L("tra colleghi ci si vede", "colleagues see each other"))
ADMINISTRATORS = Ground(Q(), L("è di chi amministra", "it is for those who administer"))


def _administered(module: str, verb: str, actor: Actor) -> list[Ground]:
    return [ADMINISTRATORS] if actor.scope(get(module), verb) == Scope.ALL else []


def _colleagues(module: str, verb: str, actor: Actor) -> list[Ground]:
    if verb == "view":
        return [COLLEAGUES] if actor.roles else []
    return _administered(module, verb, actor)


@policy("user")
def users(actor: Actor, verb: str) -> list[Ground]:
    return _colleagues("user", verb, actor)


@policy("team")
def teams(actor: Actor, verb: str) -> list[Ground]:
    return _colleagues("team", verb, actor)


@policy("role")
def roles(actor: Actor, verb: str) -> list[Ground]:
    if verb == "view":
        return [ADMINISTRATORS] if actor.administrator else []
    return _administered("role", verb, actor)
