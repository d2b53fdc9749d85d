"""`anello import`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import application
from anello.config.cli.users import find


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; call it with (done, in all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def import_(
    module: Annotated[str, typer.Argument(help="The module, such as person, organisation or order.")],
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or ZIP file.", exists=True, dir_okay=False)],
    mapping: Annotated[str, typer.Option(help="A named mapping; without one, columns are taken by their names.")] = "",
    duplicates: Annotated[
        Literal["skip", "update", "create"], typer.Option(help="What to do with records that are there already.")
    ] = "skip",
    encoding: Annotated[str | None, typer.Option(help="The encoding, if it is guessed wrongly.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    user: Annotated[
        str | None, typer.Option("--as", help="Import with this user's rights; default: all rights.")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Write the refused rows to this CSV file.")] = None,
) -> None:
    """Import a file. Exit code 1 if rows were refused."""
    with application():
        from anello.core.exchange import importer, queries
        from anello.core.modules import all_modules
        from anello.core.policies import SYSTEM, Actor

        known = sorted(each.name for each in all_modules())
        if module not in known:
            raise typer.BadParameter(f"There is no module {module}. There are: {', '.join(known)}.")
        actor = Actor.of(find(user)) if user else SYSTEM
        with bar(f"Importing {file.name}") as progress:
            run = importer.run_file(
                module, file, mapping, actor, progress, duplicates=duplicates, encoding=encoding, dry_run=dry_run
            )
        if run.error:
            raise CommandError(f"The import stopped after {run.position} rows: {run.error}")
        if errors and run.failed:
            errors.write_bytes(b"".join(queries.error_rows(run)))
        counts = ", ".join(f"{count} {what}" for what, count in run.counts.items())
        typer.echo(
            f"Import {run.pk}{' (dry run)' if dry_run else ''}: {run.position} rows; {counts or 'nothing to do'}"
        )
        if run.failed:
            where = f"see {errors}" if errors else "write them to a file with --errors FILE"
            raise CommandError(f"{run.failed} rows were refused; {where}.")
