"""What always holds of modules that administrators make, and what becomes of their tables."""

from __future__ import annotations

from anello.core.actions import Context, Invalid
from anello.core.actions.checks import Errors
from anello.core.actions.context import Change
from anello.core.actions.rules import rule
from anello.core.modules import all_modules, get
from anello.core.studio import ddl, letters, shape
from anello.core.studio.made import apart, model_of
from anello.core.studio.models import CustomField, CustomModule
from anello.core.studio.naming import FORM, NOT_OF_THE_FORM, named
from anello.kit.text import L

FIXED = ("name", "links")
LETTERS = ("paper_it", "paper_en")
GONE = L("È stato eliminato per sempre.", "It was purged.")


@rule("custom_module")
def sound(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            row = change.record
            if change.new:
                row.name = row.name or named(row.label_en or row.label_it)
            for name, words in _wrong(row, change).items():
                errors.add(index, name, words)


@rule("custom_module", "after")
def made(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.new:
            ddl.create_table(model_of(change.record, apart()))
    ddl.tell()


@rule("custom_module", "before_delete")
def unused(ctx: Context, changes: list[Change]) -> None:
    """A module to which others lead is not hidden under them."""
    going = {change.record.name for change in changes}
    for change in changes:
        name = change.record.name
        uses = [f"{f.module}.{f.name}" for f in CustomField.objects.filter(to=name).exclude(module__in=going)]
        uses += [row.name for row in CustomModule.objects.filter(links__contains=name).exclude(name__in=going)]
        if uses:
            listed = ", ".join(uses)
            raise Invalid(
                L(
                    f"{change.record.plural_it} è in uso: prima elimina {listed}.",
                    f"{change.record.plural_en} is in use: delete {listed} first.",
                )
            )


@rule("custom_module", "after_delete")
@rule("custom_module", "after_restore")
def hidden(ctx: Context, changes: list[Change]) -> None:
    ddl.alone()
    if any(change.record.purged_at and not change.record.deleted_at for change in changes):
        raise Invalid(GONE)
    ddl.tell()


def _wrong(row: CustomModule, change: Change) -> dict[str, L]:
    """{field: what is wrong}."""
    if not change.new:
        fixed = {
            name: L("Non si può più cambiare: fanne un altro.", "It cannot change any more: make another one.")
            for name in FIXED
            if name in change.changed
        }
        return fixed | _without_field(row, change)
    found: dict[str, L] = {}
    if not FORM.fullmatch(row.name):
        found["name"] = NOT_OF_THE_FORM
    elif CustomModule.everything.filter(name=row.name).exists():
        found["name"] = L(
            "C'è già, forse tra i moduli eliminati: ripristina quello, o scegli un altro nome.",
            "There is one already, maybe among the deleted modules: restore that one, or choose another name.",
        )
    if row.links:
        opened = {module.name for module in shape.open_modules()}
        if len(row.links) != 2 or not opened.issuperset(row.links):
            modules = ", ".join(sorted(opened))
            found["links"] = L(f"Servono due di questi moduli: {modules}.", f"Two of these modules: {modules}.")
    taken = {(m.plural.it.casefold(), m.plural.en.casefold()) for m in all_modules()}
    if any(row.plural_it.casefold() == it for it, _ in taken):
        found["plural_it"] = L("C'è già un modulo con questo nome.", "There is a module of that name already.")
    if any(row.plural_en.casefold() == en for _, en in taken):
        found["plural_en"] = L("C'è già un modulo con questo nome.", "There is a module of that name already.")
    return found


def _without_field(row: CustomModule, change: Change) -> dict[str, L]:
    """The letters that name what is no field; a new module's are not asked, for its fields come after it."""
    found = {}
    known = [f.name for f in get(row.name).fields] if row.name in shape.own() else []
    for name in LETTERS:
        if name in change.changed and (wrong := letters.unknown(getattr(row, name), known)):
            listed = ", ".join(f"{{{one}}}" for one in wrong)
            found[name] = L(f"Nessun campo si chiama così: {listed}.", f"No field is called so: {listed}.")
    return found
