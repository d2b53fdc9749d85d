"""Processes of a test's own that work on its database, and may be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import quote

from django.db import connection

from tests.database import server

_NAME = "process of a test"
_SECONDS = 60


def environment() -> dict[str, str]:
    """What a process needs in order to work on the database of the test that runs."""
    return os.environ | {
        "DATABASE_URL": f"{server.url(connection.settings_dict['NAME'])}&application_name={quote(_NAME)}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    """`python ARGUMENTS` on the test's database; it hears what is written to it, and what it says is to be read."""
    command = [sys.executable, *arguments]
    return subprocess.Popen(
        command, env=environment() | environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def end_sessions() -> None:
    """PostgreSQL goes on for a moment with what a killed process asked for; its locks would stop a flush."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [_SECONDS * 1000, _NAME],
        )
