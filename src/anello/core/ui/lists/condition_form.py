"""The part of a form in which conditions are put together: the filter travels in a hidden field, and each step asks for
the part anew.

A step is one of `add` (the condition in the form, at the place `at`), `edit` (the condition at a place, into the form),
`remove` (what stands at a place), `joint` (all or any), or another choice of `what` the condition is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from anello.core.actions import Invalid
from anello.core.modules import Module, get
from anello.core.modules import fields as kinds
from anello.core.policies import Actor
from anello.core.search import compile_filter
from anello.core.search.records import titles_of
from anello.core.ui.lists import conditions
from anello.core.ui.lists.conditions import Chip, Subject
from anello.core.ui.lists.state import compact
from anello.kit.numbers import whole
from anello.kit.text import L

ABOUT = L("Scegli di che cosa parla la condizione.", "Choose what the condition is about.")


def leaf(actor: Actor, module: Module, form: QueryDict) -> dict[str, Any]:
    """The condition that the form describes; Invalid when it describes none."""
    subject = _subject(conditions.subjects(actor, module), form)
    if subject is None:
        raise Invalid({"filter": [ABOUT]})
    made = conditions.understood(subject, conditions.from_form(subject, form.get("op", ""), form))
    compile_filter(actor, module, made)
    return made


@dataclass(frozen=True)
class Step:
    """The filter after a step, what the form then says, and whether the filter is another one than before."""

    tree: dict[str, Any]
    form: QueryDict
    changed: bool = False


def step(tree: dict[str, Any], form: QueryDict, made: Callable[[], dict[str, Any]]) -> Step:
    """Take the step that the form asks for; `made` gives the condition it describes, or refuses (Invalid)."""
    if "remove" in form:
        return Step(conditions.without(tree, str(form["remove"])), QueryDict(), changed=True)
    if form.get("joint") in conditions.OTHER:
        return Step(conditions.joined(tree, str(form["joint"])), form, changed=True)
    if "add" in form:
        return Step(conditions.put(tree, form.get("at") or "new", made()), QueryDict(), changed=True)
    if "edit" in form:
        return Step(tree, editing(tree, str(form["edit"])))
    return Step(tree, form)


def editing(tree: Any, at: str) -> QueryDict:
    """The form of the condition that stands at a place; of a new one where there is none."""
    stands = conditions.leaf_at(tree, at)
    form = QueryDict(mutable=True)
    form.update({"what": str(stands.get("field", "")), "op": str(stands.get("op", "is")), "at": at})
    return form


def shown(
    actor: Actor, module: Module, tree: Any, form: QueryDict, chips: tuple[str, list[Chip]] | None = None
) -> dict[str, Any]:
    """What `ui/lists/conditions.html` shows: the filter as chips, and the form of the condition being written.

    `chips` are the filter's own unless the caller knows more kinds of conditions than the lists do.
    """
    joint, parts = chips or conditions.chips(actor, module, tree)
    return {
        "tree": compact(tree),
        "joint": joint,
        "other": conditions.OTHER[joint],
        "chips": parts,
        **inputs(actor, module, tree, form),
    }


def inputs(actor: Actor, module: Module, tree: Any, form: QueryDict) -> dict[str, Any]:
    """The inputs of one condition, with the value that was refused, or that stands at its place if it fits."""
    choices = conditions.subjects(actor, module)
    subject, at = _subject(choices, form), form.get("at") or "new"
    operators = subject.operators if subject else {}
    op = form.get("op", "")
    if op not in operators:
        op = next(iter(operators), "")
    typed = subject is not None and "add" in form
    before = conditions.from_form(subject, op, form) if subject and typed else conditions.leaf_at(tree, at)
    same = subject is not None and before.get("field") == subject.path and before.get("op", "is") == op
    return {
        "at": at,
        "what": form.get("what", ""),
        "choices": [(s.path, s.label) for s in choices],
        "subject": subject,
        "operators": operators.items(),
        "op": op,
        **_value(subject, op, before.get("value") if same else None, actor, typed=typed),
    }


def _subject(choices: list[Subject], form: QueryDict) -> Subject | None:
    return next((s for s in choices if s.path == form.get("what")), None)


def _value(subject: Subject | None, op: str, value: Any, actor: Actor, *, typed: bool) -> dict[str, Any]:
    """Which input takes the value of a condition, and what stands in it."""
    if subject is None or subject.field is None or op in ("", *conditions.WITHOUT_VALUE):
        return {"widget": ""}
    f = subject.field
    many = [v for v in value if v is not None] if isinstance(value, list) else [] if value is None else [value]
    said = many if typed else [conditions.as_typed(f, one) for one in many]
    types = {"date": "date", "datetime": "date", "integer": "text", "decimal": "text", "money": "text"}
    kind = types.get(f.kind, "text")
    if op == "period":
        return {
            "widget": "period",
            "periods": [(k, str(v)) for k, v in conditions.PERIODS.items()],
            "value": value or "this_month",
        }
    if op == "between":
        return {
            "widget": "between",
            "kind": kind,
            "low": next(iter(said), ""),
            "high": said[1] if len(said) > 1 else "",
        }
    if isinstance(f, kinds.Boolean):
        return {"widget": "boolean", "value": "false" if value is False else "true"}
    if isinstance(f, kinds.Link):
        ids = [pk for v in many if (pk := whole(v)) is not None]
        titles = titles_of(actor, get(f.to), ids) if ids else {}
        return {
            "widget": "link",
            "lookup": f"/lookup/{f.to}/",
            "chosen": [(pk, titles[f.to, pk]) for pk in ids if (f.to, pk) in titles],
            "offer_me": f.to == "user",
            "me": "me" in many,
        }
    if isinstance(f, kinds.Tags):
        return {"widget": "tags", "value": many}
    if isinstance(f, kinds.Choice):
        return {"widget": "options", "options": [(o.value, str(o.label), o.value in many) for o in f.options]}
    return {"widget": "input", "kind": kind, "value": next(iter(said), "")}
