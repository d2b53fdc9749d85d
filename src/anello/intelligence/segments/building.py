"""The form in which a definition is put together, condition by condition: read and drawn."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from anello.core.modules import get
from anello.core.policies import Actor
from anello.core.ui.lists import condition_form
from anello.core.ui.lists.state import tree_of
from anello.intelligence.segments import queries, words

CHANNELS = ("phone", "email", "meeting", "note")


def tree(data: QueryDict) -> dict[str, Any]:
    """The definition that the form carries; Invalid when it is none."""
    return tree_of(data.get("definition", ""))


def leaf(actor: Actor, kind: str, data: QueryDict) -> dict[str, Any]:
    """The condition that the form describes; Invalid when it describes none."""
    what = data.get("what", "")
    if what in words.subjects(actor):
        return words.from_form(data)
    return condition_form.leaf(actor, get(kind), data)


def conditions(actor: Actor, kind: str, definition: Any, form: QueryDict) -> dict[str, Any]:
    """What the chips and the form of a new condition show."""
    own, what = words.subjects(actor), form.get("what", "")
    shown = condition_form.shown(actor, get(kind), definition, form, words.chips(actor, kind, definition))
    measures = [
        (name, label)
        for name, label in words.MEASURES.items()
        if what == "purchase" or name not in words.ONLY_PURCHASES
    ]
    chosen = form.get("measure", "times_gte")
    return {
        **shown,
        "choices": [*own.items(), *shown["choices"]],
        "own": own.get(what, ""),
        "behaviour": what if what in own and what != "segment" else "",
        "measures": measures,
        "measure": chosen,
        "period": chosen not in ("none", "cadence"),
        "channels": [("", _("any channel")), *((name, name) for name in CHANNELS)],
        "segments": [(s.pk, s.name) for s in queries.listed(actor, kind)] if what == "segment" else [],
        "form": form,
    }
