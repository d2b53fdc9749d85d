"""Filters as people read and change them: a row of chips, each a condition or a few alternatives.

The screen edits two levels: conditions joined by one word (all or any), where a condition may have alternatives joined
by the other word. Deeper filters (from the API) are shown and can be removed. `at` names a place: `2`, `2.0`, `new`,
`2.new`.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anello.core.actions import Invalid
from anello.core.modules import (
    Boolean,
    Choice,
    Decimal,
    Field,
    Integer,
    Link,
    Module,
    MultiChoice,
    Ref,
    Tags,
    get,
    incoming,
)  # fmt: skip
from anello.core.policies import Actor, can, field_access
from anello.core.search.filters import OPERATORS
from anello.core.search.records import titles_of
from anello.core.ui import formats, values
from anello.kit.numbers import whole
from anello.kit.text import L

OTHER = {"all": "any", "any": "all"}
WITHOUT_VALUE = ("empty", "not_empty", "has", "has_no")
RELATION_OPERATORS = ("has", "has_no")
PERIODS: dict[str, L] = {
    "past": L("passato", "in the past"),
    "today": L("oggi", "today"),
    "yesterday": L("ieri", "yesterday"),
    "tomorrow": L("domani", "tomorrow"),
    "this_week": L("questa settimana", "this week"),
    "last_week": L("la settimana scorsa", "last week"),
    "next_week": L("la settimana prossima", "next week"),
    "this_month": L("questo mese", "this month"),
    "last_month": L("il mese scorso", "last month"),
    "next_month": L("il mese prossimo", "next month"),
    "this_quarter": L("questo trimestre", "this quarter"),
    "last_quarter": L("il trimestre scorso", "last quarter"),
    "next_quarter": L("il prossimo trimestre", "next quarter"),
    "this_year": L("quest'anno", "this year"),
    "last_year": L("l'anno scorso", "last year"),
    "last_7_days": L("ultimi 7 giorni", "last 7 days"),
    "last_30_days": L("ultimi 30 giorni", "last 30 days"),
    "last_90_days": L("ultimi 90 giorni", "last 90 days"),
    "last_365_days": L("ultimi 365 giorni", "last 365 days"),
    "next_7_days": L("prossimi 7 giorni", "next 7 days"),
    "next_30_days": L("prossimi 30 giorni", "next 30 days"),
    "next_90_days": L("prossimi 90 giorni", "next 90 days"),
}
_DATE_WORDS = {
    "lt": L("prima del", "before"),
    "lte": L("entro il", "on or before"),
    "gt": L("dopo il", "after"),
    "gte": L("dal", "from"),
    "period": L("è", "is"),
}
_NUMBER_WORDS = {"lt": L("meno di", "less than"), "gt": L("più di", "more than")}
ME = L("io", "me")
OR, AND = L("o", "or"), L("e", "and")


@dataclass(frozen=True)
class Subject:
    """What a condition is about: a field, perhaps of a linked record (`field` is None: the related records as such)."""

    path: str
    label: str
    field: Field | None

    @property
    def operators(self) -> dict[str, str]:
        if self.field is None:
            return {op: str(OPERATORS[op]) for op in RELATION_OPERATORS}
        usable = [op for op in self.field.operators if not (isinstance(self.field, Ref) and op == "is")]
        return {op: str(word(self.field, op)) for op in usable}


def word(f: Field, op: str) -> L | str:
    """The operator as it reads after that kind of field."""
    if f.kind in ("date", "datetime") and op in _DATE_WORDS:
        return _DATE_WORDS[op]
    if f.align == "end" and op in _NUMBER_WORDS:
        return _NUMBER_WORDS[op]
    return OPERATORS.get(op, op)


def subjects(actor: Actor, module: Module) -> list[Subject]:
    """Everything one can filter by: own fields, fields of linked records, related records and their fields."""
    own = [f for f in module.fields if f.operators and field_access(actor, module)[f.name] != "hidden"]
    found = [Subject(f.name, str(f.label), f) for f in own]
    for link in own:
        if isinstance(link, Link) and can(actor, link.to):
            found += _fields_of(actor, get(link.to), f"{link.name}.", str(link.label))
    seen = list(incoming(module))
    for child, link in seen:
        if not can(actor, child) or field_access(actor, child)[link.name] == "hidden":
            continue
        several = sum(other is child for other, _ in seen) > 1
        label = f"{child.plural} ({link.label})" if several else str(child.plural)
        found.append(Subject(f"{child.name}:{link.name}", label, None))
        found += _fields_of(actor, child, f"{child.name}:{link.name}.", label)
    return found


def _fields_of(actor: Actor, module: Module, prefix: str, label: str) -> list[Subject]:
    access = field_access(actor, module)
    return [
        Subject(f"{prefix}{f.name}", f"{label} · {f.label}", f)
        for f in module.fields
        if f.operators and access[f.name] != "hidden"
    ]


@dataclass(frozen=True)
class Part:
    """One condition in words; `editable` where the builder can show it."""

    at: str
    subject: str
    operator: str
    value: str
    editable: bool = True


@dataclass(frozen=True)
class Chip:
    """A condition, or alternatives joined by `joint`."""

    at: str
    parts: list[Part]
    joint: str


def normal(tree: Any) -> tuple[str, list[Any]]:
    """The joining word and the items of the first level."""
    if not isinstance(tree, Mapping) or not tree:
        return "all", []
    for joint in ("all", "any"):
        if joint in tree:
            return joint, list(tree[joint]) if isinstance(tree[joint], list) else []
    return "all", [dict(tree)]


def chips(actor: Actor, module: Module, tree: Any) -> tuple[str, list[Chip]]:
    """The filter as chips; titles of linked records cost one statement per module linked to."""
    joint, items = normal(tree)
    known = {s.path: s for s in subjects(actor, module)} if items else {}
    titles = _titles(actor, known, items)
    found = []
    for i, item in enumerate(items):
        inner, leaves = normal(item)
        flat = bool(leaves) and all(isinstance(leaf, Mapping) and "field" in leaf for leaf in leaves)
        if not flat:
            found.append(
                Chip(str(i), [Part(str(i), str(L("Condizione composta", "Nested condition")), "", "", False)], "")
            )
            continue
        several = len(leaves) > 1
        parts = [_part(known, f"{i}.{j}" if several else str(i), leaf, titles) for j, leaf in enumerate(leaves)]
        found.append(Chip(str(i), parts, str(AND if inner == "all" else OR)))
    return joint, found


def _part(known: Mapping[str, Subject], at: str, leaf: Mapping[str, Any], titles: values.Titles) -> Part:
    path, op = str(leaf.get("field")), str(leaf.get("op", "is"))
    subject = known.get(path)
    if subject is None:
        return Part(at, path, op, "", False)
    operator = OPERATORS.get(op, op) if subject.field is None else word(subject.field, op)
    said = "" if op in WITHOUT_VALUE or subject.field is None else _words(subject.field, op, leaf.get("value"), titles)
    return Part(at, subject.label, str(operator), said, subject.field is None or op in subject.operators)


def _words(f: Field, op: str, value: Any, titles: values.Titles) -> str:
    if op == "period":
        return str(PERIODS.get(str(value), value))
    many = value if isinstance(value, list) else [value]
    joint = f" {AND} " if op == "between" else ", "
    return joint.join(_one(f, v, titles) for v in many)


def _one(f: Field, value: Any, titles: values.Titles) -> str:
    if value == "me" and isinstance(f, Link):
        return str(ME)
    if isinstance(f, MultiChoice):
        return str(value) if isinstance(f, Tags) else Choice.display(f, value)
    try:
        if f.kind in ("date", "datetime"):
            return values.plain(f, dt.datetime.fromisoformat(str(value)).date(), titles) if value else ""
        if isinstance(f, Integer | Decimal) and isinstance(value, str):
            value = decimal.Decimal(value)
        if isinstance(f, Link):
            value = int(value)
        return values.plain(f, value, titles)
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        # A value of the wrong type is shown as it stands; the list says what is wrong with it.
        return str(value)


def _titles(actor: Actor, known: Mapping[str, Subject], items: list[Any]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for item in items:
        for leaf in normal(item)[1]:
            subject = known.get(str(leaf.get("field"))) if isinstance(leaf, Mapping) else None
            if subject is None or not isinstance(subject.field, Link):
                continue
            value = leaf.get("value")
            for one in value if isinstance(value, list) else [value]:
                if (pk := whole(one)) is not None:
                    wanted.setdefault(subject.field.to, set()).add(pk)
    found: dict[tuple[str, int], str] = {}
    for to, ids in wanted.items():
        found |= titles_of(actor, get(to), ids)
    return found


def leaf_at(tree: Any, at: str) -> dict[str, Any]:
    """The condition at a place; empty for a new one or a place that is not there."""
    _, items = normal(tree)
    first, _, second = at.partition(".")
    i = whole(first, len(items) - 1)
    if i is None:
        return {}
    leaves = normal(items[i])[1]
    j = whole(second or "0", len(leaves) - 1)
    found = leaves[j] if j is not None else None
    return dict(found) if isinstance(found, dict) else {}


def put(tree: Any, at: str, leaf: Mapping[str, Any]) -> dict[str, Any]:
    """The filter with a condition put at a place."""
    joint, items = normal(tree)
    first, _, second = at.partition(".")
    i = whole(first, len(items) - 1)
    if i is None:
        return {joint: [*items, dict(leaf)]}
    inner, leaves = normal(items[i])
    inner = OTHER[joint] if len(leaves) < 2 else inner
    if (j := whole(second, len(leaves) - 1)) is not None:
        leaves[j] = dict(leaf)
    elif second:
        leaves.append(dict(leaf))
    else:
        leaves = [dict(leaf)]
    items[i] = leaves[0] if len(leaves) == 1 else {inner: leaves}
    return {joint: items}


def without(tree: Any, at: str) -> dict[str, Any]:
    """The filter without what stands at a place."""
    joint, items = normal(tree)
    first, _, second = at.partition(".")
    i = whole(first, len(items) - 1)
    if i is None:
        return {joint: items}
    if second:
        inner, leaves = normal(items[i])
        gone = whole(second)
        leaves = [leaf for j, leaf in enumerate(leaves) if j != gone]
        items[i : i + 1] = [{inner: leaves}] if len(leaves) > 1 else leaves
    else:
        del items[i]
    return {joint: items}


def joined(tree: Any, joint: str) -> dict[str, Any]:
    """The filter with all or any of its conditions; alternatives take the other word."""
    _, items = normal(tree)
    flipped = []
    for item in items:
        leaves = normal(item)[1]
        flipped.append({OTHER[joint]: leaves} if len(leaves) > 1 else item)
    return {joint: flipped}


def from_form(subject: Subject, op: str, form: Any) -> dict[str, Any]:
    """The condition a builder's form describes, numbers as they were typed (`understood`)."""
    leaf: dict[str, Any] = {"field": subject.path, "op": op}
    if op in WITHOUT_VALUE or subject.field is None:
        return leaf
    f = subject.field
    if op == "between":
        leaf["value"] = [form.get("low", ""), form.get("high", "")]
    elif op in ("in", "not_in"):
        given = [v for v in form.getlist("value") if v]
        leaf["value"] = [f.parse(v) if isinstance(f, Link) else v for v in given]
    elif isinstance(f, Boolean):
        leaf["value"] = form.get("value") == "true"
    else:
        leaf["value"] = form.get("value", "").strip()
    return leaf


def understood(subject: Subject, leaf: dict[str, Any]) -> dict[str, Any]:
    """The condition with the numbers that the reader typed as filters take them; Invalid when they are none."""
    f = subject.field
    if not isinstance(f, Integer | Decimal) or "value" not in leaf:
        return leaf
    many = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
    try:
        read = [f.json(f.parse(text, formats.locale())) for text in many]
    except ValueError as error:
        raise Invalid({"filter": [f"{f.label}: {error}"]}) from error
    return {**leaf, "value": read if isinstance(leaf["value"], list) else read[0]}


def as_typed(f: Field, value: Any) -> Any:
    """A value of a stored condition as the reader would type it."""
    if value in (None, "") or not isinstance(f, Integer | Decimal):
        return "" if value is None else value
    try:
        return f.edit_text(decimal.Decimal(str(value)), formats.locale())
    except ArithmeticError:
        return value
