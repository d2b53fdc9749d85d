"""What the suite itself relies on when it kills processes."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from tests.processes import end_sessions, start

WORK = """
import django
django.setup()
from django.db import connection
connection.cursor().execute("SELECT pg_sleep(600)")
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_no_session_behind():
    process = start("-c", WORK)
    while process.poll() is None and not _asleep():
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert _asleep(), "PostgreSQL ended the session by itself: nothing is proved"
    end_sessions()
    assert not _asleep()


def _asleep() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"
        )
        return cursor.fetchone()[0]
