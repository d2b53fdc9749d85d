"""What commands need before they can work: the database running, Django set up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from anello.config.cli.failures import CommandError
from anello.config.env import env
from anello.config.postgres import Server


def embedded() -> Server | None:
    """The embedded server of this installation, or None when DATABASE_URL names another one."""
    return None if env.database_url else Server(env.anello_home, binaries=env.anello_pg_bin)


@contextmanager
def database() -> Iterator[str]:
    """Keep the database running meanwhile; its URL."""
    if env.database_url:
        yield env.database_url
        return
    with Server(env.anello_home, binaries=env.anello_pg_bin) as server:
        yield server.url()


@contextmanager
def application() -> Iterator[None]:
    """Keep the database running and have Django set up."""
    import django

    with database():
        django.setup()
        from django.utils import translation

        from anello.core.actions import ActionError

        try:
            with translation.override("en"):
                yield
        except ActionError as error:
            raise CommandError(str(error)) from error
        finally:
            _close_connections()


@contextmanager
def working() -> Iterator[None]:
    """`application`, with the modules as administrators have shaped them."""
    with application():
        from anello.core.studio import shape

        shape.follow(shape.version())
        yield


def _close_connections() -> None:
    """Pools keep connections open, and would try to reopen them when the database stops."""
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
