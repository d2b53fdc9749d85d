"""Jobs: work for later, enqueued in the transaction that wants it (Procrastinate on PostgreSQL).

`@job(queue="mail", retry=5)` registers a function of JSON arguments; `enqueue(function, **arguments)` puts it in the
queue if and when the current transaction commits. A job runs at least once: it is written so that twice is once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from anello.core.current import bring_up_to_date

__all__ = ["ANALYSIS", "LONG", "enqueue", "job", "periodic"]

ANALYSIS = "analysis"
"""The queue of what reads the warehouse: see `working`."""
LONG = "long"
"""The queue of what may take minutes: nothing else waits for it."""


def job(
    *, queue: str = "default", retry: int = 3, lock: str | None = None, given_up: Callable[..., None] | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """Register a job; after a failure it is tried again up to `retry` times (0: never), after 4, 16, 64… seconds.

    When it failed for the last time, `given_up(error, **arguments)` tells those who wait for it.
    """
    # To Procrastinate, 0 attempts are any number of them.
    strategy = RetryStrategy(max_attempts=retry, exponential_wait=4) if retry else None

    def register(function: Callable[..., Any]) -> Any:
        function = _up_to_date(function)
        if given_up is None:
            return app.task(queue=queue, retry=strategy or False, lock=lock)(function)

        @wraps(function)
        def attempt(context: JobContext, **arguments: Any) -> Any:
            try:
                return function(**arguments)
            except Exception as error:
                if strategy is None or strategy.get_retry_decision(exception=error, job=context.job) is None:
                    given_up(error, **arguments)
                raise

        return app.task(queue=queue, retry=strategy or False, lock=lock, pass_context=True)(attempt)

    return register


def periodic(cron: str, *, queue: str = "default") -> Callable[[Callable[..., Any]], Any]:
    """Register a job `f(timestamp: int)` that runs at every moment of the cron expression, once in the whole system."""

    def register(function: Callable[..., Any]) -> Any:
        strategy = RetryStrategy(max_attempts=3, exponential_wait=4)
        task = app.task(queue=queue, retry=strategy)(_up_to_date(function))
        return app.periodic(cron=cron)(task)

    return register


def _up_to_date(function: Callable[..., Any]) -> Callable[..., Any]:
    """The job, after what must be brought up to date when it begins."""

    @wraps(function)
    def begin(*arguments: Any, **named: Any) -> Any:
        bring_up_to_date()
        return function(*arguments, **named)

    return begin


def enqueue(
    task: Task[Any, Any, Any],
    *,
    at: datetime | None = None,
    unique: str | None = None,
    lock: str | None = None,
    **arguments: Any,
) -> int | None:
    """Enqueue in the current transaction; returns the job's id.

    `at` delays it; jobs with the same `lock` run one after the other; with `unique`, None when such a job already
    waits.
    """
    deferrer = task.configure(schedule_at=at, queueing_lock=unique, lock=lock)
    try:
        # The database refuses a second one by an error, which must not end the transaction that enqueues it.
        with transaction.atomic():
            return deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return None
