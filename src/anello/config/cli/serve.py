"""`anello run` and `anello migrate`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from anello.config import process
from anello.config.cli.demo import welcome
from anello.config.cli.installation import application, embedded
from anello.config.env import env
from anello.config.postgres import Server
from anello.config.supervisor import Program, Supervisor, SupervisorError, check_port, only_one
from anello.config.translations import compile_stale

MIGRATION_LOCK = 0x616E656C  # an arbitrary constant: two machines of one installation never migrate at once


def run(demo: Annotated[bool, typer.Option(help="Fill an empty database with the demo company.")] = True) -> None:
    """Start everything: the database, web, job worker and event consumers. Ctrl-C stops it all."""
    check_port(env.host, env.port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    server = embedded()
    with only_one(env.anello_home):
        try:
            if server:
                server.join()
            greeting = _prepare(demo)
            programs = [
                Program(name, [sys.executable, "-m", process.__name__, name, str(os.getpid())])
                for name in process.PROCESSES
            ]
            supervisor = Supervisor(programs, check=lambda: _watch(server), prefix=not env.production)
            asyncio.run(supervisor.run(lambda: _announce(supervisor, greeting)))
        except KeyboardInterrupt:
            pass  # asked to stop before everything was up
        finally:
            if server:
                server.leave()


def migrate() -> None:
    """Bring the database up to date with this version (`run` does it too)."""
    from django.core.management import call_command
    from django.db import connection

    from anello.config.health import pending_migrations

    with application():
        from anello.core.accounts.roles import ensure_default_roles
        from anello.operations.sales.defaults import ensure_defaults

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        if missing := pending_migrations():
            typer.echo(f"Bringing the database up to date: {len(missing)} migrations …", err=True)
            call_command("migrate", interactive=False, verbosity=0)
        ensure_default_roles()
        ensure_defaults()


def prepare(demo: bool = True) -> None:
    """Migrate, compile translations, build the demo company; before the processes start. Prints the demo users."""
    for catalogue in compile_stale():
        typer.echo(f"compiled {catalogue.relative_to(Path(__file__).parents[2])}", err=True)
    migrate()
    if demo and not env.production:
        typer.echo(welcome(), nl=False)


def _prepare(demo: bool) -> str:
    command = [sys.executable, "-m", "anello.config.cli", "prepare", "--demo" if demo else "--no-demo"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SupervisorError("The database could not be prepared; the messages above say why.")
    return done.stdout


def _watch(server: Server | None) -> str | None:
    return "the database had died and was started again" if server and server.revive() else None


def _announce(supervisor: Supervisor, greeting: str) -> None:
    address = f"http://{'127.0.0.1' if env.host in ('0.0.0.0', '::') else env.host}:{env.port}"  # noqa: S104 asked, not bound
    while not supervisor.stopping:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()  # noqa: S310 our own http address
        except OSError:
            time.sleep(0.2)
        else:
            typer.echo(f"\nAnello is ready: {env.base_url or address}\n{greeting}Ctrl-C stops it.\n")
            return
