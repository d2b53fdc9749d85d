"""`anello import` and `anello export`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working
from anello.config.cli.users import find


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on stderr (a line for each tenth when that is a file); call it with (done, in all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(title)
        return
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _lines(title: str) -> Callable[[int, int | None], None]:
    tenths = -1

    def tell(done: int, total: int | None) -> None:
        nonlocal tenths
        if total and done * 10 // total > tenths:
            tenths = done * 10 // total
            typer.echo(f"{title}: {tenths * 10} %", err=True)

    return tell


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
    with working():
        from anello.core.exchange import importer, queries
        from anello.core.policies import SYSTEM, Actor

        _known(module)
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


def export(
    module: Annotated[str, typer.Argument(help="The module, such as person, organisation or order.")],
    file: Annotated[Path | None, typer.Argument(help="Where to; MODULE.csv unless given.", dir_okay=False)] = None,
    form: Annotated[
        Literal["csv", "xlsx", "json"] | None, typer.Option("--format", help="Default: what the file's name says.")
    ] = None,
    filter: Annotated[
        str | None, typer.Option(help='A filter, as in the address of a list: \'{"field": "city", …}\'')
    ] = None,
    user: Annotated[
        str | None, typer.Option("--as", help="Export with this user's rights; default: all rights.")
    ] = None,
) -> None:
    """Export the records of a module."""
    with working():
        from anello.core.exchange import exporter
        from anello.core.policies import SYSTEM, Actor

        _known(module)
        target = file or Path(f"{module}.{form or 'csv'}")
        kind = form or target.suffix.lstrip(".")
        if kind not in ("csv", "xlsx", "json"):
            raise typer.BadParameter("Name the file .csv, .xlsx or .json, or give --format.")
        try:
            tree = json.loads(filter) if filter else None
        except ValueError as error:
            raise typer.BadParameter(f"The filter is not JSON: {error}.") from error
        actor = Actor.of(find(user)) if user else SYSTEM
        with bar(f"Exporting to {target.name}") as progress:
            written = exporter.run_file(module, target, cast(Any, kind), actor, tree, lambda done: progress(done, None))
        typer.echo(f"{written} records in {target}")


def _known(module: str) -> None:
    from anello.core.modules import all_modules

    known = sorted(each.name for each in all_modules())
    if module not in known:
        raise typer.BadParameter(f"There is no module {module}. There are: {', '.join(known)}.")
