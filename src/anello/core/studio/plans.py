"""What is worked out in this process: formulas and roll-ups of all modules, each after what it uses."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import structlog

from anello.core.modules import Field, Link, get
from anello.core.modules.registry import names
from anello.core.studio import shape
from anello.core.studio.formula_kinds import FormulaError
from anello.core.studio.formulas import Formula, read
from anello.core.studio.kinds import COMPUTED
from anello.core.studio.models import CustomField
from anello.kit.text import L

log = structlog.get_logger(__name__)
Place = tuple[str, str]
"""(module, field)"""


@dataclass(frozen=True)
class Rollup:
    """`function` of the field `of` over the records of `child` whose `link` leads to a record."""

    name: str
    child: str
    link: str
    function: str
    of: str
    kind: str
    filter: Mapping[str, Any]
    moves: frozenset[str]
    """The fields of the child on which it depends."""


@dataclass(frozen=True)
class Follower:
    """Formulas of `module` use, across `link`, these fields of another module."""

    module: str
    link: str
    names: frozenset[str]


@dataclass(frozen=True)
class Guard:
    """What the value of a field has to do with those of others of its record."""

    name: str
    show: Formula | None
    need: Formula | None
    required: bool
    """Where it is shown."""
    by: str
    when: Mapping[str, Sequence[str]]
    """{value: the values of the choice `by` with which it goes}."""
    retired: frozenset[str]

    @property
    def uses(self) -> set[str]:
        paths = {path for condition in (self.show, self.need) if condition for path in condition.paths}
        return paths | ({self.by} if self.by else set())


@dataclass
class Plan:
    """`formulas` and `rollups` by the module that has them, `followers` by the module on whose fields they depend."""

    formulas: dict[str, dict[str, Formula]] = field(default_factory=dict)
    rollups: dict[str, list[Rollup]] = field(default_factory=dict)
    followers: dict[str, list[Follower]] = field(default_factory=dict)
    parents: dict[str, list[tuple[str, Rollup]]] = field(default_factory=dict)
    """(the module that has the roll-up, the roll-up) by the module over which it goes."""
    numbers: dict[str, list[CustomField]] = field(default_factory=dict)
    """Auto-number fields by their module."""
    guards: dict[str, list[Guard]] = field(default_factory=dict)
    leading: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """(module, link, what becomes of its records) by the module to which it leads."""


def plan() -> Plan:
    """The plan of the shape that this process has."""
    return _plan(shape.known())


def forget() -> None:
    _plan.cache_clear()


@lru_cache(maxsize=2)
def _plan(version: int) -> Plan:
    made = Plan()
    if not version:
        return made
    rows = {
        (row.module, row.name): row
        for row in CustomField.objects.order_by("id")
        if row.module in names() and get(row.module).has(row.name)
    }
    for row in rows.values():
        if row.kind == "autonumber":
            made.numbers.setdefault(row.module, []).append(row)
        elif row.kind not in COMPUTED:
            _guard(made, row)
        if row.on_delete in ("refuse", "empty"):
            made.leading.setdefault(row.to, []).append((row.module, row.name, row.on_delete))
    for place in order(row for row in rows.values() if row.kind in COMPUTED):
        row = rows.get(place)
        if row is None or row.kind not in COMPUTED:
            continue
        if row.kind == "rollup":
            _roll(made, row)
            continue
        try:
            made.formulas.setdefault(row.module, {})[row.name] = read(get(row.module), row.formula)
        except FormulaError as error:
            # What it used is gone with a newer version of the product: its values stay as they are.
            log.warning("formula_broken", module=row.module, field=row.name, error=str(error))
    for name, formulas in made.formulas.items():
        across: dict[str, set[str]] = {}
        for formula in formulas.values():
            for path in formula.paths:
                link, dot, far = path.partition(".")
                if dot:
                    across.setdefault(link, set()).add(far)
        for link, fields in across.items():
            to = target(get(name).field(link))
            made.followers.setdefault(to, []).append(Follower(name, link, frozenset(fields)))
    return made


def _guard(made: Plan, row: CustomField) -> None:
    retired = frozenset(option["value"] for option in row.options if option["retired"])
    if not (row.show_if or row.require_if or row.depends_on or retired):
        return
    module = get(row.module)
    try:
        show, need = (read(module, text, condition=True) if text else None for text in (row.show_if, row.require_if))
    except FormulaError as error:
        log.warning("condition_broken", module=row.module, field=row.name, error=str(error))
        return
    by = row.depends_on if module.has(row.depends_on) else ""
    when = {option["value"]: option["when"] for option in row.options if option["when"]} if by else {}
    guard = Guard(row.name, show, need, row.required and bool(show), by, when, retired)
    made.guards.setdefault(row.module, []).append(guard)


def _roll(made: Plan, row: CustomField) -> None:
    child, _, link = row.source.partition(".")
    if child not in names() or not get(child).has(link):
        return
    moves = {name for module, name in places(row) if module == child} | {link}
    if get(child).has("currency"):
        moves.add("currency")
    one = Rollup(row.name, child, link, row.function, row.of, row.result, row.filter, frozenset(moves))
    made.rollups.setdefault(row.module, []).append(one)
    made.parents.setdefault(child, []).append((row.module, one))


def target(f: Field) -> str:
    assert isinstance(f, Link)
    return f.to


def places(row: CustomField) -> Iterator[Place]:
    """The fields that the row's field uses."""
    for use in row.uses:
        module, _, name = use.partition(".")
        yield module, name


def order(rows: Iterable[CustomField]) -> list[Place]:
    """What is worked out, each after what it uses; FormulaCycle when one would wait for itself."""
    graph = {(row.module, row.name): set(places(row)) for row in rows}
    try:
        return list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise FormulaCycle([f"{module}.{name}" for module, name in reversed(error.args[1])]) from error


class FormulaCycle(ValueError):
    """A field that would be worked out of itself."""

    def __init__(self, cycle: list[str]) -> None:
        way = " → ".join(cycle)
        self.words = L(f"I calcoli girano in tondo: {way}.", f"The calculations go in a circle: {way}.")
        super().__init__(str(self.words))


def following(rows: Sequence[CustomField]) -> list[str]:
    """The modules in which something follows from these fields, themselves included, in the order to work them out.

    A module comes again for what it works out of other records of its own that were worked out before.
    """
    known = {(row.module, row.name): row for row in CustomField.objects.filter(kind__in=COMPUTED)}
    known |= {(row.module, row.name): row for row in rows}
    concerned = {(row.module, row.name) for row in rows}
    modules: list[str] = []
    lately: set[Place] = set()
    for place in order(known.values()):
        row = known.get(place)
        if row is None or not (place in concerned or set(places(row)) & concerned):
            continue
        concerned.add(place)
        if modules[-1:] != [place[0]] or _elsewhere(row, lately):
            modules.append(place[0])
            lately = set()
        lately.add(place)
    return modules


def _elsewhere(row: CustomField, fields: set[Place]) -> bool:
    """Whether the field is worked out of one of these fields of other records."""
    used = [name for module, name in places(row) if (module, name) in fields]
    return (row.kind == "rollup" and bool(used)) or any(re.search(rf"\.\s*{name}\b", row.formula) for name in used)


def users_of(module: str, name: str) -> list[CustomField]:
    """The fields that are worked out of this one."""
    use = f"{module}.{name}"
    return [row for row in CustomField.objects.filter(uses__contains=[use]).order_by("id") if row.uses]
