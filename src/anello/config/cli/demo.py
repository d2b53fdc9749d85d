"""`anello demo`, and the demo company of a first `anello run`."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working
from anello.config.cli.records import bar
from anello.config.demo import SEED
from anello.config.env import env

IN_PRODUCTION = "Everybody knows the passwords of the demo users: there is no demo company in production."


def demo(
    people: Annotated[
        int, typer.Option(help="Make a load set of so many people instead, to measure with.", min=0, show_default=False)
    ] = 0,
    seed: Annotated[
        int, typer.Option(help="The same seed makes the same company (dates are relative to today).")
    ] = SEED,
) -> None:
    """Build the demo company in an empty database and name its users."""
    if env.production:
        raise CommandError(IN_PRODUCTION)
    with working():
        if people:
            load(people)
            return
        build(seed)
        typer.echo(users(), nl=False)


def load(people: int) -> None:
    """Make the load set with a progress bar per table; needs a set-up application."""
    from anello.config.demo.load import fill

    started = time.monotonic()
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        fill(people, progress)
    typer.echo(f"{people:,} people and what hangs on them in {time.monotonic() - started:.0f} s.")


def build(seed: int = SEED) -> None:
    """Build the demo company with a progress bar; needs a set-up application."""
    from anello.config.demo import build

    with bar("Building the demo company") as progress:
        build(progress, seed)


def welcome() -> str:
    """Build the demo company in an empty database; the demo users in words, or nothing if there are none."""
    with working():
        from anello.config.demo.company import is_empty

        if is_empty():
            build()
        return users()


def users() -> str:
    """Who can log in to the demo company and with which password; needs a set-up application."""
    from anello.config.demo.company import staff_here
    from anello.config.demo.staff import PASSWORD

    people = staff_here()
    if not people:
        return ""
    lines = "".join(f"  {username:<8} {what}\n" for username, what in people.items())
    return f"Demo users, all with the password {PASSWORD}:\n{lines}"
