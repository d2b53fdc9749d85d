"""From an address or a record to an answer ready to be shown; what is wrong is said in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import ValidationError

from anello.core.actions import Invalid
from anello.core.policies import Actor
from anello.core.ui.lists.state import tree_of
from anello.intelligence.reports import drawing
from anello.intelligence.reports.definitions import Definition
from anello.intelligence.reports.engine import ask, question
from anello.intelligence.reports.headline import Headline, headlines
from anello.intelligence.reports.pivot import Picking, Pivot, pivot
from anello.kit.numbers import whole
from anello.warehouse import reading
from anello.warehouse.errors import WarehouseError

SPARE_ROWS, SPARE_METRICS = 3, 3


@dataclass(frozen=True)
class Answer:
    """What a screen shows of a report: its table and charts, or what is wrong."""

    definition: Definition | None
    table: Pivot | None = None
    charts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headlines: list[Headline] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the reader has to know to read the figures right."""

    @property
    def empty(self) -> bool:
        return self.table is not None and not self.table.blocks

    @property
    def tabular(self) -> bool:
        """Whether there is more to show than the large figures."""
        return not self.headlines or bool(self.definition and (self.definition.rows or self.definition.columns))


def answer(
    actor: Actor, definition: Definition | None, notes: list[str] | None = None, picking: Picking | None = None
) -> Answer:
    """The answer to a definition for a reader; with `picking`, as a part of a dashboard."""
    if definition is None:
        return Answer(None, errors=[_("This report can no longer be read.")])
    try:
        made = pivot(ask(question(actor, definition)), picking)
        large = headlines(actor, made) if definition.chart == "number" else []
    except Invalid as error:
        return Answer(definition, errors=error.messages)
    except WarehouseError as error:
        return Answer(definition, errors=[str(error)])
    said = [*(notes or [])]
    if len(made.blocks) > 1:
        said.append(_("Amounts are in several currencies, which are not added."))
    return Answer(definition, made, drawing.charts(made), large, notes=said)


def stored(definition: Any) -> Definition | None:
    """A definition as it was kept; None when it no longer is one."""
    try:
        return Definition.model_validate(definition)
    except ValidationError:
        return None


def of_form(given: QueryDict) -> Definition:
    """The definition in the builder's address; Invalid says what of it cannot be read."""

    def numbered(name: str) -> list[str]:
        return [value for value in given.getlist(name) if value]

    fields: dict[str, Any] = {
        "module": given.get("module", ""),
        "metrics": numbered("metric") or ["count"],
        "rows": numbered("row"),
        "columns": numbered("column"),
        "filter": tree_of(given.get("filter", "")),
        "by": given.get("by", ""),
        "period": given.get("period", ""),
        "sort": given.get("sort", ""),
        "limit": whole(given.get("limit")) or 50,
        "chart": given.get("chart", "bar"),
    }
    if fields["sort"].removeprefix("-") not in fields["metrics"]:
        # The figure that was sorted by has just been taken out.
        fields["sort"] = ""
    try:
        return Definition.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise Invalid({name: [_("“%(name)s” is not as it should be.") % {"name": name}]}) from error


def freshness() -> dt.datetime | None:
    """When the warehouse was made; None before the first load."""
    state = reading.state()
    return dt.datetime.fromisoformat(state["at"]) if state else None
