"""Exporting records: what the actor may see and take along, filtered, in order, streamed page by page.

CSV and XLSX carry labels and words in the reader's language and can be imported again (the number is a column); JSON
carries field names and the values of the API. Texts that a spreadsheet would run are made harmless by `kit.tabular`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from django.db import transaction
from django.utils import timezone

from anello.core.actions import Denied, Invalid
from anello.core.exchange.models import ExportRun
from anello.core.exchange.running import speaking
from anello.core.exchange.storage import export_path
from anello.core.inbox import notify
from anello.core.modules import Choice, DateTime, Field, File, Json, Link, Module, MultiChoice, get
from anello.core.policies import SYSTEM, Actor, can, readable
from anello.core.search import RecordQuery, titles
from anello.kit import tabular
from anello.kit.text import L

PAGE = 2000
Format = Literal["csv", "xlsx", "json"]
FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": tabular.XLSX, "json": "application/json"}
Progress = Callable[[int], None]


def query(actor: Actor, module: Module, tree: Any = None, words: str = "", sort: str = "") -> RecordQuery:
    """The records that the actor may export; Denied without the permission, Invalid for a wrong filter or order."""
    if not can(actor, module, "export"):
        raise Denied(str(module.plural))
    found = RecordQuery(actor, module, "export").where(tree).words(words)
    return found.order(sort) if sort else found


def columns(actor: Actor, module: Module, names: Sequence[str] | None = None) -> list[Field]:
    """The fields to export: the ones asked for, or all that the actor may see; Invalid names the unknown ones."""
    seen = {f.name: f for f in readable(actor, module)}
    if names is None:
        return [*([seen["id"]] if "id" in seen else []), *(f for f in seen.values() if f.name != "id")]
    unknown = [name for name in names if name not in seen]
    if unknown:
        listed = ", ".join(unknown)
        raise Invalid({"columns": [L(f"Colonne sconosciute: {listed}.", f"Unknown columns: {listed}.")]})
    return [seen[name] for name in dict.fromkeys(names)]


def chunks(
    records: RecordQuery, fields: Sequence[Field], form: Format, progress: Progress | None = None
) -> Iterator[bytes]:
    """The export as bytes to stream (CSV or JSON)."""
    if form == "json":
        return tabular.json_chunks([f.name for f in fields], rows(records, fields, progress, plain=True))
    return tabular.csv_chunks([str(f.label) for f in fields], rows(records, fields, progress))


def write_xlsx(
    target: Path | IO[bytes], records: RecordQuery, fields: Sequence[Field], progress: Progress | None = None
) -> None:
    """The export as a workbook; BadFile over a million rows."""
    header = [str(f.label) for f in fields]
    tabular.write_xlsx(target, header, rows(records, fields, progress), str(records.module.plural)[:31])


def rows(
    records: RecordQuery, fields: Sequence[Field], progress: Progress | None = None, *, plain: bool = False
) -> Iterator[list[object]]:
    """The values of every record in the order of the query; a page at a time, so that memory does not grow."""
    links = [f.name for f in fields if isinstance(f, Link)]
    after, done = None, 0
    while True:
        page = records.page(PAGE, after=after)
        names = {} if plain else titles(records.actor, records.module, page.records, links)
        for record in page.records:
            yield [_json(f, record) if plain else _words(f, record, names) for f in fields]
        done += len(page.records)
        if progress:
            progress(done)
        if page.next is None:
            return
        after = page.next


def _json(f: Field, record: Any) -> object:
    return f.json(f.get(record))


def _words(f: Field, record: Any, names: dict[tuple[str, int], str]) -> object:
    value = f.get(record)
    if value is None:
        return None
    if isinstance(f, Link):
        # What the actor may not see stays unnamed, and unnumbered too.
        return names.get((f.to, value))
    if isinstance(f, DateTime):
        return timezone.localtime(value)
    if isinstance(f, MultiChoice):
        return ", ".join(f.display([one]) for one in value)
    return f.display(value) if isinstance(f, Choice | File | Json) else value


def run_file(
    module: str,
    path: Path,
    form: Format = "csv",
    actor: Actor = SYSTEM,
    filter: Any = None,
    progress: Progress | None = None,
    *,
    words: str = "",
    sort: str = "",
    names: Sequence[str] | None = None,
) -> int:
    """Export into a file (written beside and moved into place when whole); returns the number of records."""
    written = 0

    def count(done: int) -> None:
        nonlocal written
        written = done
        if progress:
            progress(done)

    spec = get(module)
    records, fields = query(actor, spec, filter, words, sort), columns(actor, spec, names)
    partial = path.with_name(f".{path.name}.part")
    try:
        if form == "xlsx":
            write_xlsx(partial, records, fields, count)
        else:
            with partial.open("wb") as target:
                target.writelines(chunks(records, fields, form, count))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


class _Cancelled(Exception):
    """Nobody wants the file any more."""


def perform(pk: int) -> None:
    """Make the file of a run under its person's rights of now, and tell them where it is or why there is none."""
    run = ExportRun.objects.select_related("actor").filter(pk=pk).first()
    if run is None:
        return  # cancelled before its turn came
    wanted, mine = run.query, ExportRun.objects.filter(pk=pk)
    actor, spec = Actor.of(run.actor), get(run.module)
    form: Any = run.form
    error = ""

    def progress(done: int) -> None:
        if not mine.update(done=done):
            raise _Cancelled

    with speaking(run):
        try:
            found = query(actor, spec, wanted["filter"], wanted["words"], wanted["sort"])
            mine.update(status=ExportRun.Status.RUNNING, done=0, total=found.records.count(), error="")
            run_file(
                run.module, export_path(pk), form, actor, wanted["filter"], progress,
                words=wanted["words"], sort=wanted["sort"], names=wanted["fields"],
            )  # fmt: skip
        except _Cancelled:
            return
        except (Denied, Invalid, tabular.BadFile) as problem:
            error = str(problem)
        except Exception as problem:
            # A later attempt may succeed; meanwhile nobody waits for a file that is not being made.
            mine.update(status=ExportRun.Status.FAILED, error=type(problem).__name__)
            raise
    _finish(run, error)


def give_up(problem: Exception, run: int) -> None:
    """Tell the person of a run whose every attempt failed that no file will come."""
    try:
        found = ExportRun.objects.select_related("actor").get(pk=run)
    except ExportRun.DoesNotExist:
        return  # deleted meanwhile, with the person who wanted it
    what = type(problem).__name__
    _finish(
        found,
        L(
            f"qualcosa è andato storto ({what}). Riprova; se succede ancora, avvisa l'amministratore.",
            f"something went wrong ({what}). Try again; if it happens again, tell the administrator.",
        ),
    )


def _finish(run: ExportRun, error: L | str) -> None:
    """Note how a run ended, and tell its person where the file is or why there is none."""
    name = get(run.module).plural
    if error:
        it, en = (error.it, error.en) if isinstance(error, L) else (error, error)
        words = L(
            f"Il file non si è potuto preparare ({name.it}): {it}", f"The file could not be made ({name.en}): {en}"
        )
    else:
        words = L(f"Il file è pronto: {name.it}.", f"The file is ready: {name.en}.")
    with transaction.atomic(), speaking(run):
        ExportRun.objects.filter(pk=run.pk).update(
            status=ExportRun.Status.FAILED if error else ExportRun.Status.DONE,
            error=str(error),
            finished_at=timezone.now(),
        )
        notify([run.actor], words, kind="export", url=f"/exports/{run.pk}/")
