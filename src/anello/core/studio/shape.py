"""The shape of the modules in this process: what the code says, and what administrators added since.

Every request, job and batch of events asks which version there is and calls `follow`; when it is another one than this
process knows, the modules that changed are made anew. A module keeps its identity: whoever holds it sees its new fields
with the next question. Columns are added to the models and never taken away while the process lives: rows that are on
their way into objects are read by position.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

from django.db import models
from django.db.models import Subquery

from anello.core.modules import Detail, Field, Module, Section, all_modules, get
from anello.core.studio.kinds import column_of, field_of
from anello.core.studio.models import CustomField, Shape
from anello.kit.text import L

MORE = L("Altri dati", "More")
CLOSED = frozenset({"administration", "integrations"})
"""Areas whose modules are the product's own."""

_lock = threading.Lock()
_known = 0
_code: dict[str, dict[str, Any]] = {}
"""What the code says of the modules that were changed since."""
_seen: dict[str, tuple[Any, ...]] = {}


def current() -> Any:
    """The version as a subquery, for those who read something else anyway."""
    return Subquery(Shape.objects.values("version")[:1])


def version() -> int:
    return Shape.objects.values_list("version", flat=True).first() or 0


def known() -> int:
    """The version that this process has."""
    return _known


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
    added: dict[str, list[CustomField]] = {name: [] for name in _code}
    for row in CustomField.objects.order_by("id"):
        added.setdefault(row.module, []).append(row)
    for name, rows in added.items():
        signature = tuple((row.pk, row.version) for row in rows)
        if _seen.get(name, ()) != signature:
            module = get(name)
            for row in rows:
                attach(module.model, row)
            become(module, [field_of(row) for row in rows])
            _seen[name] = signature


def attach(model: type[models.Model], row: CustomField) -> None:
    """Add the column to the model, once."""
    if not any(column.name == row.name for column in model._meta.local_fields):
        column_of(row).contribute_to_class(model, row.name)
        forget_cached(model)


def forget_cached(model: type[models.Model]) -> None:
    """What Django has worked out of the model's columns, also what it does not forget by itself."""
    model._meta._expire_cache()  # type: ignore[attr-defined]
    vars(model._meta).pop("db_returning_fields", None)


def become(module: Module, added: list[Field]) -> None:
    """Make the module what the code says and these fields besides, in one step for all who look at it."""
    code = _code.setdefault(module.name, dict(module.__dict__))
    given = {f.name: code[f.name] for f in dataclasses.fields(module) if f.init}
    given["fields"] = (*code["fields"], *added)
    given["views"] = [_with(view, added) if isinstance(view, Detail) else view for view in code["views"]]
    given["facts"] = () if all(fact.derived for fact in code["facts"]) else code["facts"]
    made = Module(**given)
    for f in made.fields:
        f.module = module
    module.__dict__ = made.__dict__


def _with(view: Detail, added: list[Field]) -> Detail:
    if not added:
        return view
    return dataclasses.replace(view, sections=[*view.sections, Section(MORE, [f.name for f in added])])
