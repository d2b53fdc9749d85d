"""What formulas can do with values: arithmetic, comparison and the functions, each checked by the kinds it is given.

An empty number or date makes what is worked out of it empty, unless a function says otherwise.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from anello.core.studio.formula_kinds import NUMBERS, Node, Run, require
from anello.kit.text import normalise

MANY = 99
_CALCULATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "//": operator.floordiv,
    "**": operator.pow,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def arithmetic(sign: str, left: Node, right: Node) -> Node | None:
    """`left sign right`; None when their kinds do not go together."""
    kinds = (left.kind, right.kind)
    if sign == "+" and "text" in kinds:
        return _joined([left, right])
    if kinds == ("date", "date"):
        return Node("number", _both(left, right, lambda a, b: Decimal((a - b).days)), 0) if sign == "-" else None
    if kinds == ("date", "number") and sign in "+-":
        step = 1 if sign == "+" else -1
        return Node("date", _both(left, right, lambda a, b: _later(a, step * b)), 0)
    if kinds == ("number", "date") and sign == "+":
        return Node("date", _both(left, right, lambda a, b: _later(b, a)), 0)
    kind = _result(sign, left, right)
    if kind is None:
        return None
    calculate = _CALCULATIONS[sign]
    return Node(kind, _both(left, right, lambda a, b: _finite(calculate(a, b))), 0, left.literal and right.literal)


def _result(sign: str, left: Node, right: Node) -> str | None:
    """The kind of a calculation with numbers, amounts and percentages."""
    one, other = left.kind, right.kind
    if one not in NUMBERS or other not in NUMBERS:
        return None
    if sign in "+-":
        if {one, other} == {"money", "percent"}:
            return None
        if one == other:
            return one
        return "money" if "money" in (one, other) else "number"
    if sign == "*":
        if one == other == "money":
            return None
        if "money" in (one, other):
            return "money"
        return "percent" if one == other == "percent" else "number"
    if sign == "/":
        if other == "money":
            return "number" if one == "money" else None
        return one if one != "percent" or other == "number" else "number"
    return "number" if one == other == "number" else None


def compared(sign: str, left: Node, right: Node) -> Node | None:
    """`left sign right`: nothing equals nothing, and is neither more nor less than anything."""
    kinds = {left.kind, right.kind}
    alike = len(kinds) == 1 or "empty" in kinds or kinds in ({"number", "money"}, {"number", "percent"})
    if not alike or "list" in kinds:
        return None
    one, other = left.run, right.run
    if sign in ("==", "!="):
        equal = sign == "=="
        return (
            Node("boolean", lambda row: ((one(row) or None) == (other(row) or None)) is equal, 0)
            if (kinds <= {"text", "empty"})
            else Node("boolean", lambda row: (one(row) == other(row)) is equal, 0)
        )
    if kinds & {"boolean", "link", "empty"}:
        return None
    compare = _COMPARISONS[sign]

    def run(row: Any) -> bool:
        a, b = one(row), other(row)
        return a is not None and b is not None and compare(a, b)

    return Node("boolean", run, 0)


def _both(left: Node, right: Node, calculate: Callable[[Any, Any], Any]) -> Run:
    one, other = left.run, right.run

    def run(row: Any) -> Any:
        a = one(row)
        if a is None:
            return None
        b = other(row)
        return None if b is None else calculate(a, b)

    return run


def _finite(number: Decimal) -> Decimal | None:
    return number if number.is_finite() else None


def _later(day: dt.date, days: Decimal) -> dt.date | None:
    try:
        return _within(day + dt.timedelta(days=int(days)))
    except OverflowError:
        return None


def _within(day: dt.date) -> dt.date | None:
    return day if 1800 <= day.year <= 2999 else None


def written(kind: str, value: Any) -> str:
    """A value within a text: the same for all readers, for it is stored."""
    if value is None:
        return ""
    if kind == "percent":
        return f"{(value * 100).normalize():f}%"
    if kind == "money":
        return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
    if kind == "number":
        return f"{value.normalize():f}"
    return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else str(value)


def _joined(parts: Sequence[Node]) -> Node:
    for part in parts:
        require(part, "text", "number", "money", "percent", "date", "empty")
    runs = [(part.kind, part.run) for part in parts]
    return Node("text", lambda row: "".join(written(kind, run(row)) for kind, run in runs), 0)


@dataclass(frozen=True)
class Function:
    """`takes` the least and the most arguments; `make` checks their kinds."""

    takes: tuple[int, int]
    make: Callable[[list[Node]], Node]


def _common(parts: Sequence[Node]) -> str:
    """The one kind of several values, of which literals take the others'; FormulaError at the one that differs."""
    kinds = [p.kind for p in parts if not p.literal] or [p.kind for p in parts if p.kind != "empty"] or ["empty"]
    kind = kinds[0]
    for part in parts:
        if part.kind in (kind, "empty") or (part.literal and kind in NUMBERS):
            continue
        if {part.kind, kind} == {"number", "money"}:
            kind = "money"
            continue
        require(part, kind)
    return kind


def _choose(parts: list[Node]) -> Node:
    condition, one, other = parts
    require(condition, "boolean")
    kind = _common([one, other])
    check, yes, no = condition.run, one.run, other.run
    return Node(kind, lambda row: yes(row) if check(row) else no(row), 0, one.literal and other.literal)


def _or_else(parts: list[Node]) -> Node:
    kind = _common(parts)
    one, other = parts[0].run, parts[1].run
    if kind == "text":
        return Node(kind, lambda row: one(row) or other(row), 0)
    return Node(kind, lambda row: other(row) if (value := one(row)) is None else value, 0)


def _extreme(choose: Callable[[list[Any]], Any]) -> Callable[[list[Node]], Node]:
    def make(parts: list[Node]) -> Node:
        kind = _common(parts)
        require(parts[0], *NUMBERS, "date", "empty")
        runs = [part.run for part in parts]

        def run(row: Any) -> Any:
            values = [value for each in runs if (value := each(row)) is not None]
            return choose(values) if values else None

        return Node(kind, run, 0)

    return make


def _round(parts: list[Node]) -> Node:
    require(parts[0], *NUMBERS)
    places = parts[1].run if parts[1:] else lambda row: Decimal(0)
    if parts[1:]:
        require(parts[1], "number")
    run = parts[0].run

    def rounded(row: Any) -> Any:
        value, digits = run(row), places(row)
        if value is None or digits is None or not -18 <= digits <= 18:
            return None
        return _finite(value.quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP))

    return Node(parts[0].kind, rounded, 0)


def _of(kinds: Sequence[str], kind: str, calculate: Callable[[Any], Any]) -> Callable[[list[Node]], Node]:
    """A function of one value; `kind` "" is the kind of its argument."""

    def make(parts: list[Node]) -> Node:
        require(parts[0], *kinds)
        run = parts[0].run
        return Node(kind or parts[0].kind, lambda row: None if (v := run(row)) is None else calculate(v), 0)

    return make


def _contains(parts: list[Node]) -> Node:
    require(parts[0], "text", "list")
    require(parts[1], "text")
    whole, part = parts[0].run, parts[1].run
    if parts[0].kind == "list":
        return Node("boolean", lambda row: part(row) in whole(row), 0)
    return Node("boolean", lambda row: normalise(part(row)) in normalise(whole(row)), 0)


def _starts(parts: list[Node]) -> Node:
    for part in parts:
        require(part, "text")
    whole, part_of = parts[0].run, parts[1].run
    return Node("boolean", lambda row: normalise(whole(row)).startswith(normalise(part_of(row))), 0)


def _is_empty(parts: list[Node]) -> Node:
    run = parts[0].run
    return Node("boolean", lambda row: run(row) in (None, "", []), 0)


def _days(parts: list[Node]) -> Node:
    for part in parts:
        require(part, "date")
    return Node("number", _both(parts[0], parts[1], lambda a, b: Decimal((b - a).days)), 0)


def _months(parts: list[Node]) -> Node:
    require(parts[0], "date")
    require(parts[1], "number")

    def later(day: dt.date, months: Decimal) -> dt.date | None:
        return _within(day + relativedelta(months=int(months))) if abs(months) < 12_000 else None

    def safely(day: dt.date, months: Decimal) -> dt.date | None:
        try:
            return later(day, months)
        except (ValueError, OverflowError):
            return None  # before the year 1 or after 9999

    return Node("date", _both(parts[0], parts[1], safely), 0)


def _ratio(parts: list[Node]) -> Node:
    require(parts[0], "number", "percent")
    return Node("percent", parts[0].run, 0)


FUNCTIONS: dict[str, Function] = {
    "if": Function((3, 3), _choose),
    "or_else": Function((2, 2), _or_else),
    "is_empty": Function((1, 1), _is_empty),
    "round": Function((1, 2), _round),
    "abs": Function((1, 1), _of(NUMBERS, "", abs)),
    "min": Function((2, MANY), _extreme(min)),
    "max": Function((2, MANY), _extreme(max)),
    "percent": Function((1, 1), _ratio),
    "number": Function((1, 1), _of(NUMBERS, "number", lambda value: value)),
    "len": Function((1, 1), _of(("text", "list"), "number", lambda value: Decimal(len(value)))),
    "upper": Function((1, 1), _of(("text",), "text", str.upper)),
    "lower": Function((1, 1), _of(("text",), "text", str.lower)),
    "trim": Function((1, 1), _of(("text",), "text", str.strip)),
    "concat": Function((1, MANY), _joined),
    "contains": Function((2, 2), _contains),
    "starts_with": Function((2, 2), _starts),
    "today": Function((0, 0), lambda parts: Node("date", lambda row: timezone.localdate(), 0)),
    "days": Function((2, 2), _days),
    "add_months": Function((2, 2), _months),
    "year": Function((1, 1), _of(("date",), "number", lambda value: Decimal(value.year))),
    "month": Function((1, 1), _of(("date",), "number", lambda value: Decimal(value.month))),
    "day": Function((1, 1), _of(("date",), "number", lambda value: Decimal(value.day))),
}
