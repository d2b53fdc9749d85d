"""Django's description of a database from its URL."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict


def settings(url: str, *, pool: int, test_name: str) -> dict[str, Any]:
    """One entry of `DATABASES`: `url` as libpq understands it, and at most `pool` connections for each process."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {"application_name": "anello", **parts, "pool": {"min_size": 1, "max_size": pool, "timeout": 20}},
        "TEST": {"NAME": test_name},
    }
