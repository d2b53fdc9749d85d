"""Jobs whose worker died while doing them are done again by another."""

from __future__ import annotations

import structlog
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from anello.core.jobs import periodic

log = structlog.get_logger(__name__)
SILENCE = 30.0
"""Seconds without a heartbeat (workers send one every 10 s) after which a worker counts as dead."""


async def rescue(silence: float = SILENCE) -> int:
    """Put the jobs of dead workers back in their queues; returns how many there were.

    A job that waits once more already, because somebody asked for it again meanwhile, ends: that one does it.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence))
    for job in stalled:
        log.warning("job_rescued", job=job.id, task=job.task_name)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            await app.job_manager.finish_job(job, Status.ABORTED, delete_job=False)
    return len(stalled)


@periodic("* * * * *")
async def rescue_stalled_jobs(timestamp: int) -> None:
    await rescue()
