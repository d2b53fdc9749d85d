"""What becomes of records when the one to which a link of an administrator's leads is deleted.

With `along` the engine takes them along and brings them back; the rest is told here. Undo takes all of it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from anello.core.actions import Change, Context, Invalid, engine, everywhere
from anello.core.modules import Field, Link, Module, get
from anello.core.studio.models import CustomField
from anello.core.studio.plans import plan
from anello.kit.text import L


def wrong(row: CustomField) -> L | None:
    """What is wrong with what shall become of the field's records."""
    if row.on_delete == "keep":
        return None
    if row.kind != "link":
        return L("Solo di un collegamento si dice.", "It is said of a link only.")
    if row.on_delete == "empty" and row.required:
        return L("Un campo obbligatorio non si svuota.", "What is required cannot be emptied.")
    if row.on_delete == "along" and row.module in _owners(row.to):
        there, here = get(row.to).plural, get(row.module).plural
        return L(
            f"{there.it} si eliminano già con {here.it}: l'uno porterebbe via l'altro senza fine.",
            f"{there.en} are deleted with {here.en} already: each would take the other along without end.",
        )
    return None


def _owners(name: str) -> set[str]:
    """The module, and those with whose records its own are deleted."""
    found, left = {name}, [name]
    while left:
        module = get(left.pop())
        for link in (module.field(one) for one in (*module.parents, *module.along)):
            if isinstance(link, Link) and link.to not in found:
                found.add(link.to)
                left.append(link.to)
    return found


@everywhere("before_delete")
def let_go(ctx: Context, module: Module, changes: list[Change]) -> None:
    """Before, so that undo finds again what they led to when it fills them in."""
    for child, link, below in _leading(module, changes, "empty"):
        left = list(below.select_for_update(of=("self",)).order_by("pk"))
        engine.update(ctx, child, [(record, {link.name: None}) for record in left])


@everywhere("after_delete")
def hold_back(ctx: Context, module: Module, changes: list[Change]) -> None:
    """Afterwards, so that what went along is not counted."""
    for child, link, below in _leading(module, changes, "refuse"):
        if number := below.count():
            raise Invalid(
                L(
                    f"Non si elimina: {number} record di {child.plural.it} portano qui ({link.label.it}).",
                    f"It cannot be deleted: {number} records of {child.plural.en} lead here ({link.label.en}).",
                )
            )


def _leading(module: Module, changes: list[Change], rule: str) -> Iterator[tuple[Module, Field, QuerySet[Any]]]:
    """(module, link, its records that lead to these) of the links with that rule."""
    for name, link, said in plan().leading.get(module.name, ()):
        if said == rule:
            child, ids = get(name), [change.record.pk for change in changes]
            yield child, child.field(link), child.model._default_manager.filter(**{f"{link}__in": ids})
