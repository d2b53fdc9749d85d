"""Formulas: what an administrator writes, read into something typed that can be worked out for any record.

Python's own grammar, of which only a white list of nodes means anything here; names are fields of the record, or
`link.field` of a record one link away. Reading checks every kind and gives closures, so that a million rows are worked
out without looking at the tree again. What cannot be worked out (an empty number, a division by zero) is empty.

All numbers are decimals of a bounded context: nothing grows, whatever is raised to whatever power.
"""

from __future__ import annotations

import ast
import decimal
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anello.core.actions.engine import DERIVED
from anello.core.modules import Field, Link, Module, get
from anello.core.studio.formula_functions import FUNCTIONS, MANY, arithmetic, compared
from anello.core.studio.formula_kinds import (
    ARITHMETIC,
    KIND_NAMES,
    NUMBERS,
    FormulaError,
    Node,
    Row,
    Run,
    kind_of,
    require,
    stored,
)

LONGEST, MOST_PARTS = 2000, 300


@dataclass(frozen=True)
class Formula:
    """`paths` are the fields it uses (`city`, `organisation.city`); `daily`: what it is changes with the day."""

    kind: str
    paths: frozenset[str]
    daily: bool
    run: Run

    def value(self, row: Row) -> Any:
        """What it is for these values (see `given`), in the form of its column."""
        with decimal.localcontext(ARITHMETIC):
            return stored(self.kind, self.run(row))

    def holds(self, row: Row) -> bool:
        """Whether the condition holds for these values."""
        with decimal.localcontext(ARITHMETIC):
            return bool(self.run(row))


def read(module: Module, text: str, *, condition: bool = False) -> Formula:
    """The formula over records of the module; FormulaError says what is wrong, and where.

    A condition is yes or no and uses the record's own fields only.
    """
    if len(text) > LONGEST:
        raise FormulaError(LONGEST + 1, f"Al massimo {LONGEST} caratteri", f"At most {LONGEST} characters")
    reader = _Reader(module, text, condition)
    whole = reader.tree()
    if whole.kind in ("list", "link", "empty"):
        name = KIND_NAMES[whole.kind]
        raise FormulaError(whole.at, f"Il risultato non può essere: {name.it}", f"The result cannot be: {name.en}")
    if condition and whole.kind != "boolean":
        name = KIND_NAMES[whole.kind]
        raise FormulaError(
            whole.at,
            f"La condizione dev'essere sì o no, è {name.it}",
            f"The condition must be yes or no, it is {name.en}",
        )
    return Formula(whole.kind, frozenset(reader.paths), reader.daily, whole.run)


_QUOTED = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_IF = re.compile(rf"{_QUOTED}|\bif(?=\s*\()")
_SINGLE = re.compile(rf"{_QUOTED}|(?<![=!<>])=(?!=)")
_WORDS = {"true": True, "false": False, "empty": None}
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


class _Reader:
    def __init__(self, module: Module, text: str, condition: bool) -> None:
        self.module, self.condition = module, condition
        # `if` is a word of the grammar's own: written big, it is a name of the same length.
        flat = re.sub(r"\s", " ", text)
        self.text = _IF.sub(lambda m: "If" if m[0] == "if" else m[0], flat)
        self.skipped = len(self.text) - len(self.text.lstrip())
        self.source = self.text.strip()
        self.paths: set[str] = set()
        self.daily = False
        self.parts = 0

    def tree(self) -> Node:
        if not self.source:
            raise FormulaError(1, "Serve una formula", "A formula is needed")
        for found in _SINGLE.finditer(self.text):
            if found[0] == "=":
                raise FormulaError(found.start() + 1, "Per confrontare si scrive ==", "To compare, write ==")
        try:
            return self.node(ast.parse(self.source, mode="eval").body)
        except FormulaError:
            raise
        except SyntaxError as error:
            place = min((error.offset or 1), len(self.source) + 1) + self.skipped
            raise FormulaError(place, "Qui la formula non si capisce", "The formula cannot be read here") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise FormulaError(1, "La formula non si può leggere", "The formula cannot be read") from error

    def at(self, node: ast.expr) -> int:
        return len(self.source.encode()[: node.col_offset].decode()) + self.skipped + 1

    def wrong(self, node: ast.expr, it: str, en: str) -> FormulaError:
        return FormulaError(self.at(node), it, en)

    def node(self, node: ast.expr) -> Node:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise self.wrong(node, f"Al massimo {MOST_PARTS} parti", f"At most {MOST_PARTS} parts")
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.Attribute(value=ast.Name()):
                return self.linked(node)
            case ast.Attribute():
                raise self.wrong(node, "Si segue un collegamento solo", "Only one link is followed")
            case ast.UnaryOp():
                return self.unary(node)
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return self.binary(node)
            case ast.BoolOp():
                return self.junction(node)
            case ast.Compare():
                return self.comparison(node)
            case ast.Call(func=ast.Name(), keywords=[]):
                return self.call(node)
        raise self.wrong(node, "Questo non si usa nelle formule", "This is not used in formulas")

    def constant(self, node: ast.Constant) -> Node:
        value, at = node.value, self.at(node)
        if value is None:
            return Node("empty", lambda row: None, at, literal=True)
        if isinstance(value, bool):
            return Node("boolean", lambda row: value, at)
        if isinstance(value, str):
            return Node("text", lambda row: value, at)
        if isinstance(value, int | float):
            number = Decimal(repr(value))
            if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
                raise self.wrong(node, "Il numero è troppo grande", "The number is too large")
            return Node("number", lambda row: number, at, literal=True)
        raise self.wrong(node, "Questo non si usa nelle formule", "This is not used in formulas")

    def name(self, node: ast.Name) -> Node:
        if node.id in _WORDS and not self.module.has(node.id):
            value = _WORDS[node.id]
            kind = "empty" if value is None else "boolean"
            return Node(kind, lambda row: value, self.at(node), literal=value is None)
        f = self.field(self.module, node, node.id, self.at(node))
        if f.name in DERIVED - {"created_at", "created_by", "team"}:
            raise self.wrong(
                node,
                f"Il campo «{f.name}» si sa solo dopo aver salvato",
                f"The field “{f.name}” is known only once saved",
            )
        if self.condition and f.readonly and f.name.startswith("x_"):
            raise self.wrong(
                node,
                "Una condizione usa solo campi che si compilano",
                "A condition uses fields that people fill in only",
            )
        self.paths.add(f.name)
        path = f.name
        return Node(kind_of(f), lambda row: row[path], self.at(node))

    def linked(self, node: ast.Attribute) -> Node:
        assert isinstance(node.value, ast.Name)
        link = self.field(self.module, node, node.value.id, self.at(node))
        if not isinstance(link, Link):
            raise self.wrong(node, f"«{link.name}» non è un collegamento", f"“{link.name}” is not a link")
        if self.condition:
            raise self.wrong(
                node, "Una condizione usa solo i campi del record", "A condition uses the record's own fields only"
            )
        f = self.field(get(link.to), node, node.attr, self.at(node) + len(node.value.id) + 1)
        if f.name == "updated_at":
            raise _late(f.name, self.at(node))
        if kind_of(f) == "link":
            raise self.wrong(node, "Si segue un collegamento solo", "Only one link is followed")
        path = f"{link.name}.{f.name}"
        self.paths.add(path)
        return Node(kind_of(f), lambda row: row[path], self.at(node))

    def field(self, module: Module, node: ast.expr, name: str, at: int) -> Field:
        known = [f.name for f in module.fields if kind_of(f)]
        if name in known:
            return module.field(name)
        near = difflib.get_close_matches(name, [n for n in known if n not in DERIVED], 1)
        it, en = (f": forse «{near[0]}»", f": maybe “{near[0]}”") if near else ("", "")
        raise FormulaError(at, f"Il campo «{name}» non esiste{it}", f"There is no field “{name}”{en}")

    def unary(self, node: ast.UnaryOp) -> Node:
        inner, at = self.node(node.operand), self.at(node)
        run = inner.run
        if isinstance(node.op, ast.Not):
            require(inner, "boolean")
            return Node("boolean", lambda row: not run(row), at)
        require(inner, *NUMBERS)
        if isinstance(node.op, ast.UAdd):
            return inner
        if not isinstance(node.op, ast.USub):
            raise self.wrong(node, "Questo non si usa nelle formule", "This is not used in formulas")
        return Node(inner.kind, lambda row: None if (v := run(row)) is None else -v, at, inner.literal)

    def binary(self, node: ast.BinOp) -> Node:
        left, right = self.node(node.left), self.node(node.right)
        return self.fitting(_OPERATORS[type(node.op)], left, right, arithmetic, self.at(node))

    def fitting(self, sign: str, left: Node, right: Node, make: Callable[..., Node | None], at: int) -> Node:
        made = make(sign, left, right)
        if made is None:
            one, other = KIND_NAMES[left.kind], KIND_NAMES[right.kind]
            raise FormulaError(
                right.at,
                f"«{sign}» non mette insieme {one.it} e {other.it}",
                f"“{sign}” does not join {one.en} and {other.en}",
            )
        return Node(made.kind, made.run, at, made.literal)

    def junction(self, node: ast.BoolOp) -> Node:
        parts = [self.node(part) for part in node.values]
        for part in parts:
            require(part, "boolean")
        runs = [part.run for part in parts]
        both = all if isinstance(node.op, ast.And) else any
        return Node("boolean", lambda row: both(run(row) for run in runs), self.at(node))

    def comparison(self, node: ast.Compare) -> Node:
        runs: list[Run] = []
        left = self.node(node.left)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                runs.append(self.among(left, comparator, positive=isinstance(op, ast.In)))
                continue
            if type(op) not in _OPERATORS:
                raise self.wrong(node, "Questo non si usa nelle formule", "This is not used in formulas")
            right = self.node(comparator)
            runs.append(self.fitting(_OPERATORS[type(op)], left, right, compared, left.at).run)
            left = right
        return Node("boolean", lambda row: all(run(row) for run in runs), self.at(node))

    def among(self, left: Node, several: ast.expr, *, positive: bool) -> Run:
        if not isinstance(several, ast.Tuple | ast.List) or not several.elts:
            raise self.wrong(several, 'Dopo «in» serve un elenco: ("a", "b")', 'A list comes after “in”: ("a", "b")')
        runs = [self.fitting("==", left, self.node(one), compared, left.at).run for one in several.elts]
        return lambda row: any(run(row) for run in runs) is positive

    def call(self, node: ast.Call) -> Node:
        assert isinstance(node.func, ast.Name)
        name = "if" if node.func.id == "If" else node.func.id
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, FUNCTIONS, 1)
            it, en = (f": forse «{near[0]}»", f": maybe “{near[0]}”") if near else ("", "")
            raise self.wrong(node, f"La funzione «{name}» non esiste{it}", f"There is no function “{name}”{en}")
        function = FUNCTIONS[name]
        arguments = [self.node(argument) for argument in node.args]
        least, most = function.takes
        if not least <= len(arguments) <= most:
            few = str(least) if least == most else f"{least}–{most}" if most < MANY else f"{least}+"
            raise self.wrong(node, f"«{name}» vuole {few} argomenti", f"“{name}” takes {few} arguments")
        self.daily = self.daily or name == "today"
        made = function.make(arguments)
        return Node(made.kind, made.run, self.at(node))


def _late(name: str, at: int) -> FormulaError:
    return FormulaError(
        at, f"Il campo «{name}» si sa solo dopo aver salvato", f"The field “{name}” is known only once saved"
    )
