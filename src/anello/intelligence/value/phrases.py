"""The events of models in words that follow the actor's name."""

from __future__ import annotations

from anello.core.events.models import Event
from anello.core.ui.records.panels import phrase
from anello.kit.text import L

_PHRASES = {
    "model_run.fitted": L("ha stimato il modello", "fitted the model"),
    "model_run.asked": L("ha chiesto una nuova stima", "asked for a new fit"),
    "standing.scored": L("ha ricalcolato il valore", "worked the value out again"),
    "lead_score.scored": L("ha ricalcolato la probabilità", "worked the probability out again"),
}


def _say(event: Event) -> str:
    return str(_PHRASES[event.kind])


for _kind in _PHRASES:
    phrase(_kind)(_say)
