"""What always holds of fields that administrators add, and what becomes of the tables."""

from __future__ import annotations

from anello.core.actions import Context, Invalid
from anello.core.actions.checks import Errors
from anello.core.actions.context import Change
from anello.core.actions.rules import rule
from anello.core.jobs import enqueue
from anello.core.modules import all_modules, get
from anello.core.studio import (
    arranging,  # noqa: F401 rules of layouts register there
    building,
    calculations,
    computing,
    ddl,
    jobs,
    limits,
    picklists,
    purging,  # noqa: F401 its actions register there
    retouching,  # noqa: F401 rules of retouches register there
    shape,
)
from anello.core.studio.kinds import COMPUTED, column_of
from anello.core.studio.models import CustomField
from anello.core.studio.naming import FORM, NOT_OF_THE_FORM, named
from anello.core.studio.plans import users_of
from anello.kit.text import L

FIXED = ("module", "name", "kind", "to")
CALCULATION = ("formula", "source", "function", "of", "filter")


@rule("custom_field")
def sound(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            row = change.record
            if change.new:
                row.name = row.name or named(row.label_en or row.label_it)
            for name, words in _wrong(row, change).items():
                errors.add(index, name, words)


@rule("custom_field", "after")
def made(ctx: Context, changes: list[Change]) -> None:
    ddl.tell()
    rows = [c.record for c in changes if c.record.kind in COMPUTED and c.touches(*CALCULATION)]
    if rows := rows + [c.record for c in changes if c.record.kind == "autonumber" and c.new]:
        computing.fill(rows)
    if any(change.touches("indexed", "unique") for change in changes):
        _index([change.record for change in changes])
    # Last, for nobody gets at the table from here to the end of the transaction.
    for change in changes:
        if change.new:
            ddl.add_column(get(change.record.module).model, change.record.name, column_of(change.record))


@rule("custom_field", "before_delete")
def unused(ctx: Context, changes: list[Change]) -> None:
    gone = {change.record.pk for change in changes}
    for change in changes:
        users = [u for u in users_of(change.record.module, change.record.name) if u.pk not in gone]
        if users:
            names = ", ".join(f"{user.label_it} ({user.module}.{user.name})" for user in users)
            raise Invalid(
                L(f"Lo usano questi campi: {names}.", f"These fields use it: {names}."),
            )


@rule("custom_field", "after_delete")
def hidden(ctx: Context, changes: list[Change]) -> None:
    ddl.tell()
    _index([])


@rule("custom_field", "after_restore")
def back(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    ddl.tell()
    if any(change.record.purged_at for change in changes):
        raise Invalid(building.GONE)
    rows = [change.record for change in changes if change.record.kind in COMPUTED]
    for row in rows:
        if wrong := calculations.wrong(row, new=False):
            raise Invalid({name: [words] for name, words in wrong.items()})
    if rows:
        computing.fill(rows)
    _index([change.record for change in changes])


def _index(rows: list[CustomField]) -> None:
    """Have the indexes made that these fields should have, and those dropped that nobody should have any more."""
    CustomField.objects.filter(pk__in=[row.pk for row in rows]).update(index="building")
    enqueue(jobs.index, unique="studio:index")


def _wrong(row: CustomField, change: Change) -> dict[str, L]:
    """{field: what is wrong}."""
    found: dict[str, L] = {}
    if not change.new:
        found |= {
            name: L(
                "Non si può più cambiare: aggiungi un altro campo.", "It cannot change any more: add another field."
            )
            for name in FIXED
            if name in change.changed
        }
    else:
        found |= _wrong_new(row)
    if not found and row.kind in COMPUTED and change.touches("required", *CALCULATION):
        found |= calculations.wrong(row, new=change.new)
    if not found:
        found |= limits.wrong(row, change) | picklists.wrong(row, change)
    if row.least is not None and row.most is not None and row.least > row.most:
        found["most"] = L("Il massimo è sotto il minimo.", "The most is below the least.")
    return found


def _wrong_new(row: CustomField) -> dict[str, L]:
    found: dict[str, L] = {}
    opened = {module.name: module for module in shape.open_modules()}
    if row.module not in opened:
        names = ", ".join(opened)
        found["module"] = L(
            f"A questo modulo non si aggiungono campi. I moduli: {names}.",
            f"No fields are added to this module. The modules: {names}.",
        )
    if not FORM.fullmatch(row.name):
        found["name"] = NOT_OF_THE_FORM
    elif CustomField.everything.filter(module=row.module, name=row.name).exists():
        found["name"] = L(
            "C'è già, forse tra i campi eliminati: ripristina quello, o scegli un altro nome.",
            "There is one already, maybe among the deleted fields: restore that one, or choose another name.",
        )
    if row.kind == "user":
        row.to = "user"
    if row.kind == "link" and row.to not in {m.name for m in all_modules() if m.is_record}:
        found["to"] = L("Scegli il modulo a cui porta.", "Choose the module to which it leads.")
    return found
