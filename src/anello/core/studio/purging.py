"""Taking away for good what was deleted: its column or table, with all that was in it.

In two steps, because other processes read rows with the models that they have. The gesture marks it, and with their
next request, job or batch of events all processes stop reading it (`shape`); after `PATIENCE` a job drops it, in one
transaction with what was said of it. Killed anywhere, the job is done again. Whoever looks at something for longer than
that with an old model is refused by the database, and begins anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Constraint

from anello.core.actions import Context, Invalid, action
from anello.core.jobs import enqueue, job
from anello.core.modules import get
from anello.core.modules.fields import BIGINT
from anello.core.modules.registry import names
from anello.core.studio import ddl, uses
from anello.core.studio.kinds import stored_in
from anello.core.studio.models import CustomField, CustomModule
from anello.core.studio.uses import Use
from anello.kit.text import L

PATIENCE = dt.timedelta(minutes=1)
PURGE = L("Elimina per sempre", "Purge")
NOT_DELETED = L("Si elimina per sempre solo ciò che è già eliminato.", "Only what is deleted already is purged.")
HAS_FIELD = L("Campo eliminato che porta qui", "Deleted field that leads here")
HAS_PAIR = L("Modulo eliminato che unisce questo", "Deleted module that joins this one")


class Purge(BaseModel):
    """`along`: what uses it does without it, or goes along."""

    model_config = ConfigDict(extra="forbid")
    id: int = Constraint(ge=1, le=BIGINT)
    along: bool = False


@action(
    "custom_field.purge",
    module="custom_field",
    verb="delete",
    input=Purge,
    target=False,
    label=PURGE,
    shown=False,
    undoable=False,
)
def purge_field(ctx: Context, data: Purge) -> CustomField:
    """Take a deleted field away for good, with all its values."""
    row = _deleted(CustomField, data.id)
    release(ctx, uses.of_field(row.module, row.name), along=data.along)
    _mark(ctx, [row])
    ctx.emit("custom_field.purge", row, data={"module": row.module, "name": row.name, "kind": row.kind})
    return row


@action(
    "custom_module.purge",
    module="custom_module",
    verb="delete",
    input=Purge,
    target=False,
    label=PURGE,
    shown=False,
    undoable=False,
)
def purge_module(ctx: Context, data: Purge) -> CustomModule:
    """Take a deleted module away for good, with all its records."""
    row = _deleted(CustomModule, data.id)
    release(ctx, of_module(row), along=data.along)
    _mark(ctx, [row, *CustomField.everything.filter(module=row.name, purged_at=None)])
    ctx.emit("custom_module.purge", row, data={"name": row.name})
    return row


def _deleted(model: type[CustomField] | type[CustomModule], pk: int) -> Any:
    """What is deleted and not purged, while nobody else changes the shape."""
    ddl.alone()
    row = model.everything.filter(pk=pk, deleted_at__isnull=False, purged_at=None).first()
    if row is None:
        raise Invalid(NOT_DELETED)
    return row


def of_module(row: CustomModule) -> list[Use]:
    """What uses a deleted module or a field of it; what leads to its table is purged first."""
    found = list(chain.from_iterable(uses.of_module(row.name).values()))
    leading = CustomField.everything.filter(to=row.name, purged_at=None).exclude(module=row.name)
    found += [Use(row.name, "", HAS_FIELD, f"{field.module}.{field.name}") for field in leading.order_by("id")]
    pairs = CustomModule.everything.filter(links__contains=row.name, purged_at=None).order_by("id")
    return found + [Use(row.name, "", HAS_PAIR, pair.name) for pair in pairs]


def release(ctx: Context, found: Sequence[Use], *, along: bool) -> None:
    """Have these do without it; Invalid names those that cannot, or all unless they go `along`."""
    firm = [use for use in found if use.drop is None] if along else found
    if firm:
        names = ", ".join(dict.fromkeys(map(str, firm)))
        raise Invalid(L(f"Lo usano ancora: {names}.", f"These still use it: {names}."))
    for use in found:
        assert use.drop is not None
        use.drop(ctx)


def _mark(ctx: Context, rows: Sequence[CustomField | CustomModule]) -> None:
    for row in rows:
        row.purged_at = ctx.now
        row.save(update_fields=["purged_at"])
    ddl.tell()
    # A moment later than the patience: what the job finds has waited for all of it.
    enqueue(drop, at=timezone.now() + PATIENCE + dt.timedelta(seconds=1))


@job(retry=5)
def drop() -> None:
    """Drop what was marked long enough ago: columns first, for some lead to the tables."""
    due = {"purged_at__lte": timezone.now() - PATIENCE}
    modules = list(CustomModule.everything.filter(**due).order_by("id"))
    whole = [module.name for module in modules]
    for field in CustomField.everything.filter(**due).exclude(module__in=whole).order_by("id"):
        with transaction.atomic():
            ddl.alone()
            table = get(field.module).model._meta.db_table if field.module in names() else field.module
            ddl.drop_column(table, stored_in(field))
            field.delete()
            ddl.tell()
    for module in modules:
        with transaction.atomic():
            ddl.alone()
            ddl.drop_table(module.name)
            CustomField.everything.filter(module=module.name).delete()
            module.delete()
            ddl.tell()
