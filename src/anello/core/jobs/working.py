"""The processes in which jobs are done: one for all, and one apart for the queue `analysis`.

In the first there are two lanes, each of which does one job after the other: what may take minutes, an import or the
values of a new field, has one for itself, for mails and reminders do not wait that long.

Jobs of analysis need libraries and memory that nothing else does, and may take minutes. In a process apart, of a lower
priority, neither mails nor people at their screens wait for them; it begins when there is something to do in the queue
and ends, giving back its memory, when there was nothing for a while.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress

import psutil
import structlog
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicRegistry

from anello.core.jobs import ANALYSIS, LONG

log = structlog.get_logger(__name__)

LOOK = 1.0
"""Seconds between two looks at the queue."""
IDLE = 60.0
"""Seconds without a job after which the process apart ends."""
HEAVY = 1_000_000_000
"""Bytes: whoever holds so much after a job ends too, and the next one begins small."""
NICE = 10
GRACE = 10.0
"""Seconds that a job has to end in once the process is told to; the supervisor waits for both processes."""
_LEFT = (
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queue_name = %(queue)s"
    " AND (status = 'todo' AND coalesce(scheduled_at, now()) <= now() OR status = 'doing')) AS left"
)


def work(apart: Sequence[str]) -> None:
    """Do the jobs of all queues but `analysis` until told to stop; for that one there is the command `apart`."""
    asyncio.run(_work(apart))


def analyse() -> None:
    """Do the jobs of the queue `analysis` until there is nothing to do for a minute, or told to stop."""
    os.nice(NICE)
    asyncio.run(_analyse())


@asynccontextmanager
async def _opened():  # type: ignore[no-untyped-def]
    """The app with connections of a worker's; what jobs enqueue goes through Django's, in their transactions."""
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker.open_async():
        yield worker


async def _work(apart: Sequence[str]) -> None:
    async with _opened() as worker:
        worker.perform_import_paths()
        short = {task.queue for task in worker.tasks.values()} - {ANALYSIS, LONG}
        await _together(
            _doing(worker, sorted(short)),
            _doing(_deaf(worker), [LONG], signals=False),
            asyncio.create_task(_keep(worker, apart)),
        )


def _doing(worker: App, queues: Sequence[str], *, signals: bool = True) -> asyncio.Task[None]:
    """The worker's own work; jobs that are done leave nothing behind, those that failed can be looked at."""
    return asyncio.create_task(
        worker.run_worker_async(
            queues=queues,
            shutdown_graceful_timeout=GRACE,
            delete_jobs="successful",
            install_signal_handlers=signals,
        )
    )


def _deaf(worker: App) -> App:
    """The same, but what the clock enqueues is somebody else's business."""
    deaf = worker.with_connector(worker.connector)
    deaf.periodic_registry = PeriodicRegistry()
    return deaf


async def _together(*tasks: asyncio.Task[None]) -> None:
    """Wait until one of the tasks ends, then end the others; what one of them raised is raised."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _keep(worker: App, command: Sequence[str]) -> None:
    """Have the process apart run while there is something to do for it."""
    while True:
        if await _something(worker):
            process = await asyncio.create_subprocess_exec(*command)
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGTERM)
                await process.wait()
                raise
            if code:
                log.error("analysis_ended", code=code)
        await asyncio.sleep(LOOK)


async def _analyse() -> None:
    async with _opened() as worker:
        await _together(_doing(_deaf(worker), [ANALYSIS]), asyncio.create_task(_until_idle(worker)))


async def _until_idle(worker: App) -> None:
    busy = time.monotonic()
    while time.monotonic() - busy < IDLE:
        await asyncio.sleep(LOOK)
        if await _something(worker):
            busy = time.monotonic()
        elif psutil.Process().memory_info().rss > HEAVY:
            return


async def _something(worker: App) -> bool:
    try:
        return bool((await worker.connector.execute_query_one_async(_LEFT, queue=ANALYSIS))["left"])
    except Exception as error:
        # The server restarts; the worker beside us says more if it does not come back.
        log.warning("analysis_queue_unread", error=repr(error))
        return False
