"""What must hold of a field's own rules (default, pattern, numbering, uniqueness) before they are anybody's."""

from __future__ import annotations

import regex

from anello.core.actions.context import Change
from anello.core.modules import Link, get
from anello.core.studio import indexes, leading
from anello.core.studio.kinds import COMPUTED, UNIQUE, field_of, initial
from anello.core.studio.made import is_apart
from anello.core.studio.models import CustomField
from anello.kit.errors import BadValue
from anello.kit.numbering import validate_pattern
from anello.kit.text import L


def wrong(row: CustomField, change: Change) -> dict[str, L]:
    """{field: what is wrong}."""
    found = {
        "pattern": _pattern(row),
        "numbering": _numbering(row),
        "initial": _initial(row),
        "unique": _unique(row, change),
        "on_delete": leading.wrong(row) if change.touches("on_delete", "required") else None,
    }
    if row.kind == "autonumber" and row.required:
        found["required"] = L("Il numero lo dà Anello.", "Anello gives the number.")
    return {name: words for name, words in found.items() if words is not None}


def _pattern(row: CustomField) -> L | None:
    if not row.pattern:
        return None
    if row.kind != "text":
        return L("Solo un testo ha una forma.", "Only a text has a pattern.")
    try:
        regex.compile(row.pattern)
    except regex.error as error:
        at = (error.pos or 0) + 1
        return L(f"L'espressione non si legge (carattere {at}).", f"The expression cannot be read (character {at}).")
    return None


def _numbering(row: CustomField) -> L | None:
    if row.kind != "autonumber" and not row.numbering:
        return None
    if row.kind != "autonumber":
        return L("Solo un numero progressivo ha una numerazione.", "Only an auto-number has a numbering.")
    try:
        validate_pattern(row.numbering)
    except BadValue as error:
        return error.message
    return None


def _initial(row: CustomField) -> L | None:
    if not row.initial:
        return None
    if row.kind in COMPUTED or row.kind == "autonumber":
        return L("Un campo calcolato non ha un valore iniziale.", "What is worked out has no default.")
    if row.kind == "file":
        return L("Un file non ha un valore iniziale.", "A file has no default.")
    try:
        value = initial(row)
    except ValueError as error:
        return L(str(error), str(error))
    f = field_of(row)
    if isinstance(f, Link):
        records = get(f.to).model
        if is_apart(records) or not records._default_manager.filter(pk=value).exists():
            return L("Questo record non c'è.", "There is no such record.")
    return None


def _unique(row: CustomField, change: Change) -> L | None:
    if not row.unique:
        return None
    if row.kind not in UNIQUE:
        return L("Di questo tipo i valori possono ripetersi.", "Values of this kind may repeat.")
    if change.new or not change.touches("unique"):
        return None
    found = indexes.duplicates(row)
    if not found:
        return None
    some = ", ".join(f"«{value}» ({number})" for value, number in found)
    return L(f"Ci sono già dei doppi: {some}.", f"There are duplicates already: {some}.")
