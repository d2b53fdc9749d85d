"""What can be asked of a module: measures and dimensions, from its facts and fields, as one reader sees them.

What facts name comes first, everything else is there too. A field that is hidden from the reader is not. Modules made
later are there by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from anello.core.actions import Invalid
from anello.core.modules import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Decimal,
    Fact,
    Field,
    Integer,
    Link,
    Module,
    Money,
    MultiChoice,
    Percent,
    Text,
    all_modules,
    get,
)
from anello.core.policies import Actor, can, field_access
from anello.core.search import compile_filter
from anello.intelligence.reports.definitions import Definition, joined
from anello.kit.text import L
from anello.warehouse.datasets import datasets

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: dict[str, L] = {
    "day": L("giorno", "day"),
    "week": L("settimana", "week"),
    "month": L("mese", "month"),
    "quarter": L("trimestre", "quarter"),
    "year": L("anno", "year"),
}
HOW: dict[str, L] = {
    "sum": L("somma", "sum"),
    "avg": L("media", "average"),
    "min": L("minimo", "lowest"),
    "max": L("massimo", "highest"),
    "distinct": L("quanti diversi", "how many different"),
}
_NO_MEASURE = frozenset({"id", "position", "version"})
_NO_DIMENSION = frozenset({"title", "id", "created_by", "updated_by"})
CURRENCY = "currency"


@dataclass(frozen=True)
class Measure:
    """A figure: `how` is `count` (then `field` is None) or a key of HOW."""

    key: str
    how: str
    field: Field | None = None

    @property
    def label(self) -> str:
        return str(L("Numero", "Number")) if self.field is None else f"{self.field.label} ({HOW[self.how]})"

    @property
    def money(self) -> bool:
        return isinstance(self.field, Money) and self.how != "distinct"

    @property
    def additive(self) -> bool:
        """Where there is nothing, it is zero."""
        return self.how in ("count", "sum", "distinct")

    @property
    def sums(self) -> bool:
        """Whether the figures of parts add up to that of the whole."""
        return self.how in ("count", "sum")


@dataclass(frozen=True)
class Dimension:
    """What figures are divided by; `link` is the field followed to reach `field`, `unit` how dates are gathered."""

    key: str
    field: Field
    link: Link | None = None
    unit: str = ""

    @property
    def path(self) -> str:
        return self.key.partition("@")[0]

    @property
    def label(self) -> str:
        own = f"{self.link.label} · {self.field.label}" if self.link else str(self.field.label)
        return f"{own} ({UNITS[self.unit]})" if self.unit else own


def countable(module: Module) -> bool:
    """Whether the warehouse holds the records of a module."""
    return module.is_record and module.model._meta.db_table in datasets()


def subjects(actor: Actor) -> list[Module]:
    """The modules whose records the reader may count."""
    found = [m for m in all_modules() if countable(m) and can(actor, m)]
    return sorted(found, key=lambda m: str(m.plural).casefold())


def semantics(actor: Actor, name: str) -> Semantics:
    """What the reader can ask of the module of that name; Invalid({"module": …}) where there is none for them."""
    module = next((m for m in all_modules() if m.name == name and countable(m)), None)
    if module is None or not can(actor, module):
        raise Invalid({"module": [L(f"Il modulo «{name}» non esiste.", f"There is no module “{name}”.")]})
    return Semantics(actor, module)


class Semantics:
    """The measures and dimensions of a module for one reader."""

    def __init__(self, actor: Actor, module: Module) -> None:
        self.actor, self.module = actor, module

    def _seen(self, module: Module) -> list[Field]:
        access = field_access(self.actor, module)
        return [f for f in module.fields if access[f.name] != "hidden"]

    @cached_property
    def facts(self) -> list[Fact]:
        """Those of which the reader sees everything they need."""
        seen = {f.name for f in self._seen(self.module)}
        return [fact for fact in self.module.facts if fact.at in seen and self._filterable(fact)]

    def _filterable(self, fact: Fact) -> bool:
        try:
            compile_filter(self.actor, self.module, fact.where)
        except Invalid:
            return False
        return True

    def begin(self, fact: Fact) -> Definition:
        """The report that a fact suggests: how many and how much, by month, this year."""
        column = self.module.field(fact.at).column
        happened = [{"field": fact.at, "op": "not_empty"}] if column.null else []
        ways = ("sum", "avg")
        much = [key for name in fact.measures for how in ways if (key := f"{how}:{name}") in self.measures]
        return Definition(
            module=self.module.name,
            metrics=[*much[:1], "count"],
            rows=[f"{fact.at}@month"],
            filter=joined(fact.where, *happened),
            by=fact.at,
            period="last_365_days",
        )

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """By key, in the order in which they are offered."""
        found = {"count": Measure("count", "count")}
        for f in self._seen(self.module):
            if isinstance(f, Integer | Decimal) and f.name not in _NO_MEASURE:
                if isinstance(f, Money) and self.currency is None and self._priced:
                    continue
                ways: tuple[str, ...] = ("avg", "min", "max")
                # Shares do not add up.
                ways = ways if isinstance(f, Percent) else ("sum", *ways)
            elif isinstance(f, Link) and self._followed(f):
                ways = ("distinct",)
            else:
                continue
            found |= {(key := f"{how}:{f.name}"): Measure(key, how, f) for how in ways}
        return _first(found, [name for fact in self.facts for name in fact.measures])

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """By key: own fields, then those of linked records."""
        found: dict[str, Dimension] = {}
        own = self._seen(self.module)
        for f in own:
            found |= _divided(f)
        for link in own:
            if isinstance(link, Link) and link.to not in ("user", "team") and self._followed(link):
                for f in self._seen(get(link.to)):
                    found |= _divided(f, link)
        seen = {key: d for key, d in found.items() if not isinstance(d.field, Link) or self._followed(d.field)}
        return _first(seen, [name for fact in self.facts for name in (fact.at, *fact.dims)])

    def _followed(self, link: Link) -> bool:
        return link.to in self._loaded and can(self.actor, link.to)

    @cached_property
    def _loaded(self) -> frozenset[str]:
        return frozenset(d.module.name for d in datasets().values() if d.module)

    @cached_property
    def times(self) -> Mapping[str, Field]:
        """The dates that a period can be about."""
        return {f.name: f for f in self._seen(self.module) if isinstance(f, Date | DateTime)}

    @cached_property
    def _priced(self) -> str:
        """The path of the currency of the module's amounts, whether or not the reader sees it; empty: always euro."""
        if self.module.has(CURRENCY):
            return CURRENCY
        links = [self.module.field(p) for p in self.module.parents]
        return next((f"{f.name}.{CURRENCY}" for f in links if isinstance(f, Link) and get(f.to).has(CURRENCY)), "")

    @cached_property
    def currency(self) -> Dimension | None:
        """What tells the currency of an amount: a field of the record, or of the one it belongs to."""
        return self.dimensions.get(self._priced)

    def measure(self, key: str) -> Measure:
        if key not in self.measures:
            raise _unknown("metrics", key)
        return self.measures[key]

    def dimension(self, key: str, place: str = "rows") -> Dimension:
        if key not in self.dimensions:
            raise _unknown(place, key)
        return self.dimensions[key]


def _first(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The same, with what these fields make at the front: what was declared says what matters."""
    places = {name: i for i, name in reversed([*enumerate(names)])}

    def place(key: str) -> tuple[bool, int]:
        name = key.partition(":")[2].partition("@")[0] if ":" in key else key.partition("@")[0]
        return (key != "count", places.get(name, len(places)))

    return {key: found[key] for key in sorted(found, key=place)}


def _divided(f: Field, link: Link | None = None) -> dict[str, Dimension]:
    """The dimensions that a field makes."""
    if f.name in _NO_DIMENSION:
        return {}
    path = f"{link.name}.{f.name}" if link else f.name
    if isinstance(f, Date | DateTime):
        return {(key := f"{path}@{unit}"): Dimension(key, f, link, unit) for unit in get_args(Unit)}
    followed = isinstance(f, Link) and link is None
    plain = (isinstance(f, Choice) and not isinstance(f, MultiChoice)) or isinstance(f, Boolean) or type(f) is Text
    return {path: Dimension(path, f, link)} if followed or plain else {}


def _unknown(place: str, key: str) -> Invalid:
    return Invalid({place: [L(f"«{key}» non esiste.", f"There is no “{key}”.")]})
