"""What a report asks, as data: the same in the builder's address, in the record, in the API and in code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from anello.kit.text import L

Key = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[a-z][a-z0-9_.:@]*$")]
Chart = Literal["bar", "line", "stacked", "funnel", "number", "table"]
CHARTS: dict[str, L] = {
    "bar": L("Barre", "Bars"),
    "line": L("Linee", "Lines"),
    "stacked": L("Barre impilate", "Stacked bars"),
    "funnel": L("Imbuto", "Funnel"),
    "number": L("Numero grande", "Big number"),
    "table": L("Solo tabella", "Table only"),
}


class Definition(BaseModel):
    """`metrics` are `count` or `sum|avg|min|max|distinct:field`; `rows` and `columns` are `field`, `link.field`, or
    `date@day|week|month|quarter|year`; `filter` is one of `core.search`. `by` is the date that `period` (a relative
    one: `this_year`, `last_90_days`) is about. `sort` is a metric, with `-` descending; `limit` holds for the first of
    the rows.
    """

    model_config = ConfigDict(extra="forbid")

    module: Key
    metrics: list[Key] = Constraint(default_factory=lambda: ["count"], min_length=1, max_length=6)
    rows: list[Key] = Constraint(default_factory=list, max_length=3)
    columns: list[Key] = Constraint(default_factory=list, max_length=1)
    filter: dict[str, Any] = Constraint(default_factory=dict)
    by: Annotated[str, StringConstraints(max_length=60)] = ""
    period: Annotated[str, StringConstraints(max_length=40)] = ""
    sort: Annotated[str, StringConstraints(max_length=120)] = ""
    limit: int = Constraint(50, ge=1, le=1000)
    chart: Chart = "bar"

    def narrowed(self, *conditions: Mapping[str, Any]) -> Definition:
        """The same question about fewer records."""
        return self.model_copy(update={"filter": joined(self.filter, *conditions)})


def joined(tree: Mapping[str, Any], *conditions: Mapping[str, Any]) -> dict[str, Any]:
    """A filter and further conditions; flat, so that a list shows each as a chip of its own."""
    if not conditions:
        return dict(tree)
    first = tree.get("all", [tree] if tree else [])
    return {"all": [*first, *conditions]}


Filters = dict[Literal["period", "owner", "team", "only"], Annotated[str, StringConstraints(max_length=4000)]]
"""What a dashboard asks of all its reports, as in its address; see `linking`."""


class Tile(BaseModel):
    """A report on a dashboard; `wide` takes the whole width."""

    model_config = ConfigDict(extra="forbid")

    report: int = Constraint(ge=1, le=2**63 - 1)
    wide: bool = False
