"""The form in which a definition is put together, condition by condition: read and drawn."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import Actor
from anello.core.search.filters import compile_filter
from anello.core.ui.lists import conditions as filters
from anello.core.ui.lists.views import value_widget
from anello.intelligence.segments import queries, words

LONGEST = 8000
CHANNELS = ("phone", "email", "meeting", "note")


def tree(data: QueryDict) -> Any:
    """The definition that the form carries; nobody's browser sends one that cannot be read."""
    text = data.get("definition", "") or "{}"
    try:
        found = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Http404("definition")
    return found


def leaf(actor: Actor, kind: str, data: QueryDict) -> dict[str, Any]:
    """The condition that the form describes; Invalid when it describes none."""
    what = data.get("what", "")
    if what in words.subjects(actor):
        return words.from_form(data)
    subject = next((s for s in filters.subjects(actor, get(kind)) if s.path == what), None)
    if subject is None:
        raise Invalid({"filter": [_("Choose what the condition is about.")]})
    made = filters.from_form(subject, data.get("op", ""), data)
    compile_filter(actor, get(kind), made)
    return made


def conditions(actor: Actor, kind: str, definition: Any, form: QueryDict) -> dict[str, Any]:
    """What the chips and the form of a new condition show."""
    what = form.get("what", "")
    joint, chips = words.chips(actor, kind, definition)
    own = words.subjects(actor)
    fields = {s.path: s for s in filters.subjects(actor, get(kind))}
    subject = fields.get(what)
    operators = subject.operators if subject else {}
    op = form.get("op", "") if form.get("op", "") in operators else next(iter(operators), "")
    measures = [
        (name, label)
        for name, label in words.MEASURES.items()
        if what == "purchase" or name not in words.ONLY_PURCHASES
    ]
    chosen = form.get("measure", "times_gte")
    return {
        "tree": json.dumps(definition, ensure_ascii=False),
        "joint": joint,
        "other": filters.OTHER[joint],
        "chips": chips,
        "what": what,
        "choices": [*own.items(), *((s.path, s.label) for s in fields.values())],
        "label": own.get(what) or (subject.label if subject else ""),
        "behaviour": what if what in own and what != "segment" else "",
        "measures": measures,
        "measure": chosen,
        "period": chosen not in ("none", "cadence"),
        "channels": [("", _("any channel")), *((name, name) for name in CHANNELS)],
        "segments": [(s.pk, s.name) for s in queries.listed(actor, kind)] if what == "segment" else [],
        "subject": subject,
        "operators": operators.items(),
        "op": op,
        "form": form,
        **value_widget(subject, op, None, actor),
    }
