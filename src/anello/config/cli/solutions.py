"""`anello solution export`, `check` and `import`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working

if TYPE_CHECKING:
    from anello.core.studio.solutions.things import Compared

app = typer.Typer(help="Carry fields and roles from one installation to another.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A solution: a YAML file.", exists=True, dir_okay=False)]


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="What the changes are for.")],
    file: Annotated[Path, typer.Argument(help="Where to.", dir_okay=False)],
    only: Annotated[
        list[str] | None,
        typer.Option(help="A part (fields) or one of its things (fields/person/x_hobby); repeatable. Default: all."),
    ] = None,
) -> None:
    """Write what was added and changed here into a file."""
    with working():
        from anello.core.studio.solutions import things

        chosen = [path.strip("/") for path in only or []]
        written: list[str] = []

        def wanted(part: things.Part, key: things.Key) -> bool:
            path = "/".join((part.name, *key))
            fits = not chosen or any(path == one or path.startswith(f"{one}/") for one in chosen)
            written.extend([path] if fits else [])
            return fits

        text = things.write(name, wanted)
        if not written:
            raise CommandError("There is nothing of that here.")
        file.write_text(text, "utf-8")
    typer.echo(f"{len(written)} things in {file}")


@app.command()
def check(file: File) -> None:
    """Say what importing the file would do; changes nothing. Exit code 1 if it cannot be imported."""
    with working():
        compared = _compared(_text(file))
    for thing in compared.things:
        typer.echo(f"{thing.state:8} {thing.part.name}/{'/'.join(thing.key)}")
        for name, here, there in thing.differences if thing.state == "changed" else ():
            typer.echo(f"           {name}: {here!r} -> {there!r}")
    _refuse(compared.troubles)


@app.command("import")
def import_(file: File) -> None:
    """Put everything of the file into place, or nothing. Rolled back on its page under Setup, Solutions."""
    with working():
        from anello.core.actions import Context, Invalid, run
        from anello.core.policies import SYSTEM

        try:
            made = run("solution.import", {"file": _text(file)}, Context(actor=SYSTEM, via="cli"))
        except Invalid as error:
            raise CommandError("Nothing was imported.\n" + "\n".join(error.messages)) from error
    typer.echo(f"Imported {made.name} (solution {made.pk}).")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text.") from error


def _compared(text: str) -> Compared:
    from anello.core.studio.solutions import things
    from anello.core.studio.solutions.paper import Unreadable

    try:
        return things.rehearse(text)
    except Unreadable as error:
        raise CommandError(f"It cannot be imported.\n{error}") from error


def _refuse(troubles: Sequence[object]) -> None:
    if troubles:
        raise CommandError("It cannot be imported.\n" + "\n".join(str(one) for one in troubles))
