"""From roles to predicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.db.models import Q

from anello.core.modules import Field, Module, Scope, Views, get
from anello.core.modules.registry import names

NOBODY = Q(pk__in=[])
LEVELS = ("hidden", "read", "edit")

Override = Callable[["Actor", str], Q]
_overrides: dict[str, Override] = {}


def policy(module: str) -> Callable[[Override], Override]:
    """Replace the derived predicate of a module: `@policy("note") def f(actor, verb) -> Q`."""

    def register(function: Override) -> Override:
        _overrides[module] = function
        return function

    return register


@dataclass(eq=False)
class Actor:
    """Whoever acts: a person with roles, or the product itself (`SYSTEM`, no person, may do all).

    `elevated` is an administrator's time-limited elevation; `limit` narrows an API client to some modules.
    """

    user: Any = None
    elevated: bool = False
    system: bool = False
    limit: frozenset[str] | None = None
    # An actor lives as long as a request: what its roles give is worked out once.
    _scopes: dict[tuple[str, str], Scope] = field(default_factory=dict, repr=False)
    _levels: dict[str, tuple[Any, Mapping[str, str]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, user: Any, *, elevated: bool = False) -> Actor:
        return cls(user=user, elevated=elevated)

    @property
    def id(self) -> int | None:
        return self.user.pk if self.user else None

    @cached_property
    def roles(self) -> list[Any]:
        if self.user is None or not self.user.is_active:
            return []
        return list(self.user.roles.all())

    @cached_property
    def administrator(self) -> bool:
        return self.system or any(role.administrator for role in self.roles)

    @cached_property
    def team_ids(self) -> list[int]:
        """My team and the teams below it."""
        if self.user is None or self.user.team_id is None:
            return []
        teams = apps.get_model("accounts", "Team").objects
        return list(teams.filter(path__contains=f"/{self.user.team_id}/").values_list("pk", flat=True))

    def scope(self, module: Module, verb: str) -> Scope:
        """On whose records of this module the actor may do that."""
        if self.system:
            return Scope.ALL
        key = (module.name, verb)
        if key not in self._scopes:
            self._scopes[key] = self._scope(module, verb)
        return self._scopes[key]

    def _scope(self, module: Module, verb: str) -> Scope:
        if self.limit is not None and module.name not in self.limit:
            return Scope.NONE
        if module.area == "administration" and verb != "view" and not self.elevated:
            return Scope.NONE
        return max((_granted(role, module, verb) for role in self.roles), default=Scope.NONE)


def _granted(role: Any, module: Module, verb: str) -> Scope:
    own = role.grants.get(module.name, {})
    return Scope[own[verb].upper()] if verb in own else default_scope(role, module, verb)


def default_scope(role: Any, module: Module, verb: str) -> Scope:
    """What the role gives on a module of which its grants say nothing."""
    if role.administrator:
        return Scope.ALL
    level = role.areas.get(module.area)
    if level == "reader":
        return Scope.ALL if verb in ("view", "export") else Scope.NONE
    if level == "manager":
        return max(module.access.manager, module.access.scope(verb))
    return module.access.scope(verb) if level == "user" else Scope.NONE


SYSTEM = Actor(system=True)


def can(actor: Actor, module: Module | str, verb: str = "view") -> bool:
    """Whether the actor may do that on any record of the module."""
    module = get(module) if isinstance(module, str) else module
    if not actor.system and not actor.roles:
        return False
    if verb in ("create", "import") and not actor.system and not module.inputs:
        return False  # nobody may set any of its fields: the product alone writes it
    if module.name in _overrides and verb in ("view", "edit", "delete"):
        return _overrides[module.name](actor, verb) != NOBODY
    if module.parents and not actor.system and verb != "import":
        parents = (get(module.field(p).to) for p in module.parents)  # type: ignore[attr-defined]
        return any(can(actor, parent, _on_parent(verb)) for parent in parents)
    return actor.scope(module, verb) > Scope.NONE


def visible(actor: Actor, module: Module | str, verb: str = "view") -> Q:
    """The predicate of the records on which the actor may do that: for lists and, with `get`, for single records."""
    module = get(module) if isinstance(module, str) else module
    if actor.system:
        return Q()
    if module.name in _overrides:
        return _overrides[module.name](actor, verb)
    return scoped(actor, module, verb)


def scoped(actor: Actor, module: Module, verb: str) -> Q:
    """What roles alone give: the predicate that `policy` replaces, for those that widen or narrow it."""
    if module.parents:
        return _through_parents(actor, module, verb)
    scope = actor.scope(module, verb)
    if scope == Scope.ALL:
        return Q()
    if scope == Scope.NONE or not module.is_record:
        return NOBODY
    if scope == Scope.TEAM and actor.team_ids:
        return Q(team_id__in=actor.team_ids) | Q(owner_id=actor.id)
    return Q(owner_id=actor.id)


def _on_parent(verb: str) -> str:
    return verb if verb in ("view", "export") else "edit"


def _through_parents(actor: Actor, module: Module, verb: str) -> Q:
    allowed = NOBODY
    for name in module.parents:
        parent = get(module.field(name).to)  # type: ignore[attr-defined]
        if not can(actor, parent, _on_parent(verb)):
            continue
        predicate = visible(actor, parent, _on_parent(verb))
        joined = _joined(predicate, name)
        if joined is not None:
            alive = Q(**{f"{name}__deleted_at__isnull": True}) if parent.is_record else Q()
            allowed |= Q(**{f"{name}__isnull": False}) & alive & joined
        else:
            allowed |= Q(**{f"{name}__in": parent.model._default_manager.filter(predicate)})
    return allowed


def _joined(predicate: Q, link: str) -> Q | None:
    """The predicate of the parents as conditions across the link, None if it holds more than plain lookups.

    A join lets a list of millions begin with its newest rows and ask of each whether its parent may be seen; a subquery
    would first gather all parents that may.
    """
    conditions: list[Q] = []
    for child in predicate.children:
        if isinstance(child, Q):
            inner = _joined(child, link)
        elif isinstance(child, tuple) and not hasattr(child[1], "resolve_expression"):
            inner = Q(**{f"{link}__{child[0]}": child[1]})
        else:
            inner = None
        if inner is None:
            return None
        conditions.append(inner)
    joined = Q()
    for condition in conditions:
        joined = joined | condition if predicate.connector == Q.OR else joined & condition
    return ~joined if predicate.negated else joined


def field_access(actor: Actor, module: Module) -> Mapping[str, str]:
    """{field: "hidden" | "read" | "edit"} for every field of the module; the best of the actor's roles counts."""
    # SYSTEM lives as long as the process, in which administrators may change what fields there are.
    known = actor._levels.get(module.name)
    if known is None or known[0] is not module.fields:
        levels = MappingProxyType({f.name: _level(actor, module, f) for f in module.fields})
        known = actor._levels[module.name] = (module.fields, levels)
    return known[1]


def _level(actor: Actor, module: Module, f: Field) -> str:
    best = "edit"
    if not actor.system:
        best = max((_role_level(role, module, f.name) for role in actor.roles), key=LEVELS.index, default="hidden")
    if best != "hidden" and any(_unseen(actor, used, name) for used, name in f.uses):
        return "hidden"
    return "read" if f.readonly and best == "edit" else best


def _unseen(actor: Actor, module: str, name: str) -> bool:
    """Whether the actor may not see that field, or it is gone."""
    if module not in names() or not get(module).has(name):
        return True
    return _level(actor, get(module), get(module).field(name)) == "hidden"


def _role_level(role: Any, module: Module, name: str) -> str:
    own = role.fields.get(module.name, {})
    return own[name] if name in own else default_level(role, module, name)


def default_level(role: Any, module: Module, name: str) -> str:
    """What the role gives on a field of which its rules say nothing."""
    if role.administrator:
        return "edit"
    if module.area == "administration":
        return "read"  # colleagues see each other's names; changing them takes an administrator
    areas = {module.area} | {get(module.field(p).to).area for p in module.parents}  # type: ignore[attr-defined]
    levels = {role.areas.get(area) for area in areas}
    if "manager" in levels:
        return "edit"
    if levels & {"user", "reader"} or _granted(role, module, "view") > Scope.NONE:
        return module.access.fields.get(name, "edit")
    return "hidden"


def views_of(actor: Actor, module: Module) -> Views:
    """How the module's records are shown to this actor. Whoever draws them leaves out what the actor may not see.

    Of several roles that have a layout of their own the first counts: administrators' roles before the others, and
    these as they came to be.
    """
    return module.views_for([role.key for role in sorted(actor.roles, key=rank)])


def rank(role: Any) -> tuple[bool, int]:
    """The order of roles where only one can count."""
    return not role.administrator, role.pk


def readable(actor: Actor, module: Module) -> list[Field]:
    """The fields that the actor may see, in the spec's order."""
    access = field_access(actor, module)
    return [f for f in module.fields if access[f.name] != "hidden"]
