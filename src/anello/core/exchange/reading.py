"""From the rows of a file to valid values of the modules they feed: everything that needs no database.

A `Form` is a mapping compiled for one file and one actor: it knows every column's place and conversion, refuses what
the actor may not write, and turns rows into `Entry`s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from anello.core.actions import Invalid
from anello.core.actions.errors import explain
from anello.core.exchange.mapping import LINE, PLACE, Column, Duplicates, Feed, Mapping
from anello.core.modules import (
    Boolean,
    Date,
    DateTime,
    Field,
    Integer,
    Link,
    LongText,
    Module,
    MultiChoice,
    all_modules,
    get,
)
from anello.core.modules import Decimal as DecimalField
from anello.core.modules.fields import fail
from anello.core.policies import Actor, can, field_access
from anello.kit.numbers import whole
from anello.kit.tabular import Cell, Row
from anello.kit.text import L

Convert = Callable[[Any], Any]
Fetch = Callable[["Row | Entry"], Cell]
ID = "id"
"""The one readonly field that may be mapped: it finds the record to change and is never written."""


@dataclass(slots=True)
class Entry:
    """One row: per feed its valid values, texts of links still to be found, and what lacks should it be created."""

    line: int
    cells: Sequence[Cell]
    values: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    lacks: list[dict[str, list[str]]] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    omitted: list[str] = field(default_factory=list)
    """Columns whose value was not valid and left out."""


@dataclass(frozen=True)
class Source:
    """One mapped column, compiled."""

    name: str
    fetch: Fetch
    convert: Convert | None
    column: Column
    link: Link | None = None


@dataclass(frozen=True)
class Target:
    """One feed, compiled. `where` names the column (or else the label) at which a field's error is shown."""

    module: Module
    sources: list[Source]
    match: list[Field]
    duplicates: Duplicates
    where: dict[str, str]
    shape: type[BaseModel]
    partial: type[BaseModel]
    lenient: frozenset[str] = frozenset()


class Form:
    """A mapping compiled against a header; Invalid({"mapping": …}) lists all that does not fit."""

    def __init__(
        self, actor: Actor, mapping: Mapping, header: Sequence[str], duplicates: Duplicates, locale: str
    ) -> None:
        self.actor, self.header, self.locale = actor, list(header), locale
        self.places = {name: place for place, name in enumerate(header)}
        problems: list[L] = []
        missing = [name for name in mapping.sources if name not in self.places]
        if missing:
            listed = ", ".join(f"«{name}»" for name in missing)
            problems.append(
                L(
                    f"Nel file mancano le colonne {listed}: forse il mapping è di un altro file.",
                    f"The file lacks the columns {listed}: perhaps the mapping is for another file.",
                )
            )
        self.targets = [self._target(feed, duplicates, problems) for feed in mapping.feeds if not missing]
        if problems:
            raise Invalid({"mapping": problems})

    def _target(self, feed: Feed, duplicates: Duplicates, problems: list[L]) -> Target:
        if feed.module not in {module.name for module in all_modules()} or not can(
            self.actor, get(feed.module), "import"
        ):
            raise Invalid(
                {"mapping": [L(f"Non puoi importare in «{feed.module}».", f"You cannot import into “{feed.module}”.")]}
            )
        module = get(feed.module)
        access = field_access(self.actor, module)
        names = {column.field for column in feed.columns}
        for name in sorted(names):
            if not module.has(name) or access[name] == "hidden":
                problems.append(L(f"Il campo «{name}» non esiste.", f"There is no field “{name}”."))
            elif access[name] == "read" and name != ID:
                label = module.field(name).label
                problems.append(L(f"Non puoi scrivere «{label.it}».", f"You cannot write “{label.en}”."))
        match = feed.match
        if match is None:
            unique = [f.name for f in module.fields if f.warn_unique]
            match = [name for name in dict.fromkeys([ID, *module.duplicates, *unique]) if name in names]
        for name in match:
            if module.has(name) and isinstance(module.field(name), MultiChoice | LongText):
                problems.append(L(f"«{name}» non può essere una chiave.", f"“{name}” cannot be a key."))
            if name not in names:
                problems.append(
                    L(f"La chiave «{name}» non è abbinata a nessuna colonna.", f"The key “{name}” is not mapped.")
                )
        if problems:
            return Target(module, [], [], duplicates, {}, BaseModel, BaseModel)
        return Target(
            module,
            [self._source(module, column) for column in feed.columns],
            [module.field(name) for name in match],
            feed.duplicates or ("update" if match == [ID] else duplicates),
            {c.field: c.source or str(module.field(c.field).label) for c in feed.columns},
            module.input_model("create"),
            module.input_model("update"),
            frozenset(column.field for column in feed.columns if column.lenient),
        )

    def _source(self, module: Module, column: Column) -> Source:
        f = module.field(column.field)
        link = f if isinstance(f, Link) else None
        return Source(f.name, self._fetch(column), _converter(f, column, self.locale), column, link)

    def _fetch(self, column: Column) -> Fetch:
        default = self._text(column.default) if column.default else None
        if column.text:
            return self._text(column.text)
        place = self.places[column.source]
        if default is None:
            return lambda row: row.cells[place]
        return lambda row: row.cells[place] if str(row.cells[place]).strip() else default(row)

    def _text(self, text: str) -> Fetch:
        """A text whose `{columns}` are filled in; spaces that empty columns leave are squeezed."""
        parts = PLACE.split(text)
        if len(parts) == 1:
            return lambda row: text
        places = {LINE: len(self.header), **self.places}
        pieces = [part if n % 2 == 0 else places[part] for n, part in enumerate(parts)]

        def fill(row: Row | Entry) -> Cell:
            cells = [*row.cells, row.line]
            filled = "".join(_text(cells[piece]) if isinstance(piece, int) else piece for piece in pieces)
            return " ".join(filled.split())

        return fill

    def read(self, rows: Iterable[Row]) -> list[Entry]:
        """The entries of some rows, in order, each with its errors if it has any."""
        return [self._entry(row) for row in rows]

    def _entry(self, row: Row) -> Entry:
        entry = Entry(row.line, row.cells)
        if row.problem is not None:
            entry.errors[""] = [str(row.problem)]
            return entry
        for target in self.targets:
            self._fill(entry, target)
        return entry

    def _fill(self, entry: Entry, target: Target) -> None:
        raw: dict[str, Any] = {}
        links: dict[str, str] = {}
        errors: dict[str, list[str]] = {}
        for source in target.sources:
            cell = source.fetch(entry)
            if cell == "":
                continue
            if source.link is not None:
                if text := _text(cell).strip():
                    links[source.name] = text
                    # Any number is a valid link for now; the database gives the true one later.
                    raw[source.name] = 1
                continue
            try:
                value = source.convert(cell) if source.convert else cell
            except ValueError as error:
                if source.column.lenient:
                    entry.omitted.append(target.where[source.name])
                else:
                    errors.setdefault(target.where[source.name], []).append(str(error))
                continue
            if value is not None and value != "":
                raw[source.name] = value
        pk = raw.pop(ID, None)
        values, lacks, wrong = _valid(target, raw)
        if wrong and target.lenient:
            left_out = target.lenient & wrong.keys() & raw.keys()
            entry.omitted += [target.where[name] for name in left_out]
            values, lacks, wrong = _valid(target, {n: v for n, v in raw.items() if n not in left_out})
        for name, messages in wrong.items():
            where = target.where.get(name.partition(".")[0]) or _label(target.module, name)
            if where not in errors:
                errors[where] = messages
        for name, messages in errors.items():
            entry.errors.setdefault(name, []).extend(messages)
        if pk is not None:
            values[ID] = pk
        entry.values.append(values)
        entry.links.append(links)
        entry.lacks.append({target.where.get(n) or _label(target.module, n): m for n, m in lacks.items()})


def _valid(target: Target, raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]], dict[str, list[str]]]:
    """(valid values, what lacks for a new record, errors)."""
    try:
        return _given(target.shape.model_validate(raw)), {}, {}
    except ValidationError as error:
        problem = error
    if target.duplicates != "update":
        return {}, {}, explain(problem)
    lacks = {str(e["loc"][0]) for e in problem.errors(include_url=False) if e["type"] == "missing"}
    wrong = explain(problem)
    lacking = {name: messages for name, messages in wrong.items() if name in lacks}
    if len(lacking) < len(wrong):
        return {}, {}, {name: messages for name, messages in wrong.items() if name not in lacks}
    return _given(target.partial.model_validate(raw)), lacking, {}


def _given(valid: BaseModel) -> dict[str, Any]:
    values = valid.__dict__
    return {name: values[name] for name in valid.model_fields_set}


def _label(module: Module, name: str) -> str:
    head = name.partition(".")[0]
    return str(module.field(head).label) if module.has(head) else name


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def _converter(f: Field, column: Column, locale: str) -> Convert | None:
    """How a cell becomes a value of the field; None when a text needs nothing but the field's own validation."""
    language = column.decimals or locale
    if f.name == ID:
        return _number
    if isinstance(f, Date | DateTime):
        return _moment(f, column.date, language)
    if isinstance(f, Integer | DecimalField):
        return _either(lambda text: f.parse(text, language), (int, Decimal))
    if isinstance(f, Boolean):
        return _either(lambda text: f.parse(text, language), (bool,))
    if isinstance(f, MultiChoice) or f.operators != Field.operators:
        return _either(lambda text: f.parse(text, language), ())
    return _text


def _either(parse: Callable[[str], Any], natural: tuple[type, ...]) -> Convert:
    """Texts are parsed (the same text once), values that already have the right type are taken."""
    cached = lru_cache(maxsize=4096)(parse)

    def convert(cell: Cell) -> Any:
        if isinstance(cell, natural) and not (isinstance(cell, bool) and bool not in natural):
            return cell
        value = cached(_text(cell))
        return list(value) if isinstance(value, list) else value

    return convert


def _moment(f: Field, pattern: str, language: str) -> Convert:
    whole = isinstance(f, DateTime)

    def parse(text: str) -> Any:
        if not pattern or not text.strip():
            return f.parse(text, language)
        try:
            moment = dt.datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 the field adds the reader's zone
        except ValueError:
            raise fail(
                L(f"La data non ha la forma {pattern}.", f"The date does not have the form {pattern}.")
            ) from None
        return moment if whole else moment.date()

    cached = lru_cache(maxsize=16384)(parse)

    def convert(cell: Cell) -> Any:
        if isinstance(cell, dt.datetime):
            return cell if whole else cell.date()
        if isinstance(cell, dt.date):
            return dt.datetime.combine(cell, dt.time()) if whole else cell
        return cached(_text(cell))

    return convert


def _number(cell: Cell) -> int:
    text = _text(cell).strip()
    if not (pk := whole(text)):
        raise fail(L("Serve il numero di un record.", "A record's number is needed."))
    return pk
