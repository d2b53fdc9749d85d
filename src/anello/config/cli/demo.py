"""`anello demo`, and the demo company of a first `anello run`."""

from __future__ import annotations

from typing import Annotated

import typer

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import application
from anello.config.cli.records import bar
from anello.config.demo import SEED
from anello.config.env import env

IN_PRODUCTION = "Everybody knows the passwords of the demo users: there is no demo company in production."


def demo(
    seed: Annotated[
        int, typer.Option(help="The same seed makes the same company (dates are relative to today).")
    ] = SEED,
) -> None:
    """Build the demo company in an empty database and name its users."""
    if env.production:
        raise CommandError(IN_PRODUCTION)
    with application():
        build(seed)
        typer.echo(users(), nl=False)


def build(seed: int = SEED) -> None:
    """Build the demo company with a progress bar; needs a set-up application."""
    from anello.config.demo import build

    with bar("Building the demo company") as progress:
        build(progress, seed)


def welcome() -> str:
    """Build the demo company in an empty database; the demo users in words, or nothing if there are none."""
    with application():
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
