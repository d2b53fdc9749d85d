"""What a role gives: the matrix of modules, verbs and scopes, and the rules of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from anello.core.accounts.models import Role
from anello.core.actions import Context, Invalid, action
from anello.core.actions.registry import Nothing
from anello.core.modules import Scope, all_modules
from anello.core.modules.spec import VERBS
from anello.kit.text import L

Level = Literal["hidden", "read", "edit"]
ScopeName = Literal["none", "own", "team", "all"]


class SetAccess(BaseModel):
    """`areas`: {area: level}, the default access of all its modules; `grants` and `fields` override it."""

    model_config = ConfigDict(extra="forbid")
    areas: dict[str, Literal["reader", "user", "manager"]] = {}
    grants: dict[str, dict[str, ScopeName]] = {}
    fields: dict[str, dict[str, Level]] = {}


@action("role.set_access", module="role", input=SetAccess)
def set_access(ctx: Context, role: Role, data: SetAccess) -> Role:
    """Replace what the role gives; the event holds the difference."""
    if errors := dict(_unknown(role, data)):
        raise Invalid({where: [words] for where, words in errors.items()})
    changes: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name in ("areas", "grants", "fields"):
        before, after = getattr(role, name), getattr(data, name)
        changes |= _difference(name, _flat(before), _flat(after))
        values[name] = {key: value for key, value in after.items() if value}
    ctx.put(role, values)
    ctx.emit("role.set_access", role, changes=changes)
    return role


@action("role.remove", module="role", undoable=False)
def remove_role(ctx: Context, role: Role, data: Nothing) -> None:
    """Nobody holds it, or it stays. What it gave is in the event."""
    if role.holders.exists():
        raise Invalid(L(f"Qualcuno ha ancora il ruolo {role}.", f"Somebody still has the role {role}."))
    ctx.emit("role.remove", role, data={name: getattr(role, name) for name in ("key", "areas", "grants", "fields")})
    role.delete()


def _unknown(role: Role, data: SetAccess) -> Iterator[tuple[str, L]]:
    """What is said of what there is not; a field that was there when the role was made and is gone may stay."""
    modules = {module.name: module for module in all_modules()}
    for area in set(data.areas) - {module.area for module in modules.values()}:
        yield f"areas.{area}", L("Area sconosciuta.", "Unknown area.")
    for kind in ("grants", "fields"):
        for name in getattr(data, kind).keys() - modules.keys() - getattr(role, kind).keys():
            yield f"{kind}.{name}", L("Modulo sconosciuto.", "Unknown module.")
    for name, verbs in data.grants.items():
        for verb, scope in verbs.items():
            if verb not in VERBS:
                yield f"grants.{name}.{verb}", L("Verbo sconosciuto.", "Unknown verb.")
            elif name in modules and not modules[name].is_record and Scope[scope.upper()] in (Scope.OWN, Scope.TEAM):
                yield f"grants.{name}.{verb}", L("Qui vale solo tutto o niente.", "Here it is all or nothing.")
    for name, levels in data.fields.items():
        for field in levels:
            if name in modules and not modules[name].has(field) and field not in role.fields.get(name, {}):
                yield f"fields.{name}.{field}", L("Campo sconosciuto.", "Unknown field.")


def _flat(tree: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= _flat(value, f"{path}{key}.") if isinstance(value, Mapping) else {f"{path}{key}": value}
    return leaves


def _difference(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        f"{name}.{key}": [before.get(key), after.get(key)]
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }
