"""The console command `anello`. Exit codes: 0 done, 1 failed, 2 wrong use or wrong settings."""

from __future__ import annotations

import os
import sys

import typer

from anello.config.cli import archive, check, demo, intelligence, records, serve, solutions, users, warehouse
from anello.config.cli.failures import EXPECTED

app = typer.Typer(
    name="anello",
    help="Anello, the closed-loop CRM. Settings come from the environment and .env (docs/operations.md).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("run")(serve.run)
app.command("migrate")(serve.migrate)
app.command("prepare", hidden=True)(serve.prepare)
app.command("demo")(demo.demo)
app.add_typer(users.app, name="user")
app.command("import")(records.import_)
app.command("export")(records.export)
app.command("backup")(archive.backup)
app.command("restore")(archive.restore)
app.add_typer(intelligence.app, name="intelligence")
app.command("doctor")(check.doctor)
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(solutions.app, name="solution")


def main() -> None:
    """Run the command; what an administrator can put right is one line on stderr, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    try:
        app()
    except EXPECTED as error:
        sys.stderr.write(f"anello: {error}\n")
        raise SystemExit(1) from None
