"""The verbs of imports (prepare, rehearse or start, cancel, resume, undo), of mappings and of exports."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, Denied, Invalid, NotFound, action
from anello.core.exchange import exporter, guessing, mapping, running, storage
from anello.core.exchange.jobs import run_export, run_import, undo_import
from anello.core.exchange.mapping import Duplicates
from anello.core.exchange.models import ExportRun, ImportMapping, ImportRun
from anello.core.jobs import enqueue
from anello.core.modules import Module, all_modules, get
from anello.core.policies import Actor, can
from anello.kit import tabular
from anello.kit.text import L

Status = ImportRun.Status
ENDED = (Status.DONE, Status.FAILED, Status.CANCELLED)


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Prepare(_Input):
    """A stored file (see `storage.keep`) to be imported into a module; the rest is detected unless given."""

    module: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    file_name: str = Field(max_length=1000)
    sheet: str | None = None
    encoding: str | None = Field(None, max_length=40)
    delimiter: str | None = Field(None, max_length=4)
    mapping: str = Field("", max_length=80)


class Configure(_Input):
    """Changes to a draft. Another sheet, encoding or delimiter reads the file again and guesses the mapping anew."""

    run: int
    sheet: str | None = None
    encoding: str | None = Field(None, max_length=40)
    delimiter: str | None = Field(None, max_length=4)
    mapping: str | None = Field(None, max_length=80)
    feeds: dict[str, Any] | None = None
    duplicates: Duplicates | None = None


class Start(_Input):
    """Run a draft: a dry run keeps nothing; without `background` the caller performs it itself."""

    run: int
    dry_run: bool = False
    background: bool = True


class Which(_Input):
    """One import."""

    run: int


class SaveMapping(_Input):
    """Keep a draft's mapping under a name (an existing one of the module is replaced)."""

    run: int
    name: str = Field(min_length=1, max_length=80)


class ForgetMapping(_Input):
    """A saved mapping."""

    module: str
    name: str


def importable(actor: Actor, name: str) -> Module:
    """The module, if the actor may import into it."""
    if name not in {module.name for module in all_modules()} or not can(actor, get(name), "view"):
        raise NotFound(name)
    if not can(actor, get(name), "import"):
        raise Denied(str(get(name).plural))
    return get(name)


def own(ctx: Context, pk: int, *status: Status) -> ImportRun:
    """The run, locked: one's own, or anybody's for administrators; Invalid unless it is in one of the states."""
    found = ImportRun.objects.select_for_update(of=("self",)).select_related("actor").filter(pk=pk)
    if not ctx.actor.administrator:
        found = found.filter(actor_id=ctx.actor.id)
    run = found.first()
    if run is None:
        raise NotFound(str(L("Importazione", "Import")))
    if status and run.status not in status:
        raise Invalid(L("Lo stato dell'importazione non lo consente.", "The state of the import does not allow it."))
    return run


@action("import.prepare", input=Prepare)
def prepare(ctx: Context, data: Prepare) -> ImportRun:
    """Read the file through once, so that what is broken is known before anything is stored; guess the mapping."""
    importable(ctx.actor, data.module)
    _require_file(data.sha256)
    run = ImportRun(
        module=data.module, actor=ctx.user, file_name=data.file_name[-200:], sha256=data.sha256, mapping=data.mapping
    )
    _examine(run, data.sheet, data.encoding, data.delimiter)
    _map(run)
    run.save()
    return run


def _require_file(sha256: str) -> None:
    if not storage.path_of(sha256).is_file():
        raise Invalid({"file": [L("Il file non c'è più: caricalo di nuovo.", "The file is gone: upload it again.")]})


def _examine(run: ImportRun, sheet: str | None, encoding: str | None, delimiter: str | None) -> None:
    path = storage.path_of(run.sha256)
    try:
        found = tabular.sniff(path, sheet, encoding, delimiter)
        run.total = sum(1 for _ in tabular.rows(path, found))
    except tabular.BadFile as error:
        raise Invalid({"file": [error.message]}) from error
    if not run.total:
        raise Invalid(
            {"file": [L("Il file ha solo l'intestazione, nessuna riga.", "The file has a header but no rows.")]}
        )
    run.sheet, run.header = found.name, list(found.header)
    run.encoding, run.delimiter = found.encoding or "", found.delimiter or ""


def _map(run: ImportRun) -> None:
    feeds = mapping.find(run.module, run.mapping) if run.mapping else guessing.guess(running.actor_of(run), run)
    run.feeds = feeds.model_dump(exclude_defaults=True) if feeds else {}


@action("import.configure", input=Configure)
def configure(ctx: Context, data: Configure) -> ImportRun:
    run = own(ctx, data.run, Status.DRAFT)
    given = data.model_fields_set
    if given & {"sheet", "encoding", "delimiter"}:
        kept = {"sheet": run.sheet, "encoding": run.encoding or None, "delimiter": run.delimiter or None}
        kept |= data.model_dump(include={"sheet", "encoding", "delimiter"}, exclude_unset=True)
        _examine(run, kept["sheet"], kept["encoding"], kept["delimiter"])
        _map(run)
    if data.mapping is not None:
        run.mapping = data.mapping
        _map(run)
    if data.duplicates is not None:
        run.duplicates = data.duplicates
    if data.feeds is not None:
        feeds = mapping.load(data.feeds)
        running.form_of(run, feeds)
        run.feeds, run.mapping = feeds.model_dump(exclude_defaults=True), ""
    run.rehearsal = {}
    run.errors.all().delete()
    run.save()
    return run


@action("import.start", input=Start)
def start(ctx: Context, data: Start) -> ImportRun:
    run = own(ctx, data.run, Status.DRAFT)
    if not run.feeds:
        raise Invalid({"mapping": [L("Abbina almeno una colonna a un campo.", "Map at least one column to a field.")]})
    running.form_of(run)
    run.errors.all().delete()
    run.status, run.dry_run, run.batch = Status.QUEUED, data.dry_run, uuid.uuid4()
    run.position, run.failed, run.counts, run.error, run.worker = 0, 0, {}, "", None
    run.heartbeat_at = timezone.now()
    run.save()
    if data.background:
        enqueue(run_import, run=run.pk)
    return run


@action("import.cancel", input=Which)
def cancel(ctx: Context, data: Which) -> ImportRun:
    """Stop after the batch that is being written; what is written stays and can be undone."""
    run = own(ctx, data.run, Status.QUEUED, Status.RUNNING)
    run.worker, run.finished_at = None, timezone.now()
    run.status = Status.DRAFT if run.dry_run else Status.CANCELLED
    if run.dry_run:
        run.dry_run, run.position, run.failed, run.counts = False, 0, 0, {}
    run.save()
    return run


@action("import.resume", input=Which)
def resume(ctx: Context, data: Which) -> ImportRun:
    """Go on with a run that was cancelled or failed, from the row where it stopped."""
    run = own(ctx, data.run, Status.CANCELLED, Status.FAILED)
    _require_file(run.sha256)
    run.status, run.error, run.worker, run.finished_at = Status.QUEUED, "", None, None
    run.heartbeat_at = timezone.now()
    run.save()
    enqueue(run_import, run=run.pk)
    return run


class UndoImport(Which):
    background: bool = True


@action("import.undo", input=UndoImport)
def undo(ctx: Context, data: UndoImport) -> ImportRun:
    """Take the whole import back: what it made is deleted, what it changed is as before unless changed since."""
    run = own(ctx, data.run, *ENDED)
    importable(ctx.actor, run.module)
    run.status, run.undone, run.undo_before, run.heartbeat_at = Status.UNDOING, {}, None, timezone.now()
    run.save()
    if data.background:
        enqueue(undo_import, run=run.pk)
    return run


@action("import.save_mapping", input=SaveMapping)
def save_mapping(ctx: Context, data: SaveMapping) -> ImportMapping:
    run = own(ctx, data.run)
    importable(ctx.actor, run.module)
    if any(named.name == data.name for named in mapping.shipped(run.module)):
        raise Invalid(
            {"name": [L("Questo nome è del prodotto: scegline un altro.", "This name is taken: choose another.")]}
        )
    feeds = mapping.load(run.feeds).model_dump(exclude_defaults=True)
    saved, _ = ImportMapping.objects.update_or_create(
        module=run.module, name=data.name, defaults={"feeds": feeds, "created_by": ctx.user}
    )
    run.mapping = data.name
    run.save(update_fields=["mapping"])
    return saved


@action("import.forget_mapping", input=ForgetMapping)
def forget_mapping(ctx: Context, data: ForgetMapping) -> None:
    importable(ctx.actor, data.module)
    saved = ImportMapping.objects.filter(module=data.module, name=data.name)
    if not ctx.actor.administrator:
        saved = saved.filter(created_by=ctx.user)
    if not saved.delete()[0]:
        raise NotFound(data.name)


class StartExport(_Input):
    """The records of a list as a file, made in the background; the fields are all that one may see unless named."""

    module: str
    form: Literal["csv", "xlsx", "json"] = "xlsx"
    filter: dict[str, Any] = Field(default_factory=dict)
    words: str = Field("", max_length=200)
    sort: str = Field("", max_length=80)
    fields: list[str] | None = Field(None, max_length=300)


class CancelExport(_Input):
    run: int


@action("export.cancel", input=CancelExport)
def cancel_export(ctx: Context, data: CancelExport) -> None:
    """Make one's own file no further; what there is of it is thrown away."""
    if not ExportRun.objects.filter(pk=data.run, actor=ctx.user).exclude(status=ExportRun.Status.DONE).delete()[0]:
        raise NotFound(str(data.run))


@action("export.start", input=StartExport)
def start_export(ctx: Context, data: StartExport) -> ExportRun:
    """Let a job make the file: a notice tells when it is ready, for whoever asked and nobody else."""
    if data.module not in {module.name for module in all_modules()} or not can(ctx.actor, get(data.module), "view"):
        raise NotFound(data.module)
    exporter.query(ctx.actor, get(data.module), data.filter, data.words, data.sort)
    exporter.columns(ctx.actor, get(data.module), data.fields)
    query = data.model_dump(include={"filter", "words", "sort", "fields"})
    run = ExportRun.objects.create(module=data.module, actor=ctx.user, form=data.form, query=query)
    enqueue(run_export, run=run.pk)
    return run
