"""The shape of the modules in this process: what the code says, and what administrators added since.

Every request, job and batch of events asks which version there is and calls `follow`; when it is another one than this
process knows, the modules that changed are made anew. A module keeps its identity: whoever holds it sees its new fields
with the next question. Columns are added to the models and never taken away while the process lives: rows that are on
their way into objects are read by position.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Subquery

from anello.core.modules import Detail, Module, Section, all_modules, get, register
from anello.core.modules.registry import names, withdraw
from anello.core.studio.kinds import begin, column_of, field_of
from anello.core.studio.layouts import arrange
from anello.core.studio.made import ENDS, spec_of
from anello.core.studio.models import CustomField, CustomModule, Layout, Reindex, Shape
from anello.kit.text import L

MORE = L("Altri dati", "More")
CLOSED = frozenset({"administration", "integrations"})
"""Areas whose modules are the product's own."""

_lock = threading.Lock()
_known = 0
_code: dict[str, dict[str, Any]] = {}
"""What the code says of the modules that were changed since."""
_made: set[str] = set()
"""The names of the modules that no code knows."""
_seen: dict[str, Any] = {}
"""What the modules were last made of."""


def current() -> Any:
    """The version as a subquery, for those who read something else anyway."""
    return Subquery(Shape.objects.values("version")[:1])


def version() -> int:
    return Shape.objects.values_list("version", flat=True).first() or 0


def known() -> int:
    """The version that this process has."""
    return _known


def own() -> frozenset[str]:
    """The names of the modules that administrators made."""
    return frozenset(_made)


def open_modules() -> list[Module]:
    """The modules to which fields can be added."""
    return [m for m in all_modules() if m.is_record and m.listed and m.area not in CLOSED]


def follow(now: int | None) -> None:
    """Bring the modules of this process to that version (None: nobody ever changed anything)."""
    global _known
    if (now or 0) == _known:
        return
    with _lock:
        if (now or 0) != _known:
            read = version()
            _load()
            _known = read


def _load() -> None:
    rows = {row.name: row for row in CustomModule.objects.order_by("id")}
    known = rows.keys() | (names() - _made)
    made = {name: row for name, row in rows.items() if known.issuperset(row.links)}
    for name in _made - made.keys():
        withdraw(get(name))
        _made.discard(name)
        _seen.pop(name, None)
    fields: dict[str, list[CustomField]] = defaultdict(list)
    for field in CustomField.objects.order_by("id"):
        if not field.to or field.to in known:
            fields[field.module].append(field)
    layouts: dict[str, list[Layout]] = defaultdict(list)
    for layout in Layout.objects.exclude(content={}).order_by("id"):
        layouts[layout.module].append(layout)
    leaving = dict(Reindex.objects.values_list("module", "leaving"))
    for name, row in made.items():
        if name not in _made:
            register(spec_of(row, []))
            _made.add(name)
    pointing = _pointing(made, fields)
    for name in {*_code, *made, *fields, *pointing, *layouts, *leaving}:
        if name not in names():
            continue  # a module that is hidden, or what is of one
        row, own, arranged = made.get(name), fields.get(name, []), layouts.get(name, [])
        of = (
            row and row.version,
            [(field.pk, field.version) for field in own],
            pointing.get(name, []),
            [(layout.pk, layout.version) for layout in arranged],
            leaving.get(name, []),
        )
        if _seen.get(name) != of:
            module = get(name)
            for field in own:
                attach(module.model, field)
            changed = spec_of(row, own) if row else _with(module, own, pointing.get(name, []))
            arrange(changed, arranged)
            changed.leaving = leaving.get(name, [])
            _become(module, changed)
            for field in own:
                begin(module.field(field.name), field)
            _seen[name] = of


def _pointing(made: Mapping[str, CustomModule], fields: Mapping[str, Sequence[CustomField]]) -> dict[str, list[str]]:
    """{module: the `module.link` that administrators let lead there}."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in made.values():
        for end, to in zip(ENDS, row.links, strict=False):
            found[to].append(f"{row.name}.{end}")
    for module, own in fields.items():
        for field in own:
            if field.to:
                found[field.to].append(f"{module}.{field.name}")
    return found


def attach(model: type[models.Model], row: CustomField) -> None:
    """Add the column to the model, once."""
    if not any(column.name == row.name for column in model._meta.local_fields):
        column_of(row).contribute_to_class(model, row.name)
        forget_cached(model)


def forget_cached(model: type[models.Model]) -> None:
    """What Django has worked out of the model's columns, also what it does not forget by itself."""
    model._meta._expire_cache()  # type: ignore[attr-defined]
    vars(model._meta).pop("db_returning_fields", None)


def _become(module: Module, made: Module) -> None:
    """Make the module what the other one is, in one step for all who look at it."""
    for f in made.fields:
        f.module = module
    module.__dict__ = made.__dict__


def _with(module: Module, own: list[CustomField], pointing: list[str]) -> Module:
    """The module as the code says it, with these fields and related lists besides."""
    code = _code.setdefault(module.name, dict(module.__dict__))
    given = {f.name: code[f.name] for f in dataclasses.fields(module) if f.init}
    given["fields"] = (*code["fields"], *(field_of(row) for row in own))
    given["views"] = [_view(view, own, pointing) for view in code["views"]]
    given["facts"] = () if all(fact.derived for fact in code["facts"]) else code["facts"]
    return Module(**given)


def _view(view: Any, own: list[CustomField], pointing: list[str]) -> Any:
    if not isinstance(view, Detail):
        return view
    more = [Section(MORE, [row.name for row in own])] if own else []
    related = None if view.related is None else [*view.related, *pointing]
    return dataclasses.replace(view, sections=[*view.sections, *more], related=related)
