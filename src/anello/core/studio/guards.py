"""What fields of a record allow each other: shown if, required if, values that go with another choice's.

It holds for every door. A value that is given where its field is not shown is refused; one that was there before its
field ceased to be shown goes. Only gestures that touch a field, or what it depends on, are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anello.core.actions import Change, Context, everywhere
from anello.core.actions.checks import Errors
from anello.core.modules import Field, Link, Module, MultiChoice
from anello.core.studio.formula_kinds import given
from anello.core.studio.plans import Guard, plan
from anello.kit.text import L

EMPTY: tuple[Any, ...] = (None, "", [])
NEEDED = L("Serve un valore.", "A value is needed.")
NOT_SHOWN = L("Con questi valori il campo non si compila.", "With these values the field is not filled in.")
RETIRED = L("Questo valore non si sceglie più.", "This value is not chosen any more.")


@everywhere("before")
def hold(ctx: Context, module: Module, changes: list[Change]) -> None:
    guards = plan().guards.get(module.name)
    if not guards:
        return
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            _clear(module, guards, change)
            row = _row(module, guards, change.record)
            for guard in guards:
                if change.touches(guard.name, *guard.uses):
                    words = _wrong(module, guard, change, row)
                    if words is not None:
                        errors.add(index, guard.name, words)


def _row(module: Module, guards: Sequence[Guard], record: Any) -> dict[str, Any]:
    paths = {path for guard in guards for path in guard.uses}
    return {path: given(module.field(path), module.field(path).get(record)) for path in paths}


def _clear(module: Module, guards: Sequence[Guard], change: Change) -> None:
    """Empty what is no longer shown, and what that hides in turn; what the gesture gave is left to be refused."""
    for _ in guards:
        row, cleared = _row(module, guards, change.record), False
        for guard in guards:
            f = module.field(guard.name)
            if guard.show is None or guard.show.holds(row) or f.get(change.record) in (*EMPTY, False):
                continue
            default = change.new and f.get(change.record) == f.column.get_default()
            if default or (not change.touches(guard.name) and change.touches(*guard.uses)):
                f.set(change.record, nothing(f))
                change.changed.add(guard.name)
                cleared = True
        if not cleared:
            return


def nothing(f: Field) -> Any:
    """The empty value of a field's column."""
    if isinstance(f, MultiChoice):
        return []
    if isinstance(f, Link) or f.column.null:
        return None
    return False if f.kind == "boolean" else ""


def _wrong(module: Module, guard: Guard, change: Change, row: Mapping[str, Any]) -> L | None:
    value = module.field(guard.name).get(change.record)
    if guard.show is not None and not guard.show.holds(row):
        return NOT_SHOWN if value not in (*EMPTY, False) else None
    if value in EMPTY:
        return NEEDED if guard.required or (guard.need is not None and guard.need.holds(row)) else None
    if not (guard.retired or guard.when):
        return None
    values = value if isinstance(value, list) else [value]
    before = change.before.get(guard.name) or []
    for one in values:
        if one in guard.retired and one not in (before if isinstance(before, list) else [before]):
            return RETIRED
        if not _goes(guard, one, row):
            by = module.field(guard.by)
            return L(
                f"«{one}» non va con questo valore di «{by.label.it}».",
                f"“{one}” does not go with this value of “{by.label.en}”.",
            )
    return None


def _goes(guard: Guard, value: str, row: Mapping[str, Any]) -> bool:
    with_ = guard.when.get(value)
    if not with_:
        return True
    other = row[guard.by]
    return not set(with_).isdisjoint(other if isinstance(other, list) else [other])


def state(module: Module, record: Any) -> dict[str, dict[str, Any]]:
    """{field: {"hidden", "required", "options"}} for a form with these values; options None: all."""
    guards = plan().guards.get(module.name, [])
    row = _row(module, guards, record)
    found: dict[str, dict[str, Any]] = {}
    for guard in guards:
        f = module.field(guard.name)
        options = [o.value for o in f.options if _goes(guard, o.value, row)] if guard.when else None  # type: ignore[attr-defined]
        found[guard.name] = {
            "hidden": guard.show is not None and not guard.show.holds(row),
            "required": guard.required or (guard.need is not None and guard.need.holds(row)),
            "options": options,
        }
    return found
