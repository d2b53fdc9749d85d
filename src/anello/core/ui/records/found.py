"""The record that an address names, as its reader may know it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Case, Value, When
from django.http import Http404, HttpRequest

from anello.core.modules import Module, Record
from anello.core.modules.fields import BIGINT
from anello.core.policies import Actor, can, visible

VERBS = ("edit", "delete")


def found(request: HttpRequest, module: Module, pk: int, verb: str = "view", *, deleted: bool = False) -> Any:
    """The record with `may_edit` and `may_delete`; 404 if the actor may not see it, 403 if only `verb` is missing.

    With `deleted`, also one that was deleted (its `deleted_at` says so).
    """
    if pk > BIGINT:
        raise Http404(pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    manager: Any = module.model.everything if deleted and module.is_record else module.model._default_manager  # type: ignore[attr-defined]
    records = manager.filter(visible(actor, module), pk=pk)
    if issubclass(module.model, Record):
        records = records.defer("search_text")
    record = records.annotate(**{f"may_{v}": _may(actor, module, v) for v in VERBS}).first()
    if record is None:
        raise Http404(pk)
    if verb != "view" and not getattr(record, f"may_{verb}"):
        raise PermissionDenied(str(module.names))
    return record


def _may(actor: Actor, module: Module, verb: str) -> Any:
    if not can(actor, module, verb):
        return Value(False)
    predicate = visible(actor, module, verb)
    if not predicate:
        return Value(True)
    return Case(When(predicate, then=Value(True)), default=Value(False), output_field=BooleanField())
