"""What a dashboard asks of all its reports at once: a period, an owner, a team, and what was picked in one of them.

A pick is a value of a dimension of one report. Another report heeds it where it has the same thing: the same field, a
link to the same kind of record, or, for days, the date that its own period is about.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, TypeAdapter, ValidationError
from pydantic import Field as Constraint

from anello.core.actions import Invalid
from anello.core.modules import Choice, Link, get
from anello.core.policies import Actor, field_access
from anello.core.search.filters import storable
from anello.core.search.records import titles_of
from anello.core.ui.lists.conditions import PERIODS
from anello.intelligence.reports.definitions import Definition, Filters, Key
from anello.intelligence.reports.pivot import condition, say
from anello.intelligence.reports.semantics import Dimension, Semantics, semantics
from anello.kit.numbers import whole

FILTERS = get_args(get_args(Filters)[0])
MOST = 6


class Pick(BaseModel):
    """A value of a dimension of a module: a day is the first of its period."""

    model_config = ConfigDict(extra="forbid")

    module: Key
    dimension: Key
    value: StrictBool | StrictInt | StrictStr | None


_picks = TypeAdapter(Annotated[list[Pick], Constraint(max_length=MOST)])


def picks(text: str) -> list[Pick]:
    """The picks in an address; Invalid when they cannot be read."""
    try:
        found = _picks.validate_json(text) if text else []
    except ValidationError as error:
        raise _unreadable() from error
    if not all(storable(pick.value) for pick in found):
        raise _unreadable()
    return found


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """What of an address are filters of a dashboard."""
    return {name: given[name] for name in FILTERS if given.get(name)}


def narrowed(actor: Actor, definition: Definition, given: Mapping[str, str]) -> tuple[Definition, list[str]]:
    """The definition under a dashboard's filters, and in words what of them it does not heed."""
    notes = []
    if period := given.get("period"):
        if definition.by:
            definition = definition.model_copy(update={"period": period})
        else:
            notes.append(_("The period of the dashboard does not apply: this report has no date."))
    module = get(definition.module)
    for name, said in (("owner", _("owner")), ("team", _("team"))):
        pk = whole(given.get(name))
        if pk is None:
            continue
        if module.has(name) and field_access(actor, module)[name] != "hidden":
            definition = definition.narrowed({"field": name, "op": "in", "value": [pk]})
        else:
            notes.append(_("The %(filter)s of the dashboard does not apply here.") % {"filter": said})
    for pick in picks(given.get("only", "")):
        dimension, value = _meant(actor, pick)
        found = _here(semantics(actor, definition.module), definition, pick.module, dimension)
        if found is not None:
            definition = definition.narrowed(condition(found, value))
        else:
            notes.append(_("“%(what)s” does not apply here.") % {"what": _said(actor, dimension, value)})
    return definition, notes


def _meant(actor: Actor, pick: Pick) -> tuple[Dimension, Any]:
    dimension = semantics(actor, pick.module).dimension(pick.dimension)
    value: Any = pick.value
    if dimension.unit and value is not None:
        try:
            value = dt.date.fromisoformat(str(value))
        except ValueError as error:
            raise _unreadable() from error
    return dimension, value


def _here(known: Semantics, definition: Definition, module: str, picked: Dimension) -> Dimension | None:
    """The dimension of this report that is the same thing as the picked one."""
    own = known.dimensions
    if picked.unit:
        if definition.by:
            return own.get(f"{definition.by}@{picked.unit}")
        return own.get(picked.key) if module == definition.module else None
    if module == definition.module:
        return own.get(picked.key)
    same = own.get(picked.key)
    if same is not None and _alike(same, picked):
        return same
    if picked.link is None and isinstance(picked.field, Link):
        return next((d for d in own.values() if d.link is None and _alike(d, picked)), None)
    return None


def _alike(one: Dimension, other: Dimension) -> bool:
    if (one.link and one.link.to) != (other.link and other.link.to):
        return False
    if isinstance(one.field, Link) and isinstance(other.field, Link):
        return one.field.to == other.field.to
    if isinstance(one.field, Choice) and isinstance(other.field, Choice):
        return [o.value for o in one.field.options] == [o.value for o in other.field.options]
    return one.link is not None and one.field is other.field


def sentences(actor: Actor, given: Mapping[str, str]) -> list[str]:
    """The filters in words; Invalid when they cannot be read."""
    said = []
    if period := given.get("period"):
        said.append(_("Period: %(value)s") % {"value": PERIODS.get(period, period)})
    for name, module, label in (("owner", "user", _("Owner")), ("team", "team", _("Team"))):
        if (pk := whole(given.get(name))) is not None:
            title = titles_of(actor, get(module), [pk]).get((module, pk), pk)
            said.append(f"{label}: {title}")
    return said + [pick for pick, _rest in words(actor, given)]


def words(actor: Actor, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The picks as (what is picked, the value of `only` without it)."""
    found = picks(given.get("only", ""))
    return [
        (_said(actor, *_meant(actor, pick)), _text([other for other in found if other is not pick])) for pick in found
    ]


def _said(actor: Actor, dimension: Dimension, value: Any) -> str:
    title = ""
    if isinstance(dimension.field, Link) and isinstance(value, int):
        title = titles_of(actor, get(dimension.field.to), [value]).get((dimension.field.to, value), "")
    return f"{dimension.label.split(' (')[0]}: {title or say(dimension, value)}"


def picking(module: str, given: Mapping[str, str], board: str) -> Callable[[Dimension, Any], str]:
    """What makes the address of the dashboard with one more pick, or, of what is picked already, one less."""
    found = picks(given.get("only", ""))

    def address(dimension: Dimension, value: Any) -> str:
        kept = value.isoformat() if isinstance(value, dt.date) else value
        one = Pick(module=module, dimension=dimension.key, value=kept)
        rest = [other for other in found if (other.module, other.dimension) != (module, dimension.key)]
        now = rest if one in found else [*rest, one][-MOST:]
        query = {**chosen(given), "only": _text(now)}
        return f"{board}?{urlencode({name: text for name, text in query.items() if text})}"

    return address


def _text(many: Sequence[Pick]) -> str:
    return json.dumps([p.model_dump() for p in many], ensure_ascii=False, separators=(",", ":")) if many else ""


def _unreadable() -> Invalid:
    return Invalid({"filter": [_("The filter in this address cannot be read.")]})
