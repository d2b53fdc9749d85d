"""Why somebody may do something to a record, or why not: told by the code that decides (`access.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Value, When

from anello.core.modules import Field, Module, get
from anello.core.policies.access import (
    Actor,
    FieldRule,
    Grant,
    Ground,
    field_access,
    field_rules,
    grants,
    grounds,
    on_parent,
    withheld,
)
from anello.kit.text import L


@dataclass(frozen=True)
class Answer:
    """Whether the actor may do the verb to the record, and everything that decided it.

    `because` are the grounds that hold of the record, `otherwise` those that would allow it on other records; `grants`
    what each role gives on the module; `withheld` what keeps the actor from it whatever roles give; `above` the answers
    about what the record belongs to, where it follows that.
    """

    module: Module
    record: Any
    verb: str
    because: Sequence[Ground]
    otherwise: Sequence[Ground]
    grants: Sequence[Grant]
    withheld: L | None
    above: Sequence[Answer]

    @property
    def allowed(self) -> bool:
        return bool(self.because)


def explain(actor: Actor, module: Module, record: Any, verb: str = "view") -> Answer:
    """The answer that lists, screens and actions give about this record, with its reasons; one statement a level."""
    found = grounds(actor, module, verb)
    held = _holding(module, record, found)
    return Answer(
        module,
        record,
        verb,
        because=[ground for ground, holds in zip(found, held, strict=True) if holds],
        otherwise=[ground for ground, holds in zip(found, held, strict=True) if not holds],
        grants=[] if module.parents else grants(actor, module, verb),
        withheld=withheld(actor, module, verb),
        above=[explain(actor, *parent, on_parent(verb)) for parent in _parents(module, record)],
    )


def _holding(module: Module, record: Any, found: Sequence[Ground]) -> list[bool]:
    """Which of the grounds hold of the record."""
    if not found:
        return []
    asked = {f"ground_{place}": _case(ground) for place, ground in enumerate(found)}
    row = module.model._default_manager.filter(pk=record.pk).annotate(**asked).values_list(*asked).first()
    return list(row) if row is not None else [False] * len(found)


def _case(ground: Ground) -> Any:
    if not ground.allowed:
        return Value(True, output_field=BooleanField())
    return Case(When(ground.allowed, then=Value(True)), default=Value(False), output_field=BooleanField())


def _parents(module: Module, record: Any) -> list[tuple[Module, Any]]:
    linked = ((module.field(name), getattr(record, name)) for name in module.parents)
    return [(get(link.to), parent) for link, parent in linked if parent is not None]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Restriction:
    """A field that the actor may not change, or not even see, and what each role says of it."""

    field: Field
    level: str
    rules: Sequence[FieldRule]


def restrictions(actor: Actor, module: Module) -> list[Restriction]:
    """The fields that are hidden from the actor or only read, those that nobody sets by hand aside."""
    access = field_access(actor, module)
    return [
        Restriction(f, access[f.name], field_rules(actor, module, f.name))
        for f in module.fields
        if access[f.name] == "hidden" or (access[f.name] == "read" and not f.readonly)
    ]
