"""Importing a file from a program: `run_file`, used by `anello import`, demos and benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from anello.core.actions import Context, run
from anello.core.exchange import running, storage, undoing
from anello.core.exchange.mapping import Duplicates
from anello.core.exchange.models import ImportRun
from anello.core.policies import SYSTEM, Actor

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""


def run_file(
    module: str,
    path: Path,
    mapping: str = "",
    actor: Actor = SYSTEM,
    progress: Progress | None = None,
    *,
    duplicates: Duplicates = "skip",
    feeds: dict[str, Any] | None = None,
    encoding: str | None = None,
    dry_run: bool = False,
) -> ImportRun:
    """Import a file here and now by a named mapping, by `feeds` (a mapping as JSON) or by the names of its columns.

    Returns the ended run.

    Invalid says what is wrong with file or mapping (nothing is stored then); rows that were refused are in
    `run.failed` and `queries.error_rows(run)`. A killed run is finished by the worker, or undone like any other.
    """
    ctx = Context(actor=actor, via="cli")
    draft = run(
        "import.prepare",
        {
            "module": module,
            "sha256": storage.keep(storage.chunks_of(path)),
            "file_name": path.name,
            "mapping": mapping,
            "encoding": encoding,
        },
        ctx,
    )
    chosen = {"run": draft.pk, "duplicates": duplicates}
    run("import.configure", chosen | ({"feeds": feeds} if feeds else {}), ctx)
    run("import.start", {"run": draft.pk, "dry_run": dry_run, "background": False}, ctx)
    running.perform(draft.pk, (lambda done: progress(done.position, done.total)) if progress else None)
    return ImportRun.objects.get(pk=draft.pk)


def undo(run_id: int, actor: Actor = SYSTEM, progress: Progress | None = None) -> ImportRun:
    """Take an import back here and now; returns the run, whose `undone` says what was deleted, restored and kept."""
    ctx = Context(actor=actor, via="cli")
    run("import.undo", {"run": run_id, "background": False}, ctx)
    return undoing.perform(
        run_id,
        (lambda r: progress(r.undone.get("deleted", 0) + r.undone.get("restored", 0), r.position))
        if progress
        else None,
    )
