"""What always holds of retouches: the fields and modules that the product brings, as an administrator wants them."""

from __future__ import annotations

from anello.core.actions import Context
from anello.core.actions.checks import Errors
from anello.core.actions.context import Change
from anello.core.actions.rules import rule
from anello.core.modules import Board, Calendar, Module
from anello.core.studio import ddl, shape
from anello.core.studio.models import Retouch
from anello.core.studio.naming import PREFIX
from anello.core.studio.plans import users_of
from anello.kit.text import L

FIXED = ("module", "field")
NEEDED = ("title", "owner", "id")
"""Fields without which no page of any module works."""


@rule("retouch")
def sound(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            for name, words in _wrong(change.record, change).items():
                errors.add(index, name, words)


@rule("retouch", "after")
@rule("retouch", "after_delete")
@rule("retouch", "after_restore")
def seen(ctx: Context, changes: list[Change]) -> None:
    ddl.tell()


def _wrong(row: Retouch, change: Change) -> dict[str, L]:
    """{field: what is wrong}."""
    if not change.new:
        words = L("Non si può più cambiare: fanne un altro.", "It cannot change any more: make another one.")
        if found := {name: words for name in FIXED if name in change.changed}:
            return found
    modules = {module.name: module for module in shape.open_modules()}
    if row.module not in modules:
        return {"module": L("Questo modulo non si ritocca.", "This module is not retouched.")}
    module = modules[row.module]
    if Retouch.everything.filter(module=row.module, field=row.field).exclude(pk=row.pk).exists():
        return {
            "field": L(
                "C'è già un ritocco, forse tra quelli eliminati: cambia quello.",
                "There is a retouch already, maybe among the deleted ones: change that one.",
            )
        }
    if not row.field:
        return _wrong_of_module(row)
    if row.field.startswith(PREFIX) or not module.has(row.field):
        return {"field": L("Non è un campo di serie di questo modulo.", "No built-in field of this module.")}
    if row.plural_it or row.plural_en:
        return {"plural_it": L("Solo un modulo ha un plurale.", "Only a module has a plural.")}
    reason = kept(module, row.field) if row.hidden and change.touches("hidden") else None
    return {"hidden": reason} if reason else {}


def _wrong_of_module(row: Retouch) -> dict[str, L]:
    if row.hidden:
        return {
            "hidden": L(
                "Un modulo si nasconde con i ruoli: non darlo a nessuno.",
                "A module is hidden by roles: give it to nobody.",
            )
        }
    if shape.is_own(row.module):
        return {"field": L("Un modulo proprio si cambia da sé.", "A module of your own is changed itself.")}
    return {}


def kept(module: Module, name: str) -> L | None:
    """Why the field cannot be hidden; None where it can."""
    f = module.field(name)
    board, calendar = module.view(Board), module.view(Calendar)
    leaned_on = {*NEEDED, *module.parents, *module.along, *(fact.at for fact in module.facts if not fact.derived)}
    leaned_on |= {board.by} if board else set()
    leaned_on |= {calendar.start} if calendar else set()
    if f.required or name in leaned_on:
        return L(
            "Senza questo campo il modulo non funziona: lo puoi chiamare diversamente, non nascondere.",
            "The module does not work without this field: you can call it something else, not hide it.",
        )
    users = users_of(module.name, name)
    if users:
        names = ", ".join(f"{user.label_it} ({user.module}.{user.name})" for user in users)
        return L(f"Lo usano questi campi: {names}.", f"These fields use it: {names}.")
    return None
