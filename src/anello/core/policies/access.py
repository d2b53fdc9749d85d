"""From roles to predicates."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.db.models import Q

from anello.core.modules import Field, Module, Scope, Views, get
from anello.core.modules.registry import names
from anello.kit.text import L

NOBODY = Q(pk__in=[])
LEVELS = ("hidden", "read", "edit")


@dataclass(frozen=True)
class Ground:
    """A reason to be allowed: on the records of `allowed`; `why` completes "they may, because …".

    `parent` is the link by which a record follows what it belongs to: that one's grounds say more.
    """

    allowed: Q
    why: L
    parent: str = ""


Override = Callable[["Actor", str], Sequence[Ground]]
_overrides: dict[str, Override] = {}

PRODUCT = Ground(Q(), L("è Anello stesso", "it is Anello itself"))
ALL = Ground(Q(), L("vale per tutti i record", "it holds for all records"))
OWNER = L("ne è responsabile", "they are its owner")
TEAM = L("il record è della sua squadra o di una sottostante", "the record is of their team or one below it")
LIMITED = L("il programma che chiede è limitato ad altri moduli", "the program that asks is limited to other modules")
NOT_ELEVATED = L(
    "l'amministrazione si cambia solo mentre si amministra",
    "administration is changed only while administering",
)
BELONGS = L("segue ciò a cui appartiene", "it follows what it belongs to")


def policy(module: str) -> Callable[[Override], Override]:
    """Replace the derived grounds of a module: `@policy("note") def f(actor, verb) -> list[Ground]`."""

    def register(function: Override) -> Override:
        _overrides[module] = function
        return function

    return register


@dataclass(eq=False)
class Actor:
    """Whoever acts: a person with roles, or the product itself (`SYSTEM`, no person, may do all).

    `elevated` is an administrator's time-limited elevation; `limit` narrows an API client to some modules. `viewer` is
    the administrator who looks through this person's eyes: for them nothing can be written.
    """

    user: Any = None
    elevated: bool = False
    system: bool = False
    limit: frozenset[str] | None = None
    viewer: Any = None
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
        if withheld(self, module, verb) is not None:
            return Scope.NONE
        return max((grant.scope for grant in grants(self, module, verb)), default=Scope.NONE)


def withheld(actor: Actor, module: Module, verb: str) -> L | None:
    """What keeps the actor from it whatever their roles give; None for nothing."""
    if actor.limit is not None and module.name not in actor.limit:
        return LIMITED
    if module.area == "administration" and verb != "view" and not actor.elevated:
        return NOT_ELEVATED
    return None


@dataclass(frozen=True)
class Grant:
    """What one role gives for one verb: its scope, and whether that is an exception of the role's own."""

    role: Any
    scope: Scope
    exception: bool


def grants(actor: Actor, module: Module, verb: str) -> list[Grant]:
    """What each of the actor's roles gives; the widest counts."""
    return [Grant(role, *_granted(role, module, verb)) for role in actor.roles]


def _granted(role: Any, module: Module, verb: str) -> tuple[Scope, bool]:
    own = role.grants.get(module.name, {})
    return (Scope[own[verb].upper()], True) if verb in own else (default_scope(role, module, verb), False)


def default_scope(role: Any, module: Module, verb: str) -> Scope:
    """What the role gives on a module of which its grants say nothing."""
    return Scope.ALL if role.administrator else level_scope(role.areas.get(module.area), module, verb)


def level_scope(level: str | None, module: Module, verb: str) -> Scope:
    """What a level (`reader`, `user`, `manager`, None) of the module's area gives."""
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
        return bool(_overrides[module.name](actor, verb))
    if module.parents and not actor.system and verb != "import":
        parents = (get(module.field(p).to) for p in module.parents)  # type: ignore[attr-defined]
        return any(can(actor, parent, on_parent(verb)) for parent in parents)
    return actor.scope(module, verb) > Scope.NONE


def visible(actor: Actor, module: Module | str, verb: str = "view") -> Q:
    """The predicate of the records on which the actor may do that: for lists and, with `get`, for single records."""
    return union(grounds(actor, module, verb))


def grounds(actor: Actor, module: Module | str, verb: str = "view") -> Sequence[Ground]:
    """Why the actor may do that, and to which records; nothing where they may not."""
    module = get(module) if isinstance(module, str) else module
    if actor.system:
        return [PRODUCT]
    own = _overrides.get(module.name)
    return own(actor, verb) if own is not None else scoped(actor, module, verb)


def union(found: Sequence[Ground]) -> Q:
    """The records of any of the grounds."""
    predicates = [ground.allowed for ground in found]
    if not all(predicates):
        return Q()  # one of them holds for all, and everything or something would be something
    return functools.reduce(operator.or_, predicates) if predicates else NOBODY


def scoped(actor: Actor, module: Module, verb: str) -> list[Ground]:
    """What roles alone give: the grounds that `policy` replaces, for those that widen or narrow them."""
    if module.parents:
        return _through_parents(actor, module, verb)
    scope = actor.scope(module, verb)
    if scope == Scope.ALL:
        return [ALL]
    if scope == Scope.NONE or not module.is_record:
        return []
    own = Ground(Q(owner_id=actor.id), OWNER)
    if scope == Scope.TEAM and actor.team_ids:
        return [Ground(Q(team_id__in=actor.team_ids), TEAM), own]
    return [own]


def on_parent(verb: str) -> str:
    """What one must be able to do to a record in order to do that to what belongs to it."""
    return verb if verb in ("view", "export") else "edit"


def _through_parents(actor: Actor, module: Module, verb: str) -> list[Ground]:
    found = []
    for name in module.parents:
        parent = get(module.field(name).to)  # type: ignore[attr-defined]
        if not can(actor, parent, on_parent(verb)):
            continue
        predicate = visible(actor, parent, on_parent(verb))
        joined = _joined(predicate, name)
        if joined is not None:
            alive = Q(**{f"{name}__deleted_at__isnull": True}) if parent.is_record else Q()
            allowed = Q(**{f"{name}__isnull": False}) & alive & joined
        else:
            allowed = Q(**{f"{name}__in": parent.model._default_manager.filter(predicate)})
        found.append(Ground(allowed, BELONGS, parent=name))
    return found


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
    if f.hidden and not actor.system:
        return "hidden"
    best = "edit"
    if not actor.system:
        given = (rule.level for rule in field_rules(actor, module, f.name))
        best = max(given, key=LEVELS.index, default="hidden")
    if best != "hidden" and any(_unseen(actor, used, name) for used, name in f.uses):
        return "hidden"
    return "read" if f.readonly and best == "edit" else best


def _unseen(actor: Actor, module: str, name: str) -> bool:
    """Whether the actor may not see that field, or it is gone."""
    if module not in names() or not get(module).has(name):
        return True
    return _level(actor, get(module), get(module).field(name)) == "hidden"


@dataclass(frozen=True)
class FieldRule:
    """What one role says of one field, and whether that is an exception of the role's own."""

    role: Any
    level: str
    exception: bool


def field_rules(actor: Actor, module: Module, name: str) -> list[FieldRule]:
    """What each of the actor's roles says of the field; the most generous counts."""
    return [FieldRule(role, *_role_level(role, module, name)) for role in actor.roles]


def _role_level(role: Any, module: Module, name: str) -> tuple[str, bool]:
    own = role.fields.get(module.name, {})
    return (own[name], True) if name in own else (default_level(role, module, name), False)


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
    if levels & {"user", "reader"} or _granted(role, module, "view")[0] > Scope.NONE:
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
