"""From a value to a verb: putting a record into a column or a stage may be an action, and may ask for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from anello.core.actions import Action, Invalid, find
from anello.core.modules import Board, Module
from anello.core.ui.records.pages import runnable
from anello.kit.text import L

NOT_NOW = L("Da qui non si passa direttamente lì.", "From here there is no way straight there.")
NOT_BY_HAND = L("Lì le schede arrivano da sole.", "Cards get there by themselves.")


@dataclass(frozen=True)
class Step:
    """Giving the field `name` a value: the action that does it, and what it is told."""

    module: Module
    name: str
    value: Any
    action: str

    @property
    def own(self) -> Action | None:
        """The registered verb; None for a plain update."""
        return find(self.action)

    @property
    def takes_value(self) -> bool:
        return self.own is None or self.name in self.own.input.model_fields

    @property
    def data(self) -> dict[str, Any]:
        return {self.name: self.value} if self.takes_value else {}

    @property
    def asks(self) -> bool:
        """Whether the verb has questions of its own, which come first."""
        return self.own is not None and not self.takes_value and bool(self.own.input.model_fields)

    def missing(self, error: Invalid) -> bool:
        """Whether what is wrong can be put right by answering the verb's other questions."""
        if self.own is None or not self.takes_value:
            return False
        return bool(error.errors) and set(error.errors) <= set(self.own.input.model_fields) - {self.name}

    def dialog(self, pk: int) -> str:
        """The address of the verb's questions; the value itself is not asked again."""
        url = reverse("ui:action", args=[self.module.slug, pk, self.action])
        return f"{url}?{urlencode({self.name: self.value, 'fixed': self.name})}" if self.takes_value else url

    @property
    def by_hand(self) -> bool:
        """Whether people may ever take it: a readonly field changes by its verb only."""
        return self.own is not None or not self.module.field(self.name).readonly

    def check(self, request: HttpRequest, record: Any) -> None:
        """Invalid where the record as it is allows no such step."""
        if not self.by_hand:
            raise Invalid(NOT_BY_HAND)
        if not self.takes_value and self.own is not None and not runnable(request, self.module, record, self.own):
            raise Invalid(NOT_NOW)


def step_to(module: Module, name: str, value: Any) -> Step:
    """How a record of the module gets that value: its board's verb for it, `<module>.move`, or an update."""
    board = module.view(Board)
    if board is not None and board.by == name and str(value) in board.verbs:
        return Step(module, name, value, board.verbs[str(value)])
    move = find(f"{module.name}.move")
    moves = move is not None and name in move.input.model_fields
    return Step(module, name, value, f"{module.name}.{'move' if moves else 'update'}")
