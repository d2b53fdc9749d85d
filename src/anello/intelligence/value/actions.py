"""What people ask of the models."""

from __future__ import annotations

from pydantic import BaseModel

from anello.core.actions import Context, action
from anello.core.jobs import enqueue
from anello.intelligence.value import cards, projection  # noqa: F401 their own actions
from anello.intelligence.value.jobs import refit
from anello.intelligence.value.models import ModelRun
from anello.kit.text import L


@action("model_run.refit", module="model_run", label=L("Stima di nuovo", "Fit again"), icon="refresh", undoable=False)
def refit_now(ctx: Context, run: ModelRun, data: BaseModel) -> ModelRun:
    """Enqueue a new fit of the same kind; its card comes when it is done."""
    enqueue(refit, unique=f"refit {run.kind} {run.of}", kind=run.kind, of=run.of)
    ctx.emit("model_run.asked", run)
    return run
