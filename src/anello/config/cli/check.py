"""`anello doctor`."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from anello.config.cli.installation import application

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "failed": "[red]failed[/]"}


def doctor() -> None:
    """Examine this installation and say what to do. Exit code 1 if something has failed."""
    table = Table("", "state", "found", "what to do")
    with application():
        from anello.config.doctor import examine

        findings = list(examine())
    for finding in findings:
        advice = "" if finding.state == "ok" else finding.advice
        table.add_row(finding.subject, MARKS[finding.state], finding.detail, advice)
    Console().print(table)
    if any(finding.state == "failed" for finding in findings):
        raise typer.Exit(1)
