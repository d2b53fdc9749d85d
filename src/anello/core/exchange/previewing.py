"""What a draft would store: its first rows as values of fields, with what is wrong and what is known already."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from anello.core.actions import Context, writing
from anello.core.exchange import links, matching, running, storage
from anello.core.exchange.models import ImportRun
from anello.core.exchange.reading import Entry, Form, Target
from anello.core.modules import Link
from anello.kit import tabular

ROWS = 20


@dataclass(frozen=True)
class PreviewCell:
    """A value in words, and what is wrong with it."""

    text: str
    errors: list[str]


@dataclass(frozen=True)
class PreviewRow:
    """A row as it would be stored; `problems` are errors of no column shown, `known` that a record has a key of it."""

    line: int
    cells: list[PreviewCell]
    problems: list[str]
    known: bool


@dataclass(frozen=True)
class Preview:
    """The first rows; `columns` are (module, field) labels."""

    columns: list[tuple[str, str]]
    rows: list[PreviewRow]
    known: int
    wrong: int


class _Looked(Exception):
    """Takes back what looking made."""


def preview(run: ImportRun) -> Preview:
    """Preview a draft; Invalid({"mapping": …}) when its mapping does not fit."""
    form = running.form_of(run)
    path = storage.path_of(run.sha256)
    with running.speaking(run):
        entries = form.read(islice(tabular.rows(path, running.sheet_of(run)), ROWS))
    known = _known(form, entries)
    rows = [_row(form, entry, index in known) for index, entry in enumerate(entries)]
    columns = [
        (str(target.module.names), str(target.module.field(source.name).label))
        for target in form.targets
        for source in target.sources
    ]
    return Preview(columns, rows, len(known), sum(bool(entry.errors) for entry in entries))


def _known(form: Form, entries: list[Entry]) -> set[int]:
    """The rows whose first feed is a duplicate; errors of links are put at their entries."""
    good = [(index, entry) for index, entry in enumerate(entries) if not entry.errors]
    found: set[int] = set()
    ctx = Context(actor=form.actor, via="import")
    try:
        with writing(ctx):
            # Later feeds link to what the first one would make, which is not there yet.
            target, waiting = form.targets[0], [entry for _, entry in good]
            for place, messages in links.resolve(ctx, target, 0, waiting).items():
                waiting[place].errors.update(messages)
            found = {good[place][0] for place in matching.known(ctx, target, 0, waiting)}
            raise _Looked
    except _Looked:
        return found


def _row(form: Form, entry: Entry, known: bool) -> PreviewRow:
    cells: list[PreviewCell] = []
    shown: set[str] = set()
    for which, target in enumerate(form.targets):
        for source in target.sources:
            where = target.where[source.name]
            shown.add(where)
            cells.append(PreviewCell(_words(target, which, entry, source.name), entry.errors.get(where, [])))
    rest = [message for where, messages in entry.errors.items() if where not in shown for message in messages]
    return PreviewRow(entry.line, cells, rest, known)


def _words(target: Target, which: int, entry: Entry, name: str) -> str:
    if which >= len(entry.values):
        return ""
    f = target.module.field(name)
    if isinstance(f, Link):
        return entry.links[which].get(name, "")
    value: Any = entry.values[which].get(name)
    if value is None and entry.errors:
        # Nothing of a wrong row is stored; it is shown as the file has it.
        source = next(s for s in target.sources if s.name == name)
        return str(source.fetch(entry)) if not entry.errors.get("") else ""
    return "" if value is None else f.display(value)
