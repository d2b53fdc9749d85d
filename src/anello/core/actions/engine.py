"""The engine under every action: validates, applies rules, stores, and tells what changed.

All functions take many records and cost a fixed number of statements plus the rules' own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from pydantic import ValidationError

from anello.core.actions import bulk, rules
from anello.core.actions.context import Change, Context
from anello.core.actions.errors import Conflict, Invalid, explain
from anello.core.events.models import Event
from anello.core.modules import Link, Module, Phone, Record, Ref, all_modules, get
from anello.core.policies import field_access, visible
from anello.kit.text import L, normalise

UNKNOWN = L("Campo sconosciuto.", "Unknown field.")
READ_ONLY = L("Non puoi modificare questo campo.", "You cannot change this field.")
NO_RECORD = L("Non esiste, o non puoi vederlo.", "It does not exist, or you cannot see it.")
_NO_WORD = re.compile(r"[\W_]+")
DERIVED = frozenset({"id", "title", "team", "created_at", "updated_at", "created_by", "updated_by"})
"""Columns that follow from others or from the event itself: no change of their own."""
TAKEN = L("Questo valore è già usato da un altro record.", "Another record already has this value.")


def create(
    ctx: Context, module: Module, rows: Sequence[Mapping[str, Any]], *, checked: bool = False, indexed: bool = False
) -> list[Any]:
    """Create records from JSON-like or Python values; `checked` asks the actor's field and link permissions."""
    return insert(ctx, module, validate(ctx, module, rows, "create", checked=checked, indexed=indexed), indexed=indexed)


def insert(ctx: Context, module: Module, cleaned: Iterable[Mapping[str, Any]], *, indexed: bool = False) -> list[Any]:
    """Create records from values that are already typed and valid (those `validate` returns)."""
    changes = []
    new = bulk.blank(module.model)
    for values in cleaned:
        record = new()
        for name, value in values.items():
            module.field(name).set(record, value)
        changes.append(Change(record))
    _default_owner(ctx, module, changes)
    store_new(ctx, module, changes, indexed=indexed)
    return [change.record for change in changes]


def validate(
    ctx: Context,
    module: Module,
    rows: Sequence[Mapping[str, Any]],
    verb: str,
    *,
    checked: bool,
    indexed: bool = False,
) -> list[dict[str, Any]]:
    """Typed values of the given fields only; raises Invalid with every error of every row."""
    access = field_access(ctx.actor, module) if checked else {}
    typed: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    shape = module.input_model(verb)
    for index, row in enumerate(rows):
        prefix = f"{index}." if indexed else ""
        if not isinstance(row, Mapping):
            errors[f"{index}"] = [str(L("Serve un oggetto.", "An object is needed."))]
            typed.append({})
            continue
        for name in row if checked else ():
            if access.get(name) == "read":
                errors.setdefault(prefix + name, []).append(str(READ_ONLY))
            elif access.get(name) == "hidden":
                errors.setdefault(prefix + str(name), []).append(str(UNKNOWN))
        try:
            valid = shape.model_validate({str(k): v for k, v in row.items() if access.get(k) not in ("read", "hidden")})
            typed.append({name: getattr(valid, name) for name in valid.model_fields_set})
        except ValidationError as error:
            errors.update(explain(error, prefix))
            typed.append({})
    if not errors:
        errors.update(_broken_links(ctx, module, typed, checked=checked, indexed=indexed))
    if errors:
        raise Invalid(errors)
    return typed


def _broken_links(
    ctx: Context, module: Module, typed: Sequence[dict[str, Any]], *, checked: bool, indexed: bool
) -> dict[str, list[str]]:
    links = [f for f in module.inputs.values() if isinstance(f, Link | Ref)]
    return {
        f"{index}.{name}" if indexed else name: [str(NO_RECORD)]
        for index, name in dangling(ctx, module, links, typed, checked=checked)
    }


def dangling(
    ctx: Context, module: Module, links: Iterable[Link | Ref], rows: Sequence[Mapping[str, Any]], *, checked: bool
) -> list[tuple[int, str]]:
    """(row, field) of links to what does not exist or, `checked`, what the actor may not see; one statement per module.

    To make a child of a record takes the right to edit it.
    """
    places: dict[tuple[str, str], dict[int, list[tuple[int, str]]]] = {}
    for link in links:
        verb = "edit" if link.name in module.parents else "view"
        for index, values in enumerate(rows):
            if (target := link.target(values.get(link.name))) is not None:
                places.setdefault((target[0], verb), {}).setdefault(target[1], []).append((index, link.name))
    broken: list[tuple[int, str]] = []
    for (name, verb), wanted in places.items():
        to = get(name)
        found = to.model._default_manager.filter(pk__in=wanted)
        if checked:
            found = found.filter(visible(ctx.actor, to, verb))
        for pk in wanted.keys() - set(found.values_list("pk", flat=True)):
            broken += wanted[pk]
    return sorted(broken)


def _default_owner(ctx: Context, module: Module, changes: Iterable[Change]) -> None:
    if module.is_record and ctx.actor.user is not None:
        for change in changes:
            if change.record.owner_id is None:
                change.record.owner_id = ctx.actor.user.pk


def store_new(ctx: Context, module: Module, changes: list[Change], *, indexed: bool = False) -> None:
    """Store new records whose values are already valid: rules, derived columns, one INSERT, events."""
    rules.apply(ctx, module.name, "before", changes)
    rules.settle(ctx, module, "before", changes)
    _stamp(ctx, module, changes)
    records = [change.record for change in changes]
    _guard(module, records, lambda: bulk.insert(module.model, records), indexed=indexed)
    fields = [f for f in module.fields if f.name not in DERIVED]
    for record in records:
        given: dict[str, Any] = {}
        for f in fields:
            value = f.get(record)
            if value is not None and value != "" and value != []:
                given[f.name] = [None, f.json(value)]
        ctx.emit(f"{module.name}.created", record, changes=given)
    rules.apply(ctx, module.name, "after", changes)
    rules.settle(ctx, module, "after", changes)


def update(
    ctx: Context,
    module: Module,
    pairs: Sequence[tuple[Any, Mapping[str, Any]]],
    *,
    checked: bool = False,
    version: int | None = None,
    verb: str = "update",
) -> list[Any]:
    """Change records (locked by the caller or not); fields that keep their value are no change and no event.

    With `version`, changes that others made since to the same fields are a Conflict; to other fields, they stand.
    """
    indexed = len(pairs) > 1
    cleaned = validate(ctx, module, [values for _, values in pairs], verb, checked=checked, indexed=indexed)
    valid = [(record, values) for (record, _), values in zip(pairs, cleaned, strict=True)]
    if version is not None:
        for record, values in valid:
            if record.version != version:
                _conflict(module, record, values, version)
    amend(ctx, module, valid, indexed=indexed)
    return [record for record, _ in pairs]


def amend(
    ctx: Context, module: Module, pairs: Iterable[tuple[Any, Mapping[str, Any]]], *, indexed: bool = False
) -> list[Change]:
    """Change records to values that are already typed and valid; returns the changes that made a difference."""
    changes: list[Change] = []
    for record, values in pairs:
        change = Change(record, before=_snapshot(module, record))
        for name, value in values.items():
            module.field(name).set(record, value)
        change.changed = _differences(module, change)
        changes.append(change)
    places = [place for place, change in enumerate(changes) if change.changed]
    made = [changes[place] for place in places]
    try:
        store_changes(ctx, module, made, indexed=indexed)
    except Invalid as error:
        if not indexed:
            raise
        raise Invalid(_placed(error.errors, places)) from error
    return made


def _placed(errors: Mapping[str, Sequence[str]], places: Sequence[int]) -> dict[str, Sequence[str]]:
    """Errors of rules, who count only the records that change, at the places of these among all that were given."""
    found: dict[str, Sequence[str]] = {}
    for name, messages in errors.items():
        head, _dot, rest = name.partition(".")
        if len(places) == 1:
            found[f"{places[0]}.{name}"] = messages
        elif head.isdecimal() and int(head) < len(places):
            found[f"{places[int(head)]}.{rest}"] = messages
        else:
            found[name] = messages
    return found


def store_changes(ctx: Context, module: Module, changes: list[Change], *, indexed: bool = False) -> None:
    """Store changed records: rules, derived columns, UPDATE, events."""
    if not changes:
        return
    rules.apply(ctx, module.name, "before", changes)
    for change in changes:
        change.changed = _differences(module, change)
    rules.settle(ctx, module, "before", changes)
    _stamp(ctx, module, changes)
    columns: set[str] = {"version"}
    if module.is_record:
        columns |= {"title", "title_key", "search_text", "updated_at", "updated_by", "team"}
    for change in changes:
        columns.update(column for name in change.changed for column in module.field(name).columns)
    records = [change.record for change in changes]
    _guard(module, records, lambda: _save(module, records, columns), indexed=indexed)
    for change in changes:
        ctx.emit(f"{module.name}.updated", change.record, changes=_told(module, change))
    rules.apply(ctx, module.name, "after", changes)
    rules.settle(ctx, module, "after", changes)


def derive(
    ctx: Context, module: Module, records: Sequence[Any], work: Callable[[], None], *, told: bool = True
) -> list[Change]:
    """Store what `work` sets on records (locked by the caller) because it follows from others; returns what differs.

    Nobody edited these records: no rules, no author, no new version. The log tells it, as `derived`; unless `told`,
    neither the log nor what follows from these records in turn hears of it.
    """
    changes = [Change(record, before=_snapshot(module, record)) for record in records]
    work()
    for change in changes:
        change.changed = _differences(module, change)
    changes = [change for change in changes if change.changed]
    if not changes:
        return []
    columns = {column for change in changes for name in change.changed for column in module.field(name).columns}
    bulk.update(module.model, [change.record for change in changes], columns)
    if told:
        for change in changes:
            ctx.emit(f"{module.name}.updated", change.record, changes=_told(module, change), data={"derived": True})
        rules.settle(ctx, module, "after", changes)
    return changes


def _told(module: Module, change: Change) -> dict[str, list[Any]]:
    """{field: [before, after]} in JSON forms."""
    return {n: [_json(module, n, change.before[n]), _json_of(module, n, change.record)] for n in sorted(change.changed)}


def _save(module: Module, records: list[Any], columns: set[str]) -> None:
    if len(records) == 1:
        records[0].save(update_fields=columns)
    else:
        bulk.update(module.model, records, columns)


def _snapshot(module: Module, record: Any) -> dict[str, Any]:
    return {f.name: f.get(record) for f in module.fields}


def _differences(module: Module, change: Change) -> set[str]:
    return {n for n, old in change.before.items() if n not in DERIVED and module.field(n).get(change.record) != old}


def _json(module: Module, name: str, value: Any) -> Any:
    return module.field(name).json(value)


def _json_of(module: Module, name: str, record: Any) -> Any:
    return _json(module, name, module.field(name).get(record))


def _conflict(module: Module, record: Any, values: Mapping[str, Any], version: int) -> None:
    since = Event.objects.filter(module=module.name, record_id=record.pk, version__gt=version).values_list(
        "changes", flat=True
    )
    theirs = {name for changes in since for name in changes}
    both = {n for n in values if n in theirs and module.field(n).get(record) != values[n]}
    if both:
        raise Conflict(record, {n: (_json_of(module, n, record), _json(module, n, values[n])) for n in sorted(both)})


def _stamp(ctx: Context, module: Module, changes: Sequence[Change]) -> None:
    """Columns that follow from others: team of the owner, title, searched text, version, who and when."""
    if module.is_record:
        _teams(ctx, changes)
    for change in changes:
        record = change.record
        if not change.new and hasattr(record, "version"):
            record.version += 1
        if not isinstance(record, Record):
            continue
        if change.new:
            record.created_by_id = ctx.actor.id
            record.created_at = ctx.now
        record.updated_by_id = ctx.actor.id
        record.updated_at = ctx.now
        record.title = module.title(record)[:300]
        record.title_key = normalise(record.title)[:100]
        record.search_text = search_text(module, record)


def _teams(ctx: Context, changes: Sequence[Change]) -> None:
    owners = {c.record.owner_id for c in changes if c.touches("owner") and c.record.owner_id}
    teams = {ctx.actor.id: ctx.actor.user.team_id} if ctx.actor.user else {}
    if others := owners - teams.keys():
        teams |= dict(get("user").model._default_manager.filter(pk__in=others).values_list("pk", "team_id"))
    for change in changes:
        if change.touches("owner") and change.record.owner_id:
            change.record.team_id = teams.get(change.record.owner_id)


def search_text(module: Module, record: Any) -> str:
    """The normal form of title and searched fields, punctuation as spaces so that every part is a word."""
    words = [record.title]
    for name in module.search:
        f = module.field(name)
        value = f.get(record)
        if not value:
            continue
        if isinstance(f, Phone):
            # As people type it: with and without the Italian prefix.
            words += [value.lstrip("+"), value.removeprefix("+39")]
        else:
            words.append(f.display(value))
    return _NO_WORD.sub(" ", normalise(" ".join(words))).strip()[:4000]


def _guard(module: Module, records: Sequence[Any], write: Any, *, indexed: bool) -> None:
    """Turn what the database refuses into errors at the fields.

    No savepoint of its own: the refused write ends the gesture, whose savepoint or transaction is rolled back.
    """
    try:
        with transaction.atomic(savepoint=False):
            write()
    except IntegrityError as error:
        raise Invalid(_explain_constraint(module, error)) from error


def _explain_constraint(module: Module, error: IntegrityError) -> dict[str, list[str]]:
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    for constraint in module.model._meta.constraints:
        if constraint.name == name:
            names: tuple[str, ...] = tuple(getattr(constraint, "fields", ()))
            own = constraint.violation_error_message
            words = str(own if own != constraint.default_violation_error_message else TAKEN)
            return {names[0] if len(names) == 1 else "": [words]}
    column = getattr(diagnosis, "column_name", None)
    for f in module.fields:
        if name and f.unique_index == name:
            return {f.name: [str(TAKEN)]}
        unique = name and name.startswith(f"{module.model._meta.db_table}_{f.name}") and _is_unique(module, f.name)
        if unique:
            return {f.name: [str(TAKEN)]}
        if column in (f.name, f.attribute):
            return {f.name: [str(L("Serve un valore.", "A value is needed."))]}
    raise error


def _is_unique(module: Module, name: str) -> bool:
    try:
        return bool(getattr(module.model._meta.get_field(name), "unique", False))
    except FieldDoesNotExist:
        return False


def delete(ctx: Context, module: Module, records: Sequence[Any], *, along: bool = False) -> list[Any]:
    """Put records (and what belongs to them) aside; `restore` brings them back.

    What goes `along` with the record it belongs to is not asked for rules of its own.
    """
    _require_deletable(module)
    living = [record for record in records if record.deleted_at is None]
    changes = [Change(record, before=_snapshot(module, record)) for record in living]
    asked = [] if along else changes
    rules.apply(ctx, module.name, "before_delete", asked)
    rules.settle(ctx, module, "before_delete", changes)
    for child, link in _children(module):
        pks = [record.pk for record in living]
        below = child.model._default_manager.filter(**{f"{link.name}__in": pks})
        if child is module:
            below = below.exclude(pk__in=pks)
        if children := list(below.select_for_update(of=("self",))):
            delete(ctx, child, children, along=True)
    for record in living:
        record.deleted_at = ctx.now
        record.version += 1
    bulk.update(module.model, living, ["deleted_at", "version"])
    for record in living:
        ctx.emit(f"{module.name}.deleted", record, data={"title": module.title_of(record)})
    rules.apply(ctx, module.name, "after_delete", asked)
    rules.settle(ctx, module, "after_delete", changes)
    return list(records)


def restore(ctx: Context, module: Module, records: Sequence[Any], *, along: bool = False) -> list[Any]:
    """Bring deleted records back, with what was deleted in the same moment because it belongs to them."""
    _require_deletable(module)
    gone = [record for record in records if record.deleted_at is not None]
    for child, link in _children(module):
        moments = models.Q(pk__in=[])
        for record in gone:
            moments |= models.Q(**{f"{link.name}_id": record.pk, "deleted_at": record.deleted_at})
        if child is module:
            moments &= ~models.Q(pk__in=[record.pk for record in gone])
        if children := list(child.model.everything.select_for_update(of=("self",)).filter(moments)):  # type: ignore[attr-defined]
            restore(ctx, child, children, along=True)
    for record in gone:
        record.deleted_at = None
        record.version += 1
    _guard(module, gone, lambda: bulk.update(module.model, gone, ["deleted_at", "version"]), indexed=False)
    for record in gone:
        ctx.emit(f"{module.name}.restored", record)
    changes = [Change(record, before=_snapshot(module, record)) for record in gone]
    rules.apply(ctx, module.name, "after_restore", [] if along else changes)
    rules.settle(ctx, module, "after_restore", changes)
    return list(records)


def _require_deletable(module: Module) -> None:
    if not module.is_record:
        raise Invalid(L("Questi record non si eliminano.", "These records cannot be deleted."))


def _children(module: Module) -> list[tuple[Module, Link]]:
    return [
        (child, child.field(name))  # type: ignore[misc]
        for child in all_modules()
        for name in (*child.parents, *child.along)
        if child.field(name).to == module.name  # type: ignore[attr-defined]
    ]
