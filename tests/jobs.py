"""Doing the jobs that wait, in a real worker inside the test."""

from __future__ import annotations

import asyncio
import threading

from asgiref.sync import sync_to_async
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicRegistry


def run_jobs(*, early: bool = False) -> None:
    """Do every job that is due (with `early` those scheduled for later too); needs `django_db(transaction=True)`.

    Only what was enqueued: what the clock would enqueue is the business of the tests of those jobs.
    """
    if early:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")

    async def work() -> None:
        worker = app.with_connector(app.connector.get_worker_connector())
        worker.periodic_registry = PeriodicRegistry()
        async with worker.open_async():
            await worker.run_worker_async(wait=False, install_signal_handlers=False, concurrency=1)
        # The thread in which jobs ran outlives the loop; its connection must not.
        await sync_to_async(connections.close_all)()

    def in_a_thread_of_its_own() -> None:
        try:
            asyncio.run(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=in_a_thread_of_its_own)
    thread.start()
    thread.join()


def forget_jobs() -> None:
    """Flushing knows nothing of the jobs' tables: what one test enqueued for good would wait for others."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
