"""What is read of imports: who sees which, their errors, and what a draft would store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from anello.core.actions import NotFound
from anello.core.exchange.models import ExportRun, ImportMapping, ImportRun, RowError
from anello.core.policies import Actor, can
from anello.kit import tabular
from anello.kit.text import L

PROBLEMS = L("Problemi", "Problems")


def runs(actor: Actor, module: str | None = None) -> QuerySet[ImportRun]:
    """The imports that the actor may see, newest first: one's own, all of them for administrators."""
    found = ImportRun.objects.select_related("actor").order_by("-id")
    if module is not None:
        found = found.filter(module=module)
    if actor.administrator:
        return found
    return found.filter(actor_id=actor.id) if actor.id is not None else found.none()


def run_of(actor: Actor, pk: int) -> ImportRun:
    run = runs(actor).filter(pk=pk).first()
    if run is None:
        raise NotFound(str(L("Importazione", "Import")))
    return run


def export_of(actor: Actor, pk: int) -> ExportRun:
    """One's own export, while one may still export from its module."""
    run = ExportRun.objects.filter(pk=pk, actor_id=actor.id).first()
    if run is None or not can(actor, run.module, "export"):
        raise NotFound(str(L("Esportazione", "Export")))
    return run


def imported_before(run: ImportRun) -> bool:
    """Whether the very same file went into the same module already (and was not taken back)."""
    return ImportRun.objects.filter(sha256=run.sha256, module=run.module, status=ImportRun.Status.DONE).exists()


def errors(run: ImportRun) -> QuerySet[RowError]:
    """The refused rows, in the order of the file."""
    return RowError.objects.filter(run=run).order_by("line")


def error_rows(run: ImportRun) -> Iterator[bytes]:
    """The refused rows as CSV: the file's own columns and, last, what is wrong; it can be mended and imported again."""
    header = [name for name in run.header if name not in (str(PROBLEMS), PROBLEMS.it, PROBLEMS.en)]
    places = [run.header.index(name) for name in header]
    return tabular.csv_chunks([*header, str(PROBLEMS)], (_error_row(error, places) for error in errors(run).iterator()))


def _error_row(error: RowError, places: list[int]) -> list[Any]:
    cells = [error.cells[place] if place < len(error.cells) else "" for place in places]
    return [*cells, explain(error.messages)]


def explain(messages: dict[str, list[str]]) -> str:
    """{column: [messages]} in one line."""
    return " · ".join(f"{name}: {' '.join(words)}" if name else " ".join(words) for name, words in messages.items())


def saved_mappings() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(module, name, the (module, field) that it fills in) of the mappings that people saved."""
    for saved in ImportMapping.objects.order_by("id"):
        feeds = saved.feeds["feeds"]
        fed = dict.fromkeys((feed["module"], column["field"]) for feed in feeds for column in feed["columns"])
        yield saved.module, saved.name, list(fed)
