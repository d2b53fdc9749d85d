"""`anello user add` and `anello user token`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working

if TYPE_CHECKING:
    from anello.core.accounts.models import User

app = typer.Typer(help="Add people and give them API tokens.", no_args_is_help=True)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="The name to log in with.")],
    email: Annotated[str, typer.Option(help="Where mails for this person go.")],
    role: Annotated[
        list[str] | None, typer.Option(help="Key of a role, such as administrator or sales; repeatable.")
    ] = None,
    first_name: Annotated[str, typer.Option()] = "",
    last_name: Annotated[str, typer.Option()] = "",
    language: Annotated[str, typer.Option(help="it or en.")] = "it",
    password: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, envvar="PASSWORD", help="Asked for if missing."
        ),
    ] = "",
) -> None:
    """Add a person who can log in."""
    with working():
        from django.db import transaction

        from anello.core.actions import Context, run
        from anello.core.policies import SYSTEM

        values = {
            "username": username,
            "email": email,
            "language": language,
            "first_name": first_name,
            "last_name": last_name,
        }
        ctx = Context(actor=SYSTEM, via="cli")
        with transaction.atomic():
            user = run("user.create", values, ctx)
            run("user.set_password", {"password": password}, ctx, target=user)
            run("user.set_roles", {"roles": role or []}, ctx, target=user)
    typer.echo(f"Added {username} ({', '.join(role or ['no role: sees nothing'])}).")


@app.command()
def token(
    username: Annotated[str, typer.Argument(help="Whose token.")],
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
) -> None:
    """Print a new personal API token; it is shown this once."""
    with working():
        from anello.core.actions import Context, run

        secret = run("token.issue", {"name": name}, Context.of(find(username), via="cli"))
    typer.echo(secret)


def find(username: str) -> User:
    """The active user of that name; needs a set-up application."""
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {username}.")
    return user
