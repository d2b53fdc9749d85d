"""Opportunities: what follows from stage and amount, and moving them along."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import F
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Change, Context, Invalid, action, asked, rule
from anello.core.actions.checks import Errors
from anello.kit.money import round_money
from anello.kit.text import L
from anello.operations.sales.models import Opportunity, Pipeline, Stage
from anello.operations.sales.module.choices import LOST_REASONS

CLOSED = {"won": "closed", "lost": "omitted"}
NO_PIPELINE = L("Non c'è ancora un percorso di vendita.", "There is no pipeline yet.")
WRONG_STAGE = L("Questa fase è di un altro percorso di vendita.", "This stage is of another pipeline.")
IN_USE = L("Ci sono opportunità in questa fase.", "There are opportunities in this stage.")
WHY = L("Scegli perché è persa.", "Choose why it was lost.")
FROM_LINES = L("L'importo viene dalle righe.", "The amount comes from the lines.")
HAS_LINES = L("Le righe sono in un'altra valuta.", "The lines are in another currency.")


@rule("stage")
def outcome_says_probability(ctx: Context, changes: list[Change]) -> None:
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            stage = change.record
            if stage.kind in CLOSED:
                stage.probability = Decimal(100 if stage.kind == "won" else 0)
                stage.forecast, stage.stale_days = CLOSED[stage.kind], None
            moved = not change.new and change.touches("pipeline", "kind")
            if moved and Opportunity.everything.filter(stage=stage).exists():
                errors.add(index, "", IN_USE)


@rule("stage", when="after")
def stale_moments_follow(ctx: Context, changes: list[Change]) -> None:
    for change in changes:
        days = change.record.stale_days
        if not change.new and change.touches("stale_days"):
            Opportunity.everything.filter(stage=change.record, status="open").update(
                stale_at=F("stage_since") + dt.timedelta(days=days) if days else None
            )


@rule("opportunity")
def stage_says_the_rest(ctx: Context, changes: list[Change]) -> None:
    stages = {stage.pk: stage for stage in Stage.objects.filter(pk__in={c.record.stage_id for c in changes})}
    with Errors(changes) as errors:
        for index, change in enumerate(changes):
            record = change.record
            stage = _place(change, stages)
            if stage.pipeline_id != record.pipeline_id:
                errors.add(index, "stage", WRONG_STAGE)
            _follow(ctx, change, stage)
            if record.status == "lost" and not record.lost_reason:
                errors.add(index, "lost_reason", WHY)
            if record.lines_total is not None and record.amount != record.lines_total:
                errors.add(index, "amount", FROM_LINES)
            if not change.new and "currency" in change.changed and record.lines_total is not None:
                errors.add(index, "currency", HAS_LINES)
            record.expected = round_money(record.amount * record.probability / 100, record.currency)


def _place(change: Change, stages: dict[int, Stage]) -> Stage:
    """The record's stage; the first of its pipeline when it has none, the first pipeline when it has none either."""
    record = change.record
    moved = not change.new and "pipeline" in change.changed and "stage" not in change.changed
    if record.stage_id is not None and not moved:
        stage = stages[record.stage_id]
        record.pipeline_id = record.pipeline_id or stage.pipeline_id
        return stage
    if record.pipeline_id is None:
        pipeline = Pipeline.objects.filter(active=True).order_by("position", "pk").first()
        if pipeline is None:
            raise Invalid({"pipeline": [NO_PIPELINE]})
        record.pipeline_id = pipeline.pk
    first = Stage.objects.filter(pipeline=record.pipeline_id, active=True).order_by("position", "pk").first()
    if first is None:
        raise Invalid({"pipeline": [NO_PIPELINE]})
    record.stage = first
    return first


def _follow(ctx: Context, change: Change, stage: Stage) -> None:
    record = change.record
    record.status = stage.kind
    if change.new or "stage" in change.changed or record.stage_id != change.before["stage"]:
        given = {"probability", "forecast"} & change.changed if not change.new else set()
        if record.probability is None or (not change.new and "probability" not in given):
            record.probability = stage.probability
        if not record.forecast or (not change.new and "forecast" not in given):
            record.forecast = stage.forecast
        # A move taken back brings its own moments with it.
        if "stage_since" not in change.changed:
            record.stage_since = ctx.now
        if "closed_at" not in change.changed:
            record.closed_at = None if stage.kind == "open" else ctx.now
        if stage.kind != "lost" and "lost_reason" not in change.changed:
            record.lost_reason = record.lost_detail = ""
    if stage.kind != "open":
        record.probability, record.forecast, record.stale_at = stage.probability, CLOSED[stage.kind], None
    else:
        record.stale_at = record.stage_since + dt.timedelta(days=stage.stale_days) if stage.stale_days else None


@rule("opportunity", when="after")
def outcomes_are_told(ctx: Context, changes: list[Change]) -> None:
    """`opportunity.won`, `opportunity.lost`, `opportunity.reopened`: for whoever follows the log."""
    for change in changes:
        record = change.record
        before = change.before.get("status", "open")
        if record.status != before:
            ctx.emit(
                f"opportunity.{'reopened' if record.status == 'open' else record.status}",
                record,
                data={"amount": str(record.amount), "currency": record.currency, "reason": record.lost_reason},
            )


WHY_FIELD = asked("Perché è persa", "Lost because", options=[(option.value, option.label) for option in LOST_REASONS])
DETAIL_FIELD = asked("Dettaglio", "Detail")
COMPETITOR_FIELD = asked("A quale concorrente", "To which competitor", link="competitor")


class Move(BaseModel):
    """To which stage; for a lost one also why."""

    model_config = ConfigDict(extra="forbid")
    stage: int = Field(json_schema_extra=asked("Fase", "Stage", link="stage"))
    lost_reason: str | None = Field(None, json_schema_extra=WHY_FIELD)
    lost_detail: str = Field("", max_length=500, json_schema_extra=DETAIL_FIELD)
    competitor: int | None = Field(None, json_schema_extra=COMPETITOR_FIELD)


@action("opportunity.move", module="opportunity", input=Move, label=L("Sposta", "Move"), icon="arrow-right")
def move(ctx: Context, opportunity: Opportunity, data: Move) -> Opportunity:
    """Into another stage; probability, expected value and outcome follow."""
    stage = Stage.objects.filter(pk=data.stage).first()
    if stage is None:
        raise Invalid({"stage": [WRONG_STAGE]})
    return _to(ctx, opportunity, stage, data)


def _to(ctx: Context, opportunity: Opportunity, stage: Stage, data: Move | Lose) -> Opportunity:
    values: dict[str, object] = {"stage": stage.pk}
    if stage.kind == "lost":
        values |= {"lost_reason": data.lost_reason or "", "lost_detail": data.lost_detail}
        if data.competitor is not None:
            values["competitor"] = data.competitor
    return ctx.update(opportunity, values)


class Lose(BaseModel):
    """Why, in which words, to whom."""

    model_config = ConfigDict(extra="forbid")
    lost_reason: str = Field(json_schema_extra=WHY_FIELD)
    lost_detail: str = Field("", max_length=500, json_schema_extra=DETAIL_FIELD)
    competitor: int | None = Field(None, json_schema_extra=COMPETITOR_FIELD)


def _is_open(opportunity: Opportunity) -> bool:
    return opportunity.status == "open"


@action("opportunity.win", module="opportunity", label=L("Vinta", "Won"), icon="trophy", when=_is_open)
def win(ctx: Context, opportunity: Opportunity, data: BaseModel) -> Opportunity:
    """Into the pipeline's won stage."""
    return ctx.update(opportunity, {"stage": _closing(opportunity, "won").pk})


@action("opportunity.lose", module="opportunity", input=Lose, label=L("Persa", "Lost"), icon="x", when=_is_open)
def lose(ctx: Context, opportunity: Opportunity, data: Lose) -> Opportunity:
    """Into the pipeline's lost stage."""
    return _to(ctx, opportunity, _closing(opportunity, "lost"), data)


@action(
    "opportunity.reopen",
    module="opportunity",
    label=L("Riapri", "Reopen"),
    icon="rotate",
    when=lambda opportunity: opportunity.status != "open",
)
def reopen(ctx: Context, opportunity: Opportunity, data: BaseModel) -> Opportunity:
    """Back into the last open stage of its pipeline."""
    stage = (
        Stage.objects.filter(pipeline=opportunity.pipeline_id, kind="open", active=True).order_by("-position").first()
    )
    if stage is None:
        raise Invalid({"stage": [NO_PIPELINE]})
    return ctx.update(opportunity, {"stage": stage.pk})


def _closing(opportunity: Opportunity, kind: str) -> Stage:
    stage = Stage.objects.filter(pipeline=opportunity.pipeline_id, kind=kind, active=True).order_by("position").first()
    if stage is None:
        raise Invalid(
            L("Questo percorso non ha una fase per chiudere così.", "This pipeline has no stage to close like this.")
        )
    return stage
