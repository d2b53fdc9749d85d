"""Colleagues see each other's names; whoever has no role sees nobody."""

from __future__ import annotations

from django.db.models import Q

from anello.core.modules import Scope, get
from anello.core.policies import Actor, policy
from anello.core.policies.access import NOBODY


def _colleagues(module: str, verb: str, actor: Actor) -> Q:
    if verb == "view":
        return Q() if actor.roles else NOBODY
    return Q() if actor.scope(get(module), verb) == Scope.ALL else NOBODY


@policy("user")
def users(actor: Actor, verb: str) -> Q:
    return _colleagues("user", verb, actor)


@policy("team")
def teams(actor: Actor, verb: str) -> Q:
    return _colleagues("team", verb, actor)


@policy("role")
def roles(actor: Actor, verb: str) -> Q:
    if verb == "view":
        return Q() if actor.administrator else NOBODY
    return _colleagues("role", verb, actor)
