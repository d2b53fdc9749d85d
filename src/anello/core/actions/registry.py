"""All actions by name; every module brings `create`, `update`, `delete` and `restore`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from anello.core.modules import all_modules, get
from anello.kit.text import L


class Nothing(BaseModel):
    """The input of an action that needs none."""

    model_config = ConfigDict(extra="forbid")


def asked(it: str, en: str, **more: Any) -> Any:
    """What a form says about a field of a typed input: its label, and `help`, `kind`, `link`, `options`.

    `pydantic.Field(json_schema_extra=asked("A chi", "To whom", link="user"))`; `core.ui.records.typed` draws it.
    """
    return {"label": L(it, en), **more}


@dataclass(frozen=True)
class Action:
    """A verb. `handler(ctx, record, input)` with a target, `handler(ctx, input)` without one.

    `module` and `verb` say which permission it needs (no module: every logged-in person); `target` whether it acts on
    a record. `label` and `icon` make it a button on the record page and a command of the palette when `shown`.
    """

    name: str
    handler: Callable[..., Any]
    input: type[BaseModel] = Nothing
    module: str | None = None
    verb: str = "edit"
    target: bool = True
    label: L | None = None
    icon: str = ""
    when: Callable[[Any], bool] | None = None
    """Whether it makes sense on this record now."""
    shown: bool = True
    undoable: bool = True
    """False for what cannot be taken back (an issued invoice) or has a way back of its own (a merge)."""


_actions: dict[str, Action] = {}


def action(
    name: str,
    *,
    input: type[BaseModel] = Nothing,
    module: str | None = None,
    verb: str = "edit",
    target: bool | None = None,
    label: L | None = None,
    icon: str = "",
    when: Callable[[Any], bool] | None = None,
    shown: bool = True,
    undoable: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a verb: `@action("lead.convert", module="lead", verb="edit", input=Convert, label=L(…))`."""

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        if name in _actions:
            raise ValueError(f"action {name} is registered twice")
        on_record = (module is not None and verb != "create") if target is None else target
        _actions[name] = Action(
            name, handler, input, module, verb, on_record, label, icon, when, shown and label is not None, undoable
        )
        return handler

    return register


def find(name: str) -> Action | None:
    """The own verb of that name; derived ones (`lead.create`) are run by the engine and are not listed."""
    return _actions.get(name)


def registered(module: str | None = None) -> list[Action]:
    """Own verbs, of one module or of all."""
    return [a for a in _actions.values() if module is None or a.module == module]


DERIVED = ("create", "update", "delete", "restore")


def derived(name: str) -> tuple[Any, str] | None:
    """(Module, verb) of a derived action's name."""
    module, _, verb = name.rpartition(".")
    if verb in DERIVED and any(m.name == module for m in all_modules()):
        return get(module), verb
    return None
