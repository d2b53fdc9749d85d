"""What must hold of the values of a choice and of the conditions of a field before they are anybody's.

Labels, colours and order change freely. A value that some record has is not taken away: retired, it stays there and is
not offered any more.
"""

from __future__ import annotations

from typing import Any

from anello.core.actions.context import Change
from anello.core.modules import Choice, get
from anello.core.studio.formula_kinds import FormulaError
from anello.core.studio.formulas import read
from anello.core.studio.kinds import CHOICES, COMPUTED
from anello.core.studio.models import CustomField
from anello.kit.text import L


def wrong(row: CustomField, change: Change) -> dict[str, L]:
    """{field: what is wrong}; sets what the field `uses`, unless it is worked out."""
    found = {"options": _options(row, change), "depends_on": _depends(row)} | _conditions(row)
    return {name: words for name, words in found.items() if words is not None}


def _options(row: CustomField, change: Change) -> L | None:
    if row.kind not in CHOICES:
        return L("Solo una scelta ha dei valori.", "Only a choice has values.") if row.options else None
    if not row.options:
        return L("Serve almeno un valore.", "At least one value is needed.")
    values = [option["value"] for option in row.options]
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        return L(f"«{twice}» c'è due volte.", f"“{twice}” is there twice.")
    if row.initial and any(option["retired"] and option["value"] == row.initial for option in row.options):
        return L("Il valore iniziale è ritirato.", "The default is retired.")
    return None if change.new else _taken_away(row, change, values)


def _taken_away(row: CustomField, change: Change, values: list[str]) -> L | None:
    gone = [option for option in change.before["options"] if option["value"] not in values]
    everything = get(row.module).model.everything  # type: ignore[attr-defined]
    for option in gone:
        at: dict[str, Any] = (
            {row.name: option["value"]} if row.kind == "choice" else {f"{row.name}__contains": [option["value"]]}
        )
        if number := everything.filter(**at).count():
            return L(
                f"«{option['it']}» sta in {number} record: ritiralo, e resta lì senza essere più offerto.",
                f"{number} records have “{option['en']}”: retire it, and it stays there without being offered.",
            )
    return None


def _depends(row: CustomField) -> L | None:
    bound = {value for option in row.options for value in option["when"]}
    if not row.depends_on:
        if bound:
            return L("Da quale scelta dipendono i valori?", "On which choice do the values depend?")
        return None
    module = get(row.module)
    by = module.field(row.depends_on) if module.has(row.depends_on) else None
    if row.kind not in CHOICES or not isinstance(by, Choice) or not by.options or by.name == row.name:
        return L("Serve un'altra scelta di questo modulo.", "Another choice of this module is needed.")
    unknown = sorted(bound - {option.value for option in by.options})
    if unknown:
        return L(f"«{by.label.it}» non ha il valore «{unknown[0]}».", f"“{by.label.en}” has no value “{unknown[0]}”.")
    return None


def _conditions(row: CustomField) -> dict[str, L | None]:
    if row.kind in COMPUTED or row.kind == "autonumber":
        words = L("Un campo calcolato non ha condizioni.", "What is worked out has no conditions.")
        return {name: words for name in ("show_if", "require_if") if getattr(row, name)}
    found: dict[str, L | None] = {}
    uses = {row.depends_on} - {""}
    for name in ("show_if", "require_if"):
        text = getattr(row, name)
        try:
            paths = read(get(row.module), text, condition=True).paths if text else frozenset()
        except FormulaError as error:
            found[name] = error.words
            continue
        if row.name in paths:
            found[name] = L("Un campo non dipende da sé stesso.", "A field does not depend on itself.")
        uses |= paths
    row.uses = sorted(f"{row.module}.{name}" for name in uses)
    return found
