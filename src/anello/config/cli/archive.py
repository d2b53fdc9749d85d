"""`anello backup` and `anello restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from anello.config import backup as backups
from anello.config.cli.installation import database
from anello.config.env import env
from anello.config.postgres import find_binaries
from anello.config.supervisor import only_one

console = Console(stderr=True)


def _installation(url: str) -> backups.Installation:
    return backups.Installation(url, home=env.anello_home, programs=find_binaries(env.anello_pg_bin))


def backup(file: Annotated[Path, typer.Argument(help="The archive to write; it must not exist yet.")]) -> None:
    """Write the database, all files and the warehouse's landing into one archive, also while Anello runs."""
    with database() as url, console.status("Backing up …"):
        manifest = backups.write(_installation(url), file)
    size = file.stat().st_size / 2**20
    typer.echo(f"{file}: {len(manifest.members) - 1} files and the database, {size:.1f} MB")


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `anello backup` wrote.", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what the database holds now.")] = False,
) -> None:
    """Read an archive back. Anello must be stopped. If it fails, everything stays as it was."""
    with only_one(env.anello_home), database() as url, console.status("Restoring …"):
        manifest = backups.restore(_installation(url), file, replace=replace)
    typer.echo(f"Restored the state of {manifest.created}. Start Anello, or run: anello migrate")
