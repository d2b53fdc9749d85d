"""What always holds of fields that administrators add, and what becomes of the tables."""

from __future__ import annotations

import re

from anello.core.actions import Context, Invalid
from anello.core.actions.context import Change
from anello.core.actions.rules import rule
from anello.core.modules import all_modules, get
from anello.core.studio import building, ddl, shape  # noqa: F401 rules of modules register there
from anello.core.studio.kinds import CHOICES, column_of
from anello.core.studio.models import CustomField
from anello.core.studio.naming import named
from anello.kit.text import L

_NAME = re.compile(r"x_[a-z][a-z0-9_]{0,39}")
FIXED = ("module", "name", "kind", "to")


@rule("custom_field")
def sound(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    errors: dict[str, list[str]] = {}
    for index, change in enumerate(changes):
        row = change.record
        if change.new:
            row.name = row.name or named(row.label_en or row.label_it)
        for name, words in _wrong(row, change).items():
            errors.setdefault(f"{index}.{name}", []).append(str(words))
    if errors:
        raise Invalid(errors)


@rule("custom_field", "after")
def made(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.new:
            ddl.add_column(get(change.record.module).model, change.record.name, column_of(change.record))
    ddl.tell()


@rule("custom_field", "after_delete")
@rule("custom_field", "after_restore")
def hidden(ctx: Context, changes: list[Change]) -> None:
    ddl.tell()


def _wrong(row: CustomField, change: Change) -> dict[str, L]:
    """{field: what is wrong}."""
    if not change.new:
        return {
            name: L(
                "Non si può più cambiare: aggiungi un altro campo.", "It cannot change any more: add another field."
            )
            for name in FIXED
            if name in change.changed
        }
    found: dict[str, L] = {}
    opened = {module.name: module for module in shape.open_modules()}
    if row.module not in opened:
        names = ", ".join(opened)
        found["module"] = L(
            f"A questo modulo non si aggiungono campi. I moduli: {names}.",
            f"No fields are added to this module. The modules: {names}.",
        )
    if not _NAME.fullmatch(row.name):
        found["name"] = L(
            "Il nome comincia con x_ e ha lettere minuscole senza accenti, cifre e _ (40 al più).",
            "The name begins with x_ and has small letters without accents, digits and _ (40 at most).",
        )
    elif CustomField.everything.filter(module=row.module, name=row.name).exists():
        found["name"] = L(
            "C'è già, forse tra i campi eliminati: ripristina quello, o scegli un altro nome.",
            "There is one already, maybe among the deleted fields: restore that one, or choose another name.",
        )
    if row.kind in CHOICES and not row.options:
        found["options"] = L("Serve almeno un valore.", "At least one value is needed.")
    if row.kind == "link" and row.to not in {m.name for m in all_modules() if m.is_record}:
        found["to"] = L("Scegli il modulo a cui porta.", "Choose the module to which it leads.")
    if row.least is not None and row.most is not None and row.least > row.most:
        found["most"] = L("Il massimo è sotto il minimo.", "The most is below the least.")
    return found
