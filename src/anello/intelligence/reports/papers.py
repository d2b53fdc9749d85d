"""Reports as files: PDF, XLSX, CSV, for one reader, in their language."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from anello.core.accounts.reading import read_by
from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import Actor, can, visible
from anello.core.ui import formats
from anello.core.ui.shell.dashboards import dashboards
from anello.intelligence.reports import linking
from anello.intelligence.reports.asking import Answer, answer, freshness, stored
from anello.intelligence.reports.definitions import Definition
from anello.kit import pdf, tabular
from anello.kit.text import L

TEMPLATE = Path(__file__).parent / "pdf" / "report.typ"
TYPES = {"pdf": "application/pdf", "xlsx": tabular.XLSX, "csv": "text/csv"}
MOST_BARS = 25
_ODD = re.compile(r"[^\w .,()-]+")
File = tuple[str, bytes, str]
"""Name, content, media type."""


class Asked(NamedTuple):
    """One question of what is sent: its name, the question, and what of the filters it does not heed."""

    name: str
    definition: Definition
    notes: list[str]


class NoPaper(Exception):
    """There is nothing for this reader, or no answer; says why."""

    def __init__(self, text: L | str) -> None:
        super().__init__(str(text))


@contextmanager
def as_reader(user: Any) -> Iterator[Actor]:
    """The person's rights, language and clock."""
    with read_by(user):
        yield Actor.of(user)


def parts(
    actor: Actor,
    *,
    report: Any = None,
    dashboard: Any = None,
    ready: str = "",
    filters: Mapping[str, str] | None = None,
) -> list[Asked]:
    """What a report or dashboard asks under its filters, for somebody who may open it; NoPaper for others."""
    try:
        return [
            Asked(name, *linking.narrowed(actor, definition, filters or {}))
            for name, definition in _questions(actor, report, dashboard, ready)
        ]
    except Invalid as error:
        raise NoPaper(error.words) from error


def _questions(actor: Actor, report: Any, dashboard: Any, ready: str) -> list[tuple[str, Definition]]:
    gone = L("Non è condiviso con questa persona, o non c'è più.", "It is not shared with this person, or is gone.")
    if ready:
        found = next((one for one in dashboards(actor) if one.name == ready), None)
        if found is None:
            raise NoPaper(gone)
        return [(str(one.label), Definition.model_validate(dict(one.definition))) for one in found.figures]
    wanted = [report] if report else []
    if dashboard:
        if not get("dashboard").model._default_manager.filter(visible(actor, "dashboard"), pk=dashboard).exists():
            raise NoPaper(gone)
        layout: Any = get("dashboard").model._default_manager.values_list("layout", flat=True).get(pk=dashboard)
        wanted = [tile["report"] for tile in layout]
    seen = get("report").model._default_manager.filter(visible(actor, "report"), pk__in=wanted)
    known: dict[int, Any] = {record.pk: record for record in seen}
    made = [(known[pk].title, stored(known[pk].definition)) for pk in wanted if pk in known]
    if not made:
        raise NoPaper(gone)
    if any(definition is None for _name, definition in made):
        raise NoPaper(
            L(
                "Un report non si può più leggere: aprilo e correggilo.",
                "A report can no longer be read: open and mend it.",
            )
        )
    return [(name, definition) for name, definition in made if definition is not None]


def exportable(actor: Actor, asked: Sequence[Asked]) -> bool:
    """Whether the actor may take figures of all these along."""
    return all(can(actor, one.definition.module, "export") for one in asked)


def files(actor: Actor, title: str, form: str, asked: Sequence[Asked]) -> list[File]:
    """The files of a report or dashboard, with the actor's figures; NoPaper when a question has no answer."""
    answers = []
    for name, definition, notes in asked:
        found = answer(actor, definition, notes)
        if found.errors:
            raise NoPaper(f"{name}: {' '.join(found.errors)}")
        answers.append((name, found))
    if form == "pdf":
        return [(_named(title, form), _pdf(title, answers), TYPES[form])]
    sheets = [(name, *flat(found)) for name, found in answers]
    if form == "xlsx":
        target = io.BytesIO()
        tabular.write_book(target, sheets)
        return [(_named(title, form), target.getvalue(), TYPES[form])]
    return [
        (_named(name, form), b"".join(tabular.csv_chunks(header, rows)), TYPES[form]) for name, header, rows in sheets
    ]


def _named(title: str, form: str) -> str:
    plain = _ODD.sub(" ", title).strip()[:80] or "Anello"
    return f"{plain}.{form}"


def flat(found: Answer) -> tuple[list[str], list[list[object]]]:
    """The table with a column for each level, numbers as numbers; subtotals leave the deeper levels empty."""
    if found.table is None or not found.table.blocks:
        return [_("No records to count")], []
    table, asked = found.table, found.table.question
    money = any(m.money for m in table.measures)
    levels = [d.label for d in asked.rows]
    header = levels + ([_("Currency")] if money else [])
    header += [f"{head} · {m.label}" if head else m.label for head in table.heads for m in table.measures]
    rows: list[list[object]] = []
    for block in table.blocks:
        for line in block.lines:
            names: list[object] = [table.label(d, value) for d, value in zip(asked.rows, line.key, strict=False)]
            names = names or [_("Total")] * bool(levels)
            names += [None] * (len(levels) - len(names))
            rows.append([*names, *([block.currency] if money else []), *(cell.value for cell in line.cells)])
    return header, rows


def _pdf(title: str, answers: Sequence[tuple[str, Answer]]) -> bytes:
    fresh = freshness()
    data = {
        "title": title,
        "date": formats.moment(timezone.localtime()),
        "fresh": _("Data as of %(moment)s") % {"moment": formats.moment(timezone.localtime(fresh))} if fresh else "",
        "nothing": _("No records to count"),
        "figures": [{"title": name, **_figure(found)} for name, found in answers],
    }
    return pdf.render(TEMPLATE, data, timezone.now())


def _figure(found: Answer) -> dict[str, Any]:
    table = found.table
    if table is None or not table.blocks:
        return {"notes": found.notes, "tables": [], "large": []}
    if not found.tabular:
        return {
            "notes": found.notes,
            "tables": [],
            "large": [[one.label, one.text, one.note] for one in found.headlines],
        }
    tables = []
    last = len(table.heads) - 1
    for block in table.blocks:
        firsts = [line for line in block.lines if line.depth == 1]
        at = last * len(table.measures)
        sizes = [float(line.cells[at].value or 0) for line in firsts]
        widest = max(map(abs, sizes), default=0) or 1
        tables.append(
            {
                "currency": block.currency if len(table.blocks) > 1 else "",
                "bars": [
                    [line.label, max(size, 0) / widest, line.cells[at].text]
                    for line, size in zip(firsts, sizes, strict=True)
                ]
                if len(firsts) <= MOST_BARS and found.charts
                else [],
                "head": [
                    " › ".join(d.label for d in table.question.rows),
                    *(f"{head} {m.label}".strip() for head in table.heads for m in table.measures),
                ],
                "rows": [[line.depth, line.label, *(cell.text for cell in line.cells)] for line in block.lines],
            }
        )
    return {"notes": found.notes, "tables": tables, "large": []}
