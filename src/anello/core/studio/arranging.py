"""What always holds of layouts."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from anello.core.actions import Context
from anello.core.actions.checks import Errors
from anello.core.actions.context import Change
from anello.core.actions.errors import explain
from anello.core.actions.rules import rule
from anello.core.modules import Money, get, pointing
from anello.core.modules.registry import names
from anello.core.studio import ddl, searching, shape
from anello.core.studio.layouts import ONE_OF, PARTS, Cards, Lists, Part, Searched, field_at, steps
from anello.core.studio.models import CustomField, CustomModule, Layout
from anello.kit.text import L

FIXED = ("module", "role", "part")


@rule("layout")
def sound(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            for name, words in _wrong(change.record, change):
                errors.add(index, name, words)


@rule("layout", "after")
@rule("layout", "after_delete")
@rule("layout", "after_restore")
def shown(ctx: Context, changes: list[Change]) -> None:
    for module in {change.record.module for change in changes if change.record.part == Searched.part}:
        if module in names():
            searching.begin(get(module))
    ddl.tell()


def _wrong(row: Layout, change: Change) -> list[tuple[str, L | str]]:
    """(field, what is wrong)."""
    if not change.new and (fixed := [name for name in FIXED if name in change.changed]):
        return [(name, L("Non si può più cambiare.", "It cannot change any more.")) for name in fixed]
    if row.module not in {module.name for module in shape.open_modules()}:
        return [("module", L("Non ha disposizioni.", "It has no layouts."))]
    if row.part not in PARTS:
        return [("part", ONE_OF)]
    if row.part == Searched.part and row.role:
        return [("role", L("Si cerca allo stesso modo per tutti.", "Searching is the same for everybody."))]
    roles: Any = get("role").model._default_manager
    if row.role and not roles.filter(key=row.role).exists():
        return [("role", L("Non c'è un ruolo con questa chiave.", "There is no role of this key."))]
    if not row.content:
        return []
    try:
        said = PARTS[row.part].model_validate(row.content)
    except ValidationError as error:
        return [("content", f"{place}: {words}") for place, all_ in explain(error).items() for words in all_]
    row.content = said.model_dump(mode="json")
    return [("content", words) for words in _unfit(row, said)]


def _unfit(row: Layout, said: Part) -> list[L]:
    """What it names that is neither there nor hidden, or that cannot stand in this place; what it names twice."""
    module = get(row.module)
    if isinstance(said, Lists):
        pairs = {f"{other.name}.{f.name}" for other, f in pointing(module)}
        return [_none(pair) for pair in said.lists if pair not in pairs and not _hidden(pair)]
    found = []
    for name in said.names():
        f = field_at(module, name)
        if f is None and not _hidden(name):
            found.append(_none(name))
        elif f is not None and not said.fits(f):
            found.append(L(f"«{f.label.it}» qui non può stare.", f"“{f.label.en}” cannot stand here."))
    if isinstance(said, Cards):
        if module.has(said.by) and said.by not in {f.name for f in steps(module)}:
            found.append(L("Una bacheca ha le colonne di una scelta.", "A board has the columns of a choice."))
        if module.has(said.total) and not isinstance(module.field(said.total), Money):
            found.append(L("Si sommano importi.", "What is added up is an amount."))
    twice = {name for name in said.placed() if said.placed().count(name) > 1}
    return found + [L(f"«{name}» c'è due volte.", f"“{name}” is there twice.") for name in sorted(twice)]


def _hidden(name: str) -> bool:
    """Whether it speaks of a field or a module that an administrator made: deleted, it may come back."""
    parts = name.split(".")
    return (
        CustomField.everything.filter(name__in=parts).exists()
        or CustomModule.everything.filter(name__in=parts).exists()
    )


def _none(name: str) -> L:
    return L(f"«{name}» non c'è.", f"There is no “{name}”.")
