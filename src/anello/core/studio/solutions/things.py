"""What a file holds beside what there is here: added, changed, the same; and putting it into place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from anello.core.actions import Conflict, Context, Invalid, writing
from anello.core.studio.ahead import Step, ahead
from anello.core.studio.solutions import paper
from anello.core.studio.solutions import parts as registry
from anello.core.studio.solutions.paper import Fault, Paper, Unreadable, read
from anello.core.studio.solutions.parts import Key, Part
from anello.kit.text import L

FORMAT = "1"
HEAD = ("solution", "name")
ABOUT = L(
    "Una soluzione di Anello: si importa in Impostazioni → Soluzioni, o con «anello solution import FILE».",
    'A solution of Anello: import it under Setup → Solutions, or with "anello solution import FILE".',
)

T = TypeVar("T")
Doing = Callable[[], None]
State = Literal["added", "changed", "same"]


@dataclass
class Thing:
    """One thing of the file: what it shall be (`wanted`), what is here (`before`, None for nothing)."""

    part: Part
    key: Key
    wanted: dict[str, Any]
    before: dict[str, Any] | None
    faults: list[Fault] = field(default_factory=list)

    @property
    def state(self) -> State:
        return "added" if self.before is None else "same" if self.before == self.wanted else "changed"

    @property
    def path(self) -> tuple[str, ...]:
        return (self.part.name, *self.key)

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """(what, here, in the file) of everything that differs."""
        before = self.before or {}
        names = dict.fromkeys([*before, *self.wanted])
        return [(n, before.get(n), self.wanted.get(n)) for n in names if before.get(n) != self.wanted.get(n)]

    @property
    def title(self) -> str:
        return self.part.title(self.key, self.wanted or self.before or {})

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """The differences as a person reads them, of what is changed only as deep as they go."""
        deep = self.before is not None
        word = self.part.word
        found = (one for n, here, there in self.differences for one in _differing(word(n), here, there, deep=deep))
        return [(name, _said(here), _said(there)) for name, here, there in found]


def _differing(name: str, here: Any, there: Any, *, deep: bool) -> Iterator[tuple[str, Any, Any]]:
    here, there = _by_value(here), _by_value(there)
    if not deep or not isinstance(here, dict) or not isinstance(there, dict):
        yield name, here, there
        return
    for key in dict.fromkeys([*here, *there]):
        if here.get(key) != there.get(key):
            yield from _differing(f"{name} › {key}", here.get(key), there.get(key), deep=True)


def _by_value(value: Any) -> Any:
    """The values of a choice by what is stored of them."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "value" in one for one in value):
        return {one["value"]: one for one in value}
    return value


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        if {"it", "en"} <= value.keys():
            return str(L(value["it"], value["en"]))
        return ", ".join(f"{key}: {_said(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    return "" if value is None else str(value)


@dataclass
class Compared:
    """A file beside this installation; with `faults`, nothing of it can be imported."""

    name: str
    things: list[Thing]
    faults: list[Fault]
    said: Paper = field(repr=False)

    def of(self, state: State) -> list[Thing]:
        return [thing for thing in self.things if thing.state == state and not thing.faults]

    @property
    def troubles(self) -> list[Fault]:
        """Everything that is wrong, in the order of the file."""
        found = [*self.faults, *(fault for thing in self.things for fault in thing.faults)]
        return sorted(found, key=lambda fault: (fault.line, fault.column))


def compare(text: str) -> Compared:
    """The file beside this installation; raises Unreadable for what is no solution of this format."""
    said = read(text)
    _head(said)
    known = {part.name: part for part in registry.parts()}
    faults = [
        said.fault(
            L(
                f"Questo Anello non conosce questa parte; conosce: {', '.join(known)}. Aggiornalo, o togli la parte.",
                f"This Anello does not know this part; it knows: {', '.join(known)}. Update it, or take the part out.",
            ),
            name,
        )
        for name in said.tree
        if name not in known and name not in HEAD
    ]
    things: list[Thing] = []
    for part in known.values():
        here = part.here()
        for key, value in _entries(said, part, (part.name,), said.tree.get(part.name, {}), faults):
            wanted, errors = part.typed(key, value)
            thing = Thing(part, key, wanted, here.get(key))
            thing.faults = list(_faults(said, thing, errors))
            things.append(thing)
    return Compared(str(said.tree.get("name", "")), things, faults, said)


def _head(said: Paper) -> None:
    stands = said.tree.get("solution")
    if stands is None:
        words = L(
            "Questo non è il file di una soluzione: manca «solution: 1».",
            'This is no solution file: "solution: 1" is missing.',
        )
        raise Unreadable([Fault(words)])
    if str(stands) != FORMAT:
        words = L(
            f"Il formato è {stands}; questo Anello legge il formato {FORMAT}. Esporta di nuovo da una versione uguale.",
            f"The format is {stands}; this Anello reads format {FORMAT}. Export again from the same version.",
        )
        raise Unreadable([said.fault(words, "solution")])
    if not isinstance(said.tree.get("name", ""), str):
        raise Unreadable([said.fault(L("Serve un nome.", "A name is needed."), "name")])


def _entries(
    said: Paper, part: Part, path: tuple[str, ...], tree: Any, faults: list[Fault]
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The things of a part with their keys, as deep as it says."""
    if not isinstance(tree, dict):
        words = L("Qui serve un elenco di chiavi con i loro valori.", "Keys with their values are needed here.")
        faults.append(said.fault(words, *path))
        return
    if len(path) > len(part.levels):
        yield path[1:], tree
        return
    for key, value in tree.items():
        yield from _entries(said, part, (*path, key), value, faults)


def _faults(said: Paper, thing: Thing, errors: Mapping[str, Iterable[object]]) -> Iterator[Fault]:
    for where, messages in errors.items():
        # What the engine says of records is said of the one thing: `0.label_it` is its label.
        names = [name for name in where.split(".") if name] if where else []
        if names and names[0].isdecimal():
            names = names[1:]
        for message in messages:
            yield said.fault(str(message), *thing.path, *names)


def put(ctx: Context, step: Step, text: str) -> Compared:
    """Put everything of the file into place, within a running action that looks ahead by these steps.

    What is wrong stands at its thing. The caller takes everything back if there is anything wrong at all.
    """
    compared = compare(text)
    left = in_turn(
        ctx,
        step,
        [
            (thing, partial(thing.part.put, ctx, thing.key, thing.wanted, thing.before))
            for thing in (*compared.of("added"), *compared.of("changed"))
        ],
    )
    broken = {thing.key for thing in compared.things if thing.faults} | {thing.key for thing, _ in left}
    for thing, error in left:
        # Of what is missing only because the module is that it belongs to, nothing need be said.
        if not any(thing.key[:length] in broken for length in range(1, len(thing.key))):
            thing.faults = list(
                _faults(compared.said, thing, error.errors if isinstance(error, Invalid) else {"": [error]})
            )
    return compared


def in_turn(ctx: Context, step: Step, doings: Sequence[tuple[T, Doing]]) -> list[tuple[T, Invalid | Conflict]]:
    """Do all of it, trying again what needs something that came after it; what could not be done, and why."""
    left = list(doings)
    while left:
        again: list[tuple[T, Doing]] = []
        errors: list[tuple[T, Invalid | Conflict]] = []
        for what, do in left:
            try:
                with writing(ctx), step():
                    do()
            except (Invalid, Conflict) as error:
                again.append((what, do))
                errors.append((what, error))
        if len(again) == len(left):
            return errors
        left = again
    return []


def write(name: str, chosen: Callable[[Part, Key], bool]) -> str:
    """The file of what is chosen of this installation."""
    tree: dict[str, Any] = {"solution": int(FORMAT), "name": name}
    for part in registry.parts():
        for key, values in part.here().items():
            if chosen(part, key):
                place = tree.setdefault(part.name, {})
                for level in key[:-1]:
                    place = place.setdefault(level, {})
                place[key[-1]] = values
    return paper.write(tree, str(ABOUT))


class _Rehearsed(Exception):
    """Takes back what was only tried."""


def rehearse(text: str) -> Compared:
    """What importing the file would do, with everything that would be refused: tried, and taken back."""
    ctx = Context(via="system")
    compared: list[Compared] = []
    try:
        with writing(ctx), ahead() as step:
            compared.append(put(ctx, step, text))
            raise _Rehearsed
    except _Rehearsed:
        return compared[0]
