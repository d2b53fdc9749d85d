"""Records side by side: which values differ, and which a merge would keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from anello.core.modules import Field, Link, Module
from anello.core.policies import Actor, field_access
from anello.core.search import titles
from anello.core.ui import values
from anello.customers import merging


@dataclass(frozen=True)
class Cell:
    """One record's value of a field; `kept` when the merge keeps it unless another is chosen."""

    record: int
    shown: SafeString
    empty: bool
    kept: bool


@dataclass(frozen=True)
class Line:
    """A field of several records; `choosable` when they differ and the actor may change it."""

    field: Field
    cells: list[Cell]
    choosable: bool


def compare(actor: Actor, module: Module, records: Sequence[Any], survivor: Any) -> list[Line]:
    """The fields that any of the records fills, those that differ first."""
    access = field_access(actor, module)
    fields = [f for f in module.inputs.values() if access[f.name] != "hidden"]
    shown = titles(actor, module, records, [f.name for f in fields if isinstance(f, Link)])
    others = [record for record in records if record.pk != survivor.pk]
    kept = merging.combined(module, survivor, others, {})
    lines = []
    for f in fields:
        found = [f.get(record) for record in records]
        if all(value in merging.EMPTY for value in found):
            continue
        # The first record that holds the kept value: the survivor before the others.
        order = sorted(range(len(records)), key=lambda i: records[i].pk != survivor.pk)
        first = next((i for i in order if found[i] == kept[f.name]), None)
        cells = [
            Cell(r.pk, values.show(f, r, shown), found[i] in merging.EMPTY, i == first) for i, r in enumerate(records)
        ]
        differ = any(value != found[0] for value in found)
        lines.append(Line(f, cells, differ and access[f.name] == "edit"))
    return sorted(lines, key=lambda line: not line.choosable)
