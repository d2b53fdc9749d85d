"""The shape of the modules in this process: what the code says, and what administrators added since.

Every request, job and batch of events asks which version there is and calls `follow`; when it is another one than this
process knows, the modules that changed are made anew. A module keeps its identity: whoever holds it sees its new fields
with the next question. Columns come into the models, and go from them when they are purged, while rows are on their way
into objects: these are read by name (`Record.from_db`).
"""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.apps import apps as living
from django.apps.registry import Apps
from django.db import models
from django.db.models import Subquery

from anello.core.modules import Detail, Field, Module, Section, all_modules, get, register
from anello.core.modules.registry import names, withdraw
from anello.core.studio.kinds import begin, column_of, field_of
from anello.core.studio.layouts import arrange
from anello.core.studio.made import ENDS, along, forget_model, made_models, spec_of
from anello.core.studio.models import CustomField, CustomModule, Layout, Reindex, Retouch, Shape
from anello.core.studio.naming import PREFIX
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


def is_own(name: str) -> bool:
    """Whether an administrator made the module of that name."""
    return name in _made


def as_it_came(module: Module) -> Mapping[str, Any]:
    """What the code says of a module: its `names`, `plural`, `fields`…"""
    return _code.get(module.name, module.__dict__)


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


@dataclasses.dataclass(frozen=True)
class Said:
    """What administrators say by now, as far as it leads to something: by the name of the module.

    `pointing` are the `module.link` that they let lead there; `leaving` what `Module.leaving` says.
    """

    modules: Mapping[str, CustomModule]
    fields: Mapping[str, Sequence[CustomField]]
    pointing: Mapping[str, Sequence[str]]
    retouches: Mapping[str, Sequence[Retouch]]
    layouts: Mapping[str, Sequence[Layout]]
    leaving: Mapping[str, Sequence[str]]

    def names(self) -> set[str]:
        """The modules of which something is said."""
        return {*self.modules, *self.fields, *self.pointing, *self.retouches, *self.layouts, *self.leaving}

    def of(self, name: str) -> Any:
        """All that is said of one module: the same again as long as nothing changes, None for nothing at all."""
        row = self.modules.get(name)
        rows = (self.fields.get(name, ()), self.retouches.get(name, ()), self.layouts.get(name, ()))
        versions = [(kind, one.pk, one.version) for kind, some in enumerate(rows) for one in some]
        found = (row and row.version, versions, self.pointing.get(name, ()), self.leaving.get(name, ()))
        return found if any(found) else None

    def module(
        self,
        name: str,
        code: Mapping[str, Any],
        apps: Apps = living,
        field_of: Callable[[CustomField], Field] = field_of,
    ) -> Module:
        """The module that follows from it, and from what the code says (nothing of one that an administrator made)."""
        row, own = self.modules.get(name), self.fields.get(name, ())
        if row is not None:
            made = spec_of(row, own, apps, field_of)
        else:
            made = _with(code, own, [field_of(field) for field in own], self.pointing.get(name, ()))
        made = _retouched(made, self.retouches.get(name, ()))
        arrange(made, self.layouts.get(name, ()))
        made.leaving = self.leaving.get(name, [])
        return made


def said() -> Said:
    """Read in the transaction that runs."""
    rows = {row.name: row for row in CustomModule.objects.order_by("id")}
    known = rows.keys() | (names() - _made)
    made = {name: row for name, row in rows.items() if known.issuperset(row.links)}
    fields: dict[str, list[CustomField]] = defaultdict(list)
    pointing: dict[str, list[str]] = defaultdict(list)
    for row in made.values():
        for end, to in zip(ENDS, row.links, strict=False):
            pointing[to].append(f"{row.name}.{end}")
    for field in CustomField.objects.order_by("id"):
        if not field.to or field.to in known:
            fields[field.module].append(field)
        if field.to in known:
            pointing[field.to].append(f"{field.module}.{field.name}")
    retouches: dict[str, list[Retouch]] = defaultdict(list)
    for retouch in Retouch.objects.order_by("id"):
        retouches[retouch.module].append(retouch)
    layouts: dict[str, list[Layout]] = defaultdict(list)
    for layout in Layout.objects.exclude(content={}).order_by("id"):
        layouts[layout.module].append(layout)
    leaving = dict(Reindex.objects.values_list("module", "leaving"))
    return Said(made, fields, pointing, retouches, layouts, leaving)


def is_as(name: str, now: Said) -> bool:
    """Whether this process has the module as it is said now."""
    return _seen.get(name) == now.of(name)


def code_of(name: str) -> Mapping[str, Any]:
    """What the code says of a module that this process has."""
    return _code.get(name) or get(name).__dict__


def _load() -> None:
    _shed()
    now = said()
    for name in _made - now.modules.keys():
        withdraw(get(name))
        _made.discard(name)
        _seen.pop(name, None)
    for name, row in now.modules.items():
        if name not in _made:
            register(spec_of(row, []))
            _made.add(name)
    for name in {*_code, *now.names()} & names():  # not what is said of a module that is hidden
        if is_as(name, now):
            continue
        module = get(name)
        for field in now.fields.get(name, ()):
            attach(module.model, field)
        if name not in _made:
            _code.setdefault(name, dict(module.__dict__))
        _become(module, now.module(name, code_of(name)))
        for field in now.fields.get(name, ()):
            begin(module.field(field.name), field)
        _seen[name] = now.of(name)


def attach(model: type[models.Model], row: CustomField) -> None:
    """Add the column to the model, once."""
    if not any(column.name == row.name for column in model._meta.local_fields):
        column_of(row).contribute_to_class(model, row.name)
        forget_cached(model)


def _shed() -> None:
    """Take from the models what administrators purged: its column or table may be gone soon, or long since."""
    kept = set(CustomField.everything.filter(purged_at=None).values_list("module", "name"))
    tables = set(CustomModule.everything.filter(purged_at=None).values_list("name", flat=True))
    made = {model._meta.db_table: model for model in made_models()}
    for table in made.keys() - tables:
        forget_model(made.pop(table))
    for name, model in [*made.items(), *((name, get(name).model) for name in _code)]:
        for column in [c for c in model._meta.local_fields if c.name.startswith(PREFIX)]:
            if (name, column.name) not in kept:
                detach(model, column)


def detach(model: type[models.Model], column: models.Field[Any, Any]) -> None:
    """Take the column from the model; records that have its value already keep it."""
    model._meta.local_fields = [c for c in model._meta.local_fields if c is not column]  # type: ignore[assignment]
    for attribute in {column.attname, column.name}:
        delattr(model, attribute)
    forget_cached(model)
    living.clear_cache()


def forget_cached(model: type[models.Model]) -> None:
    """What Django has worked out of the model's columns, also what it does not forget by itself."""
    model._meta._expire_cache()  # type: ignore[attr-defined]
    vars(model._meta).pop("db_returning_fields", None)


def _become(module: Module, made: Module) -> None:
    """Make the module what the other one is, in one step for all who look at it."""
    for f in made.fields:
        f.module = module
    module.__dict__ = made.__dict__


def _with(
    code: Mapping[str, Any], rows: Sequence[CustomField], added: Sequence[Field], pointing: Sequence[str]
) -> Module:
    """The module as the code says it, with the fields of these rows and related lists besides."""
    given = {f.name: code[f.name] for f in dataclasses.fields(Module) if f.init}
    given["fields"] = (*code["fields"], *added)
    given["along"] = (*code["along"], *along(rows))
    given["views"] = [_view(view, added, pointing) for view in code["views"]]
    given["facts"] = () if all(fact.derived for fact in code["facts"]) else code["facts"]
    return Module(**given)


def _retouched(made: Module, retouches: Sequence[Retouch]) -> Module:
    """The module as its administrators call it, without the fields that they do without."""
    if not retouches:
        return made
    by = {row.field: row for row in retouches}
    given = {f.name: getattr(made, f.name) for f in dataclasses.fields(made) if f.init}
    given["fields"] = [_retouched_field(f, by[f.name]) if f.name in by else f for f in made.fields]
    given["facts"] = () if all(fact.derived for fact in made.facts) else made.facts
    if whole := by.get(""):
        given["names"] = _called(made.names, whole.label_it, whole.label_en)
        given["plural"] = _called(made.plural, whole.plural_it, whole.plural_en)
    return Module(**given)


def _retouched_field(f: Field, row: Retouch) -> Field:
    return dataclasses.replace(f, label=_called(f.label, row.label_it, row.label_en), hidden=row.hidden)


def _called(label: L, it: str, en: str) -> L:
    return L(it or label.it, en or label.en)


def _view(view: Any, added: Sequence[Field], pointing: Sequence[str]) -> Any:
    if not isinstance(view, Detail):
        return view
    more = [Section(MORE, [f.name for f in added])] if added else []
    related = None if view.related is None else [*view.related, *pointing]
    return dataclasses.replace(view, sections=[*view.sections, *more], related=related)
