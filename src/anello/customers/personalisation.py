"""Texts that speak to one customer: `Dear {{ person.first_name|customer }}`.

The whole grammar: `{{ variable }}` or `{{ variable|what to write when it is empty }}`. There is nothing to call and
nothing to reach but the variables below, so whoever writes a text cannot make it read anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anello.core.modules import Field, Module, by_model, get
from anello.kit.errors import BadValue
from anello.kit.text import L

KINDS = frozenset({"text", "email", "phone", "choice", "date", "url"})
INTERNAL = frozenset({"external_id", "source", "source_detail", "campaign", "phase"})
"""What a customer is not told about themselves."""
OWNER = ("first_name", "last_name", "email", "phone", "job_title")
TITLE = "customer.title"
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class Variable:
    """A place of a text: the path of a value, and what stands there when there is none (None: there always is)."""

    path: str
    fallback: str | None = None


@dataclass(frozen=True)
class Pattern:
    """A text that was understood, cut into words and variables: made once, filled in for many."""

    parts: tuple[str | Variable, ...]

    def fill(self, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
        """The text for one customer; `escape` makes values safe where the text is HTML."""
        return "".join(
            part if isinstance(part, str) else escape(values.get(part.path) or part.fallback or "")
            for part in self.parts
        )

    @property
    def variables(self) -> Iterator[Variable]:
        return (part for part in self.parts if isinstance(part, Variable))


def parse(text: str, customers: Sequence[str] = ("person", "organisation"), given: Collection[str] = ()) -> Pattern:
    """Understand a text for customers of these modules; `given` names values that are always there besides theirs.

    Raises BadValue for an unknown variable, for one that can be empty and says nothing to write instead, and for
    braces that are not closed.
    """
    sure = _sure(customers) | set(given)
    known = variables().keys() | sure
    parts: list[str | Variable] = []
    for place, piece in enumerate(_HOLE.split(text)):
        if place % 2 == 0:
            if "{{" in piece:
                raise BadValue("braces", "Una coppia di graffe {{ non è chiusa.", "A pair of braces {{ is not closed.")
            parts += [piece] if piece else []
            continue
        path, bar, fallback = (part.strip() for part in piece.partition("|"))
        if path not in known:
            raise BadValue("unknown", f"Non esiste la variabile «{path}».", f"There is no variable “{path}”.")
        if not bar and path not in sure:
            raise BadValue(
                "fallback",
                f"«{path}» può mancare: scrivi che cosa mettere al suo posto, {{{{ {path}|… }}}}.",
                f"“{path}” can be missing: write what to put instead, {{{{ {path}|… }}}}.",
            )
        parts.append(Variable(path, fallback if bar else None))
    return Pattern(tuple(parts))


def variables() -> dict[str, L]:
    """{path: label} of everything a text may name; fields added to the modules follow by themselves."""
    found = {TITLE: L("Cliente", "Customer")}
    for name in ("person", "organisation"):
        found |= {f"{name}.{f.name}": _label(get(name), f) for f in _told(get(name))}
    owner = get("user")
    return found | {f"owner.{name}": L(f"Responsabile: {f.label.it}", f"Owner: {f.label.en}")
                    for name in OWNER for f in [owner.field(name)]}  # fmt: skip


def values(customer: Any) -> dict[str, str]:
    """What the variables say of a person or an organisation, in the current language."""
    is_person = by_model(type(customer)).name == "person"
    organisation = customer.organisation if is_person else customer
    found = {TITLE: customer.title}
    for name, record in (("person", customer if is_person else None), ("organisation", organisation)):
        if record is not None:
            found |= {f"{name}.{f.name}": f.display(f.get(record)) for f in _told(get(name))}
    if customer.owner is not None:
        found |= {f"owner.{name}": get("user").field(name).display(getattr(customer.owner, name)) for name in OWNER}
    return found


def _told(module: Module) -> list[Field]:
    return [f for f in module.inputs.values() if f.kind in KINDS and f.name not in INTERNAL]


def _sure(customers: Sequence[str]) -> set[str]:
    """Variables that every such customer has."""
    only = customers[0] if len(customers) == 1 else None
    required = {f"{only}.{f.name}" for f in _told(get(only)) if f.required} if only else set()
    return {TITLE} | required


def _label(module: Module, f: Field) -> L:
    return L(f"{module.names.it}: {f.label.it}", f"{module.names.en}: {f.label.en}")
