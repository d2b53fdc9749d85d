"""The order of a document's lines."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Invalid, action, engine
from anello.core.modules import get
from anello.kit.text import L
from anello.operations.sales.actions.lines import PARENTS, lines_of

OTHER_LINES = L(
    "Le righe nel frattempo sono cambiate: guarda e riprova.", "The lines have changed: look and try again."
)


class Arrangement(BaseModel):
    """Every line of the document by id, in the new order."""

    model_config = ConfigDict(extra="forbid")
    lines: list[int] = Field(max_length=1000)


def _register(line: str, parent: str) -> None:
    @action(
        f"{parent}.arrange",
        module=parent,
        input=Arrangement,
        label=L("Riordina le righe", "Arrange the lines"),
        shown=False,
    )
    def arrange(ctx: Context, document: Any, data: Arrangement) -> Any:
        lines = {one.pk: one for one in lines_of(document)}
        if sorted(data.lines) != sorted(lines):
            raise Invalid({"lines": [OTHER_LINES]})
        places = [(lines[pk], {"position": place}) for place, pk in enumerate(data.lines, 1)]
        engine.update(ctx, get(line), places)
        return document


for _line, _parent in PARENTS.items():
    _register(_line, _parent)
