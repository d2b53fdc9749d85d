"""`anello warehouse load|rebuild|status|sources|copy`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working

app = typer.Typer(help="The warehouse: what happened, kept for figures and decisions.", no_args_is_help=True)


@contextmanager
def _opened() -> Iterator[None]:
    with working():
        from anello.warehouse.errors import WarehouseError

        try:
            yield
        except WarehouseError as error:
            raise CommandError(str(error)) from error


@app.command()
def load(
    whole: Annotated[bool, typer.Option("--whole", help="Compare every row, not only what events tell of.")] = False,
    source: Annotated[str, typer.Option(help="Load this outside source instead of the CRM.")] = "",
) -> None:
    """Bring the warehouse up to date."""
    with _opened(), Console(stderr=True).status("Loading …"):
        from anello import warehouse
        from anello.warehouse import rounds

        if source:
            done = rounds.read(source)
        else:
            done = warehouse.load(whole=whole)
        typer.echo(f"Load {done.number}: {done.rows:,} rows in {done.seconds:.1f} s")


@app.command()
def rebuild() -> None:
    """Make the warehouse again from the landing alone, checking every file."""
    with _opened(), Console(stderr=True).status("Rebuilding …"):
        from anello import warehouse

        done = warehouse.rebuild()
        typer.echo(f"Rebuilt up to load {done.number} in {done.seconds:.1f} s")


@app.command()
def status() -> None:
    """What it holds, how fresh it is, and what is wrong with it. Exit code 1 if something is wrong."""
    with _opened():
        from anello.warehouse.status import overview

        found = overview()
        if found.at:
            typer.echo(f"Load {found.load}, {found.at:%Y-%m-%d %H:%M:%S} UTC, {found.built_bytes / 2**20:.1f} MB")
            table = Table("table", "rows", "earlier versions", "from", "last load")
            for one in found.tables:
                table.add_row(one.table, f"{one.rows:,}", f"{one.past:,}", one.source, str(one.load))
            for name, rows in found.marts:
                table.add_row(f"mart.{name}", f"{rows:,}", "", "", "")
            Console().print(table)
        else:
            typer.echo("The warehouse is empty.")
        for problem in found.problems:
            typer.echo(f"! {problem.what.en} {problem.advice.en}")
    if found.problems:
        raise typer.Exit(1)


@app.command()
def copy(
    out: Annotated[Path, typer.Argument(help="The DuckDB file to write; it must not exist yet.")],
    pseudonymised: Annotated[
        bool,
        typer.Option("--pseudonymised", help="No names, addresses or texts; numbers of customers by a keyed hash."),
    ] = False,
    key: Annotated[str, typer.Option(help="The key of the hash; a new one for each copy if none is given.")] = "",
) -> None:
    """Write a copy for analysts. Only pseudonymised copies are made."""
    if not pseudonymised:
        raise CommandError("Say --pseudonymised: a copy with names in it is a backup, see anello backup.")
    with _opened(), Console(stderr=True).status("Copying …"):
        from anello.warehouse import pseudonyms

        rows = pseudonyms.copy(out, key=key)
        typer.echo(f"{out}: {rows:,} rows")
