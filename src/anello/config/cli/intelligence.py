"""`anello intelligence fit` and `anello intelligence score`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from anello.config.cli.failures import CommandError
from anello.config.cli.installation import working

app = typer.Typer(help="Fit the models on the warehouse, and score customers and leads.", no_args_is_help=True)
Kind = Annotated[str, typer.Option(help="value, churn, next or lead; all of them if not given.")]
Of = Annotated[str, typer.Option(help="person, organisation or lead; all of them if not given.")]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{text!r} is no day: write it as 1997-09-30.") from None


@app.command()
def fit(
    kind: Kind = "",
    of: Of = "",
    until: Annotated[
        str, typer.Option(help="Learn until the end of this day, and check against what came after it.")
    ] = "",
) -> None:
    """Fit, check, and say of each model whether it is used."""
    day = _day(until)
    with working():
        from anello.core.actions import Context
        from anello.intelligence.value import estimators
        from anello.intelligence.value.cards import keep, why_not

        for estimator, whom in _chosen(estimators, kind, of):
            run = keep(estimator.fit(whom, day), Context(via="cli"))
            typer.echo(f"{run.title}: {'used' if run.accepted else why_not(run.cause)}")


@app.command()
def score(
    kind: Kind = "",
    of: Of = "",
    as_of: Annotated[str, typer.Option(help="As things stood at the end of this day; today if not given.")] = "",
) -> None:
    """Score with the newest models that are used."""
    day = _day(as_of)
    with working():
        from anello.intelligence.value import estimators

        for estimator, whom in _chosen(estimators, kind, of):
            typer.echo(f"{estimator.kind} of {whom}: {estimator.score(whom, day):,} changed")


def _chosen(estimators, kind: str, of: str):  # type: ignore[no-untyped-def]
    found = list(estimators.chosen(kind, of))
    if not found:
        raise CommandError(f"There is no model {kind or 'of any kind'} of {of or 'anybody'}.")
    return found
