"""Duplicates: which rows are new records, which change a record that exists, which are left out.

Keys are compared in one statement per key and batch, and with the rows before in the same batch.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from anello.core.actions import Context
from anello.core.exchange.reading import ID, Entry, Target
from anello.core.modules import Module
from anello.core.policies import visible
from anello.kit.text import L

GONE = L("Non esiste, o non puoi modificarlo.", "It does not exist, or you cannot change it.")
SEVERAL = L(
    "Più record hanno già questo valore: non si sa quale aggiornare.",
    "Several records have this value already: it is unclear which one to update.",
)

Key = tuple[str, Hashable]


@dataclass(eq=False)
class Write:
    """A record to be written: a new one, or changes to `pk`; `rows` are the entries (by index) it comes from."""

    values: dict[str, Any]
    rows: list[int]
    pk: int | None = None
    counted: bool = True
    """False for what only a dry run writes again."""


@dataclass
class Plan:
    """What becomes of a batch in one module."""

    creates: list[Write] = field(default_factory=list)
    updates: dict[int, Write] = field(default_factory=dict)
    skipped: int = 0
    merged: int = 0
    duplicates: int = 0
    errors: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    keys: list[tuple[Key, ...]] = field(default_factory=list)


def plan(
    ctx: Context,
    target: Target,
    which: int,
    entries: Sequence[Entry],
    *,
    rehearsed: set[tuple[int, Key]] | None,
    last: bool,
) -> Plan:
    """Decide on each entry. `rehearsed` holds the keys of a dry run's earlier batches, which are not stored."""
    result = Plan()
    keys = [_keys(target, entry.values[which]) for entry in entries]
    found = _stored(ctx, target, keys)
    made: dict[Key, Write] = {}
    for index, entry in enumerate(entries):
        values = {name: value for name, value in entry.values[which].items() if name != ID}
        stored = next((found[key] for key in keys[index] if key in found), None)
        earlier = next((made[key] for key in keys[index] if key in made), None)
        again = rehearsed is not None and any((which, key) in rehearsed for key in keys[index])
        if ID in entry.values[which] and stored is None:
            result.errors[index] = {target.where[ID]: [str(GONE)]}
            continue
        known = stored is not None or earlier is not None or again
        if not known or target.duplicates == "create":
            result.duplicates += known
            if entry.lacks[which]:
                result.errors[index] = entry.lacks[which]
                continue
            write = Write(values, [index])
            result.creates.append(write)
        elif target.duplicates == "skip":
            result.skipped += 1
            if stored is not None or earlier is not None or last:
                continue
            # A dry run forgets each batch: what earlier rows would have made is made again for later feeds to link to.
            write = Write(values, [index], counted=False)
            result.creates.append(write)
        elif earlier is not None and stored is None:
            earlier.values |= values
            earlier.rows.append(index)
            result.merged += 1
            write = earlier
        elif stored is None:
            result.merged += 1
            continue
        elif len(stored) > 1:
            key = next(key for key in keys[index] if key in found)
            result.errors[index] = {target.where[key[0]]: [str(SEVERAL)]}
            continue
        else:
            (pk,) = stored
            write = result.updates.setdefault(pk, Write({}, [], pk))
            write.values |= values
            write.rows.append(index)
        for key in keys[index]:
            made.setdefault(key, write)
    result.keys = keys
    return result


def known(ctx: Context, target: Target, which: int, entries: Sequence[Entry]) -> set[int]:
    """The entries (by index) that share a key with a record or with an entry before."""
    keys = [_keys(target, entry.values[which]) for entry in entries]
    found = _stored(ctx, target, keys)
    seen: set[Key] = set()
    twice: set[int] = set()
    for index, row in enumerate(keys):
        if any(key in found or key in seen for key in row):
            twice.add(index)
        seen.update(row)
    return twice


def among(module: Module, path: str, values: Iterable[Any]) -> Q:
    """Whether a column is one of many values, given as one array: thousands of parameters cost more than the query."""
    column: Any = module.model._meta.pk if path == "pk" else module.model._meta.get_field(path)
    kind = column.rel_db_type(connection) if column.is_relation or path == "pk" else column.db_type(connection)
    # The only thing put into the text is the column's own type.
    return Q(**{f"{path}__in": RawSQL(f"SELECT unnest(%s::{kind}[])", [list(values)])})  # noqa: S611


def _keys(target: Target, values: dict[str, Any]) -> tuple[Key, ...]:
    return tuple((f.name, values[f.name]) for f in target.match if values.get(f.name) not in (None, "", []))


def _stored(ctx: Context, target: Target, keys: Sequence[tuple[Key, ...]]) -> dict[Key, set[int]]:
    """{key: ids} of the records that the actor may see."""
    wanted: dict[str, set[Any]] = {}
    for row in keys:
        for name, value in row:
            wanted.setdefault(name, set()).add(value)
    found: dict[Key, set[int]] = {}
    manager = target.module.model._default_manager
    for name, values in wanted.items():
        path = target.module.field(name).lookup
        seen = manager.filter(among(target.module, path, values)).filter(visible(ctx.actor, target.module))
        for pk, value in seen.values_list("pk", path):
            found.setdefault((name, value), set()).add(pk)
    return found
