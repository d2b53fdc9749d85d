"""What others ask of standings."""

from __future__ import annotations

from typing import Any

from anello.core.modules import get
from anello.core.policies import Actor, can, field_access, visible
from anello.intelligence.value.models import Standing


def standing(actor: Actor, kind: str, record: Any) -> dict[str, Any]:
    """The standing of a customer (`kind` person | organisation) as far as the actor may see it; empty without one.

    Remembered with the record: several panels of its page tell of it.
    """
    known: dict[Actor, dict[str, Any]] = record.__dict__.setdefault("_standing", {})
    if actor not in known:
        known[actor] = _standing(actor, kind, record.pk)
    return known[actor]


def _standing(actor: Actor, kind: str, pk: int) -> dict[str, Any]:
    if not can(actor, "standing"):
        return {}
    found = Standing.objects.filter(visible(actor, "standing"), **{kind: pk}).first()
    if found is None:
        return {}
    levels = field_access(actor, get("standing"))
    return {f.name: f.get(found) for f in get("standing").fields if levels[f.name] != "hidden"}
