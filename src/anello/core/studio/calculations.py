"""What must hold of a formula or a roll-up before it is anybody's field: told at its field, and at the character."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from anello.core.actions import Invalid
from anello.core.modules import Link, Module, get, incoming
from anello.core.policies import SYSTEM
from anello.core.search.filters import compile_filter
from anello.core.studio.formula_kinds import KIND_NAMES, FormulaError, kind_of
from anello.core.studio.formulas import read
from anello.core.studio.kinds import COMPUTED, FUNCTIONS, LABELS, RESULTS
from anello.core.studio.models import CustomField
from anello.core.studio.plans import FormulaCycle, order
from anello.kit.text import L

OVER = {
    "sum": ("number", "money"),
    "average": ("number", "money", "percent"),
    "min": ("number", "money", "percent", "date"),
    "max": ("number", "money", "percent", "date"),
}
"""The kinds of field that each function takes."""


def wrong(row: CustomField, *, new: bool) -> dict[str, L]:
    """{field: what is wrong}; sets `result` and `uses`, which follow from the rest."""
    result = row.result
    found = _formula(row) if row.kind == "formula" else _rollup(row)
    if row.required:
        found["required"] = L("Un campo calcolato non è obbligatorio.", "What is worked out cannot be required.")
    if found:
        return found
    named = "formula" if row.kind == "formula" else "function"
    if not new and row.result != result:
        was, now = LABELS[RESULTS[result]], LABELS[RESULTS[row.result]]
        return {
            named: L(
                f"Il risultato era {was.it} e sarebbe {now.it}: aggiungi un altro campo.",
                f"The result was {was.en} and would be {now.en}: add another field.",
            )
        }
    try:
        order([*CustomField.objects.filter(kind__in=COMPUTED).exclude(pk=row.pk), row])
    except FormulaCycle as error:
        return {named: error.words}
    return {}


def _formula(row: CustomField) -> dict[str, L]:
    module = get(row.module)
    try:
        formula = read(module, row.formula)
    except FormulaError as error:
        return {"formula": error.words}
    row.result, uses = formula.kind, set()
    for path in formula.paths:
        head, dot, far = path.partition(".")
        uses.add(f"{module.name}.{head}")
        if dot:
            link = module.field(head)
            assert isinstance(link, Link)
            uses.add(f"{link.to}.{far}")
    row.uses = sorted(uses)
    return {}


def _rollup(row: CustomField) -> dict[str, L]:
    sources = {f"{child.name}.{link.name}": child for child, link in incoming(get(row.module)) if child.is_record}
    if row.source not in sources:
        names = ", ".join(sorted(sources))
        return {"source": L(f"Scegli di quali record: {names}.", f"Choose of which records: {names}.")}
    if row.function not in FUNCTIONS:
        names = ", ".join(FUNCTIONS)
        return {"function": L(f"Scegli il calcolo: {names}.", f"Choose the calculation: {names}.")}
    child = sources[row.source]
    if row.function == "count":
        row.of, row.result = "", "count"
    elif found := _over(row, child):
        return found
    fields = list(_named(row.filter))
    foreign = [name for name in fields if not child.has(name)]
    if foreign:
        return {
            "filter": L(
                f"Il filtro usa solo i campi di {child.plural.it}: «{foreign[0]}» non lo è.",
                f"The filter uses fields of {child.plural.en} only: “{foreign[0]}” is none.",
            )
        }
    try:
        compile_filter(SYSTEM, child, row.filter)
    except Invalid as error:
        return {"filter": L(error.words, error.words)}
    link = row.source.partition(".")[2]
    row.uses = sorted({f"{child.name}.{name}" for name in (link, row.of, *fields) if name})
    return {}


def _over(row: CustomField, child: Module) -> dict[str, L]:
    fitting = {f.name: kind_of(f) for f in child.fields if kind_of(f) in OVER[row.function]}
    if row.of in fitting:
        row.result = fitting[row.of]
        return {}
    kinds = OVER[row.function]
    it, en = (", ".join(getattr(KIND_NAMES[kind], language) for kind in kinds) for language in ("it", "en"))
    return {"of": L(f"Scegli un campo di {child.plural.it} ({it}).", f"Choose a field of {child.plural.en} ({en}).")}


def _named(tree: Any) -> Iterator[str]:
    """The fields that a filter names, as it names them; what asks for whoever looks (`me`) is none."""
    if isinstance(tree, Mapping):
        if "field" in tree:
            yield "me" if tree.get("value") == "me" else str(tree["field"])
        for part in tree.values():
            yield from _named(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _named(part)
