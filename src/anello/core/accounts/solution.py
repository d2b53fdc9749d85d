"""Roles as a part of solutions: what they are called and what they give; who holds them stays here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from anello.core.accounts.actions.roles import SetAccess, remove_role, set_access
from anello.core.accounts.models import Role
from anello.core.actions import Context
from anello.core.actions.errors import explain
from anello.core.actions.registry import Nothing
from anello.core.studio.solutions.parts import Key, Part, Values, part
from anello.kit.text import L

NAMES = ("name_it", "name_en", "administrator")
ACCESS = ("areas", "grants", "fields")


class Written(SetAccess):
    """A role as a file says it."""

    name_it: str
    name_en: str
    administrator: bool = False


def _plain(values: Mapping[str, Any]) -> Values:
    """What says something: an empty level, or no at all, is not written."""
    trees = {name: {key: dict(one) for key, one in values[name].items() if one} for name in ("grants", "fields")}
    return {name: value for name, value in {**values, **trees}.items() if name in (*NAMES, *ACCESS) and value}


def here() -> dict[Key, Values]:
    roles = Role.objects.order_by("key").values("key", *NAMES, *ACCESS)
    return {(role["key"],): _plain(role) for role in roles}


def typed(key: Key, said: Values) -> tuple[Values, Mapping[str, Sequence[str]]]:
    try:
        return _plain(Written.model_validate(said).model_dump()), {}
    except ValidationError as error:
        return {}, explain(error)


def put(ctx: Context, key: Key, wanted: Values, before: Values | None) -> None:
    names = {"name_it": wanted["name_it"], "name_en": wanted["name_en"]}
    names["administrator"] = bool(wanted.get("administrator"))
    if before is None:
        role = ctx.create("role", {"key": key[0], **names})
    else:
        role = ctx.update(Role.objects.select_for_update().get(key=key[0]), names)
    set_access(ctx, role, SetAccess(**{name: wanted.get(name, {}) for name in ACCESS}))


def remove(ctx: Context, key: Key) -> None:
    for role in Role.objects.select_for_update().filter(key=key[0]):
        remove_role(ctx, role, Nothing())


part(
    Part(
        "roles",
        L("Ruoli", "Roles"),
        ("key",),
        here,
        typed,
        put,
        remove,
        title=lambda key, values: str(L(values.get("name_it", key[0]), values.get("name_en", key[0]))),
        order=90,
    )
)
