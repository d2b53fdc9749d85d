"""Running an action: input, policy, one transaction, events."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models import Model
from psycopg.errors import DeadlockDetected
from pydantic import BaseModel, ValidationError

from anello.core.actions import engine
from anello.core.actions.context import Context
from anello.core.actions.errors import Conflict, Denied, Invalid, NotFound, OnlyLooking, explain
from anello.core.actions.models import IdempotencyKey
from anello.core.actions.registry import Action, derived, find
from anello.core.events import append
from anello.core.modules import Module, get
from anello.core.policies import can, visible
from anello.kit.text import L

DEADLOCKS = 2
"""So often a gesture is begun anew because it and another one waited for each other."""
Target = int | str | Sequence[int] | Any


def run(
    name: str,
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | BaseModel | None = None,
    ctx: Context | None = None,
    *,
    target: Target = None,
    version: int | None = None,
    key: str | None = None,
) -> Any:
    """Run a registered action in one transaction and return its result.

    `target` is the record (or its id, or several ids) acted upon; `version` the version the actor saw; `key` an
    idempotency key: the same key does nothing twice and returns the first result.
    Raises Invalid, NotFound, Denied or Conflict; then nothing was written.
    """
    ctx = ctx or Context()
    return _unhindered(
        lambda: once(ctx, name, data, lambda: _perform(ctx, name, data, target, version), target=target, key=key)
    )


def _unhindered(perform: Callable[[], Any]) -> Any:
    """What `perform` returns; the database takes it back when it and another gesture wait for each other: then anew."""
    for _ in range(DEADLOCKS):
        try:
            return perform()
        except OperationalError as error:
            # Within a larger transaction all of it is gone, not this gesture alone.
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    return perform()


def once(
    ctx: Context, name: str, data: Any, perform: Callable[[], Any], *, target: Target = None, key: str | None
) -> Any:
    """What `perform` returns, in one transaction; with the `key` of an earlier gesture, what that one returned."""
    with writing(ctx):
        memory, earlier = _remember(ctx, name, data, target, key)
        if earlier is not None:
            return _recall(earlier)
        result = perform()
        if memory is not None:
            memory.result = _reference(result)
            memory.save(update_fields=["result"])
    return result


@contextmanager
def writing(ctx: Context) -> Iterator[None]:
    """A transaction (or savepoint, within another) whose events are appended when the outermost one ends.

    When it fails, its events are forgotten with everything else it wrote. Whoever only looks through somebody's eyes
    writes nothing at all.
    """
    if ctx.actor.viewer is not None:
        raise OnlyLooking(
            L(
                f"Vedi Anello come {ctx.actor.user}: non puoi cambiare nulla.",
                f"You see Anello as {ctx.actor.user}: nothing can be changed.",
            )
        )
    with transaction.atomic():
        ctx.depth += 1
        written = len(ctx.events)
        try:
            yield
            if ctx.depth == 1:
                append(ctx.events)
        except BaseException:
            del ctx.events[written:]
            raise
        finally:
            ctx.depth -= 1
    if ctx.depth == 0:
        ctx.events = []


def _perform(ctx: Context, name: str, data: Any, target: Target, version: int | None) -> Any:
    own = find(name)
    if own is not None:
        return _own(ctx, own, data, target, version)
    found = derived(name)
    if found is None:
        raise LookupError(f"no action is called {name}")
    module, verb = found
    if verb == "create":
        _require(ctx, module, "create")
        rows = [data or {}] if not isinstance(data, list | tuple) else data
        records = engine.create(ctx, module, rows, checked=True, indexed=isinstance(data, list | tuple))
        return records if isinstance(data, list | tuple) else records[0]
    records = fetch(ctx, module, target, "edit" if verb == "update" else "delete", deleted=verb == "restore")
    if verb == "update":
        values = dict(data or {})
        result = engine.update(ctx, module, [(r, values) for r in records], checked=True, version=version)
    elif verb == "delete":
        _same_version(records, version)
        result = engine.delete(ctx, module, records)
    else:
        result = engine.restore(ctx, module, records)
    return result if isinstance(target, list | tuple) else result[0]


def _own(ctx: Context, own: Action, data: Any, target: Target, version: int | None) -> Any:
    module = get(own.module) if own.module else None
    arguments: list[Any] = []
    if own.target and module is not None:
        (record,) = fetch(ctx, module, target, own.verb)
        _same_version([record], version)
        if own.when is not None and not own.when(record):
            raise Invalid(L("Adesso questo record non lo consente.", "The record does not allow it now."))
        arguments.append(record)
    elif module is not None:
        _require(ctx, module, own.verb)
    elif ctx.actor.user is None and not ctx.actor.system:
        raise Denied(name_of(own))
    arguments.append(_typed(own, data))
    before = len(ctx.events)
    result = own.handler(ctx, *arguments)
    subject = arguments[0] if own.target and module is not None else None
    if not any(event.kind == own.name for event in ctx.events[before:]):
        ctx.emit(own.name, subject, data=arguments[-1].model_dump(mode="json", exclude_unset=True))
    return result


def name_of(own: Action) -> str:
    return str(own.label or own.name)


def _typed(own: Action, data: Any) -> BaseModel:
    if isinstance(data, own.input):
        return data
    try:
        return own.input.model_validate(dict(data or {}))
    except ValidationError as error:
        raise Invalid(explain(error)) from error


def _require(ctx: Context, module: Module, verb: str) -> None:
    if not can(ctx.actor, module, verb):
        raise (Denied if can(ctx.actor, module, "view") else NotFound)(str(module.plural))


def fetch(ctx: Context, module: Module, target: Target, verb: str, *, deleted: bool = False) -> list[Any]:
    """The records, locked, in the order given; NotFound if the actor may not see one, Denied if not do `verb`."""
    ids = [target] if not isinstance(target, list | tuple) else list(target)
    ids = [getattr(i, "pk", i) for i in ids]
    manager = getattr(module.model, "everything", module.model._default_manager)
    found = manager.select_for_update(of=("self",)).filter(pk__in=ids).filter(visible(ctx.actor, module, verb))
    if module.is_record:
        found = found.filter(deleted_at__isnull=not deleted)
    # A stable order of locking avoids deadlocks between gestures on many records.
    by_id = {record.pk: record for record in found.order_by("pk")}
    missing = [i for i in ids if i not in by_id]
    if missing:
        seen = module.model._default_manager.filter(pk__in=missing).filter(visible(ctx.actor, module)).count()
        raise (Denied if seen == len(set(missing)) else NotFound)(str(module.names))
    return [by_id[i] for i in ids]


def _same_version(records: Sequence[Any], version: int | None) -> None:
    for record in records:
        if version is not None and record.version != version:
            raise Conflict(record, {})


def _remember(ctx: Context, name: str, data: Any, target: Target, key: str | None) -> tuple[Any, Any]:
    if key is None:
        return None, None
    body = data.model_dump(mode="json") if isinstance(data, BaseModel) else data
    pk = getattr(target, "pk", target)
    digest = hashlib.sha256(json.dumps([name, pk, body], sort_keys=True, default=str).encode()).hexdigest()
    # The unique index makes a concurrent twin wait here until the first one has committed.
    memory = IdempotencyKey(user=ctx.actor.user, key=key, action=name, digest=digest)
    IdempotencyKey.objects.bulk_create([memory], ignore_conflicts=True)
    known = IdempotencyKey.objects.get(user=ctx.actor.user, key=key)
    if known.result is not None:
        if known.digest != digest:
            raise Invalid(
                L(
                    "Questa chiave di idempotenza è già servita per altro.",
                    "This idempotency key was used for something else.",
                )
            )
        return known, known.result
    return known, None


def _reference(result: Any) -> Any:
    if isinstance(result, list):
        return {"many": [_reference(item) for item in result]}
    if isinstance(result, Model):
        return {"model": result._meta.label, "id": result.pk}
    return {"value": result}


def _recall(reference: Any) -> Any:
    if "many" in reference:
        return [_recall(item) for item in reference["many"]]
    if "model" in reference:
        model: Any = apps.get_model(reference["model"])
        return getattr(model, "everything", model._default_manager).get(pk=reference["id"])
    return reference["value"]
