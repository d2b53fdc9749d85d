"""Finding what links name in a file: by number, external key or exact title, one statement per way and batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from anello.core.actions import Context, engine
from anello.core.exchange.matching import among
from anello.core.exchange.reading import Entry, Target
from anello.core.modules import Field, Module, Ref, get
from anello.core.modules.fields import TEXT_OPERATORS
from anello.core.policies import can, visible
from anello.kit.numbers import whole
from anello.kit.text import L, normalise

AMBIGUOUS = L(
    "Più record hanno questo nome: indica il numero.", "Several records have this name: give the number instead."
)


def resolve(ctx: Context, target: Target, which: int, entries: Iterable[Entry]) -> dict[int, dict[str, list[str]]]:
    """Put the ids of all links of one feed into the entries' values, and look that references lead somewhere.

    Returns {index: {column: [messages]}}.
    """
    entries = list(entries)
    errors: dict[int, dict[str, list[str]]] = {}
    for source in target.sources:
        if source.link is None:
            continue
        texts = {text for entry in entries if (text := entry.links[which].get(source.name))}
        if not texts:
            continue
        to = get(source.link.to)
        verb = "edit" if source.name in target.module.parents else "view"
        found = lookup(ctx, to, texts, source.column.by, verb)
        if source.column.create:
            found |= _create(ctx, to, source.column.by, [text for text in texts if text not in found])
        for index, entry in enumerate(entries):
            text = entry.links[which].get(source.name)
            if text is None:
                continue
            pks = found.get(text, set())
            if len(pks) == 1:
                (entry.values[which][source.name],) = pks
            else:
                words = AMBIGUOUS if pks else engine.NO_RECORD
                errors.setdefault(index, {})[target.where[source.name]] = [f"«{text}»: {words}"]
    references = [f for source in target.sources if isinstance(f := target.module.field(source.name), Ref)]
    rows = [entry.values[which] for entry in entries]
    for index, name in engine.dangling(ctx, target.module, references, rows, checked=True):
        errors.setdefault(index, {})[target.where[name]] = [f"«{rows[index][name]}»: {engine.NO_RECORD}"]
    return errors


def lookup(ctx: Context, to: Module, texts: set[str], by: str, verb: str = "view") -> dict[str, set[int]]:
    """{text: ids} of the records that the actor may see, by a field or else by the first way that finds one."""
    seen = to.model._default_manager.filter(visible(ctx.actor, to, verb))
    found: dict[str, set[int]] = {}
    for way in [by] if by else _ways(to):
        left = [text for text in texts if text not in found]
        if not left:
            break
        for key, text_of in _keys(to, way, left).items():
            for pk, value in seen.filter(among(to, key, text_of)).values_list("pk", key):
                for text in text_of[value]:
                    found.setdefault(text, set()).add(pk)
    return found


def _ways(to: Module) -> list[str]:
    unique = [f.name for f in to.fields if f.warn_unique or (f.name != "id" and _unique(f))]
    named = ["title"] if to.is_record else [f.name for f in to.fields if f.name == "name"]
    return ["id", *named, *unique]


def _unique(f: Field) -> bool:
    return f.operators is TEXT_OPERATORS and f.name != "title" and bool(getattr(f.column, "unique", False))


def _keys(to: Module, way: str, texts: Iterable[str]) -> dict[str, dict[Any, list[str]]]:
    """{ORM path: {stored value: texts that mean it}} for one way of finding."""
    values: dict[Any, list[str]] = {}
    if way == "id":
        for text in texts:
            if (pk := whole(text)) is not None:
                values.setdefault(pk, []).append(text)
        return {"pk": values}
    if way == "title" and to.is_record:
        for text in texts:
            values.setdefault(normalise(text)[:100], []).append(text)
        return {"title_key": values}
    f = to.field(way)
    for text in texts:
        try:
            values.setdefault(f.clean(f.parse(text)), []).append(text)
        except ValueError:
            continue  # what is no valid key of this kind is nobody's key
    return {f.lookup: values}


def _create(ctx: Context, to: Module, by: str, texts: list[str]) -> dict[str, set[int]]:
    if not texts or not can(ctx.actor, to, "create"):
        return {}
    name = creatable_by(to, by)
    if name is None:
        return {}
    records = ctx.create_many(to.name, [{name: text} for text in texts])
    return {text: {record.pk} for text, record in zip(texts, records, strict=True)}


def creatable_by(to: Module, by: str) -> str | None:
    """The field that makes a record of a single text: the one asked for, or the only one that is required."""
    required = [name for name, f in to.inputs.items() if f.required]
    if by not in ("", "id", "title"):
        return by if set(required) <= {by} else None
    return required[0] if len(required) == 1 and to.field(required[0]).operators is TEXT_OPERATORS else None
