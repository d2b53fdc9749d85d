"""Modules that an administrator made: their tables as models, and their specs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps as living
from django.apps.registry import Apps
from django.db import models
from django.db.models import Q

from anello.core.modules import Detail, Field, L, Link, Listing, Module, Record, Section, Text, Timeline, get
from anello.core.studio.kinds import field_of
from anello.core.studio.models import CustomField, CustomModule

LABEL = CustomModule._meta.app_label
SHOWN = 5
"""So many fields are columns of the list at first."""
ENDS = ("first", "second")
"""The two links of a module that says what belongs together."""


def model_of(row: CustomModule, apps: Apps = living) -> type[Record]:
    """The model of its table. In other `apps` than the living ones it is nobody's but the caller's."""
    name = f"x{row.pk}"  # names of indexes begin with it, and are short
    found: Any = apps.all_models[LABEL].get(name)
    if found is not None:
        return found
    constraints = []
    columns: dict[str, Any] = {"name": models.CharField(max_length=300)}
    if row.links:
        columns = {
            end: models.ForeignKey(get(to).model, on_delete=models.PROTECT, related_name="+")
            for end, to in zip(ENDS, row.links, strict=True)
        }
        constraints = [models.UniqueConstraint(fields=ENDS, name=f"{name}_pair", condition=Q(deleted_at=None))]
    options = {"app_label": LABEL, "db_table": row.name, "apps": apps, "constraints": constraints}
    meta = type("Meta", (Record.Meta,), options)
    return type(name.upper(), (Record,), {"__module__": __name__, "Meta": meta, **columns})


def made_models() -> list[type[Record]]:
    """The models that this process has of tables that administrators made."""
    return [model for name, model in living.all_models[LABEL].items() if re.fullmatch(r"x\d+", name)]  # type: ignore[misc]


def forget_model(model: type[models.Model]) -> None:
    """The table is gone, or will be."""
    del living.all_models[LABEL][str(model._meta.model_name)]
    living.clear_cache()


def is_apart(model: type[models.Model]) -> bool:
    """Whether it is the model of a table that may yet come to nothing, and has no rows."""
    return model._meta.apps is not living


def apart() -> Apps:
    """A registry that knows all models and that nobody looks into: for tables that may yet come to nothing."""
    registry = Apps()
    registry.all_models = defaultdict(dict, {label: dict(found) for label, found in living.all_models.items()})
    return registry


def spec_of(
    row: CustomModule,
    fields: Sequence[CustomField],
    apps: Apps = living,
    field_of: Callable[[CustomField], Field] = field_of,
) -> Module:
    """The Module; its model has the fields' columns already, or `field_of` makes fields that bring their own."""
    own: list[Field] = [Text("name", L("Nome", "Name"), required=True)]
    if row.links:
        own = [Link(end, get(to).names, to=to, required=True) for end, to in zip(ENDS, row.links, strict=True)]
    added = [field_of(field) for field in fields]
    first = [f.name for f in (*own, *added) if f.name != "name"]
    names = L(row.label_it, row.label_en)
    return Module(
        row.name,
        model_of(row, apps),
        names=names,
        plural=L(row.plural_it, row.plural_en),
        icon=row.icon,
        area=row.area,
        slug=row.name.replace("_", "-"),
        title=_pair if row.links else _name,
        fields=[*own, *added],
        search=[] if row.links else ["name", *(f.name for f in added if f.kind in ("text", "email", "phone"))],
        parents=ENDS if row.links else (),
        along=along(fields),
        listed=not row.links,
        timeline=_timeline(row, fields),
        views=[
            Listing(columns=["title", *first[:SHOWN], "owner", "updated_at"]),
            Detail(sections=[Section(names, [f.name for f in (*own, *added)]), Section(_WHO, ["owner", "team"])]),
        ],
    )


def along(fields: Sequence[CustomField]) -> list[str]:
    """The links with whose record theirs is deleted."""
    return [field.name for field in fields if field.on_delete == "along"]


def _timeline(row: CustomModule, fields: Sequence[CustomField]) -> Timeline | None:
    """Of the customer to which a record leads, by the first link of each kind."""
    links = dict(reversed([(field.to, field.name) for field in fields]))
    person, organisation = links.get("person"), links.get("organisation")
    return None if row.links or not (person or organisation) else Timeline(person=person, organisation=organisation)


_WHO = L("Di chi è", "Whose it is")


def _name(record: Any) -> str:
    return str(record.name)


def _pair(record: Any) -> str:
    return f"{record.first.title} – {record.second.title}"
