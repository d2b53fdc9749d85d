"""What always holds for reports and dashboards: they can be answered, at least to whoever keeps them."""

from __future__ import annotations

from pydantic import TypeAdapter

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.modules import get
from anello.core.policies import visible
from anello.intelligence.reports.definitions import Definition, Tile
from anello.intelligence.reports.engine import question
from anello.kit.text import L


@rule("report")
def it_can_be_asked(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if change.touches("definition"):
            try:
                question(ctx.actor, Definition.model_validate(change.record.definition))
            except Invalid as error:
                raise Invalid({"definition": [m for many in error.errors.values() for m in many]}) from error


@rule("dashboard")
def its_reports_are_there(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        if not change.touches("layout"):
            continue
        tiles = TypeAdapter(list[Tile]).validate_python(change.record.layout)
        wanted = {tile.report for tile in tiles}
        found = get("report").model._default_manager.filter(visible(ctx.actor, "report"), pk__in=wanted)
        if gone := wanted - set(found.values_list("pk", flat=True)):
            raise Invalid({"layout": [L(f"Il report {min(gone)} non esiste.", f"There is no report {min(gone)}.")]})
