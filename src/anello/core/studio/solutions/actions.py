"""Importing a solution, and taking it back: each one gesture, all of it or nothing."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from anello.core.actions import Context, Invalid, action, engine
from anello.core.actions.registry import Nothing
from anello.core.studio.ahead import ahead
from anello.core.studio.solutions import things
from anello.core.studio.solutions.models import Solution
from anello.core.studio.solutions.module import IMPORTED, ROLLED_BACK, SOLUTION
from anello.core.studio.solutions.paper import MOST, Unreadable
from anello.core.studio.solutions.parts import Key, Part, Values, parts
from anello.kit.text import L


class Import(BaseModel):
    """The text of the file."""

    model_config = ConfigDict(extra="forbid")
    file: Annotated[str, StringConstraints(min_length=1, max_length=MOST, pattern=r"^[^\x00]*$")]


@action("solution.import", module="solution", input=Import, target=False, undoable=False)
def import_(ctx: Context, data: Import) -> Solution:
    """Put everything of the file into place. Invalid, with lines, if anything of it cannot be; then nothing changed."""
    try:
        with ahead() as step:
            done = things.put(ctx, step, data.file)
            if done.troubles:
                raise Invalid({"file": [str(fault) for fault in done.troubles]})
    except Unreadable as error:
        raise Invalid({"file": [str(fault) for fault in error.faults]}) from error
    new, changed = done.of("added"), done.of("changed")
    if not new and not changed:
        raise Invalid({"file": [L("È già tutto così: non c'è nulla da importare.", "Everything is so already.")]})
    before: dict[str, dict[str, Any]] = {}
    after: dict[str, dict[str, Any]] = {}
    for thing in (*new, *changed):
        before.setdefault(thing.part.name, {})["/".join(thing.key)] = thing.before
        after.setdefault(thing.part.name, {})["/".join(thing.key)] = thing.wanted
    values = {"name": done.name or "–", "file": data.file, "before": before, "after": after}
    (made,) = engine.insert(ctx, SOLUTION, [values])
    ctx.emit("solution.import", made, data={"added": len(new), "changed": len(changed)})
    return made


@action(
    "solution.roll_back",
    module="solution",
    input=Nothing,
    label=L("Ritira", "Roll back"),
    icon="arrow-back-up",
    when=lambda solution: solution.state == IMPORTED,
    undoable=False,
)
def roll_back(ctx: Context, solution: Solution, data: Nothing) -> Solution:
    """Everything it changed as it was before. Invalid if some of it was changed since; then nothing changes."""
    known = {part.name: part for part in parts()}
    since: list[L] = []
    for part in reversed(known.values()):
        here = part.here()
        for name, after in solution.after.get(part.name, {}).items():
            key = tuple(name.split("/"))
            if here.get(key) != after:
                what = f"{part.label}: {' › '.join(key)}"
                since.append(L(f"È cambiato da allora: {what}.", f"It has changed since: {what}."))
    if since:
        raise Invalid({"": since})
    doings = [
        (part, partial(_back, ctx, part, tuple(name.split("/")), before, solution.after[part.name][name]))
        for part in reversed(known.values())
        for name, before in solution.before.get(part.name, {}).items()
    ]
    with ahead() as step:
        for _, error in things.in_turn(ctx, step, doings):
            raise error
    ctx.put(solution, {"state": ROLLED_BACK})
    return solution


def _back(ctx: Context, part: Part, key: Key, before: Values | None, now: Values) -> None:
    if before is None:
        part.remove(ctx, key)
    else:
        part.put(ctx, key, before, now)
