"""What is read of what administrators added."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from anello.core.modules import File, Module, all_modules, get
from anello.core.modules.registry import names
from anello.core.studio import shape
from anello.core.studio.kinds import COMPUTED, stored_in
from anello.core.studio.models import CustomField, CustomModule, Retouch
from anello.core.studio.plans import users_of


@dataclass(frozen=True)
class Shapeable:
    """A module that administrators shape; `own` is what they said of one they made, `added` counts their fields."""

    module: Module
    own: CustomModule | None
    added: int


def shapeable() -> list[Shapeable]:
    """The modules to which fields can be added, and the pairs that administrators made."""
    added = dict(CustomField.objects.order_by().values_list("module").annotate(Count("pk")))
    own = {row.name: row for row in CustomModule.objects.all()}
    modules = {module.name: module for module in [*shape.open_modules(), *map(get, sorted(shape.own()))]}
    return [Shapeable(module, own.get(name), added.get(name, 0)) for name, module in modules.items()]


def deleted_modules() -> list[CustomModule]:
    """Those that can be brought back."""
    return list(CustomModule.everything.filter(deleted_at__isnull=False, purged_at=None).order_by("title_key"))


def own_module(name: str) -> CustomModule | None:
    """What an administrator said of the module, None of one that the product brings."""
    return CustomModule.objects.filter(name=name).first()


def own_fields(module: str, *, deleted: bool = False) -> dict[str, CustomField]:
    """The fields that administrators added to the module, by name; or those that can be brought back."""
    rows = CustomField.everything.filter(module=module, deleted_at__isnull=not deleted, purged_at=None)
    return {row.name: row for row in rows.order_by("id")}


def dependents(row: CustomField) -> list[CustomField]:
    """What is worked out of the field, directly or not, or shown or required by it."""
    found, left = {row.pk: row}, [row]
    while left:
        one = left.pop()
        for user in users_of(one.module, one.name):
            if user.pk not in found:
                found[user.pk] = user
                left.append(user)
    return [user for pk, user in found.items() if pk != row.pk]


def file_columns() -> list[tuple[str, str]]:
    """(table, column) of everything that holds files, also of deleted fields and modules, which can be restored."""
    found = {(m.model._meta.db_table, f.name) for m in all_modules() for f in m.fields if isinstance(f, File)}
    for row in CustomField.everything.filter(kind="file", purged_at=None):
        # The table of an administrator's module is called as it is.
        table = get(row.module).model._meta.db_table if row.module in names() else row.module
        found.add((table, row.name))
    there = set(connection.introspection.table_names())
    return sorted(one for one in found if one[0] in there)


def deleted_columns(module: Module) -> dict[str, str]:
    """{column: kind} of the fields that can be brought back: their values are still there."""
    rows = CustomField.everything.filter(module=module.name, deleted_at__isnull=False, purged_at=None)
    return {stored_in(row): row.kind for row in rows if row.kind not in COMPUTED}


def retouches(module: str) -> dict[str, Retouch]:
    """What administrators changed of the module's own fields, and (no name) of itself."""
    return {row.field: row for row in Retouch.objects.filter(module=module)}
