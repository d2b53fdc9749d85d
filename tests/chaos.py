"""Processes that work on the test database until they are killed: `python -m tests.chaos write|follow|work|remind N`.

`write` creates people and enqueues a job for each in one transaction; `follow` consumes the event log into
`chaos_seen`; `work` does the jobs into `chaos_done`; `remind` does the product's own jobs, reminders three at a time.
`rescue` puts the jobs of dead workers back, once, and ends. Each of the others reports one line when it is ready, so that the killer knows.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from itertools import count


def main() -> None:
    role, number = sys.argv[1], sys.argv[2]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    import django

    django.setup()
    {"write": write, "follow": follow, "work": work, "remind": remind, "rescue": rescue}[role](number)


def _ready() -> None:
    print("ready", flush=True)  # noqa: T201


def write(number: str) -> None:
    from django.db import transaction

    from anello.core.actions import run
    from anello.core.jobs import enqueue

    task = _task()
    _ready()
    for n in count():
        with transaction.atomic():
            person = run("person.create", {"last_name": f"W{number}-{n}", "city": "Milano"})
            enqueue(task, person=person.pk)
        run("person.update", {"city": "Roma"}, target=person.pk)
        # The backlog must stay small enough for what is left to be waited for.
        time.sleep(0.02)


def follow(number: str) -> None:
    from django.db import connection

    from anello.core.events.consumers import Consumer, step

    def see(events: list) -> None:  # type: ignore[type-arg]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO chaos_seen VALUES (%s)", [(event.id,) for event in events])

    _ready()
    follower, stop = Consumer("chaos", see, ("person.*",), most=7), threading.Event()
    while not stop.is_set():
        if not step(follower):
            stop.wait(0.01)


def _task():  # type: ignore[no-untyped-def]
    from anello.core.jobs import job

    @job(queue="chaos")
    def chaos_job(person: int) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO chaos_done VALUES (%s)", [person])

    return chaos_job


def work(number: str) -> None:
    _task()
    _run_worker("chaos")


def remind(number: str) -> None:
    from anello.customers.activities import alarms

    alarms.BATCH = 3  # many transactions, so that a kill finds one under way
    _run_worker("default")


def rescue(number: str) -> None:
    import asyncio

    from procrastinate.contrib.django import app

    from anello.core.jobs import rescue

    async def once() -> None:
        async with app.with_connector(app.connector.get_worker_connector()).open_async():
            await rescue.rescue(silence=12.0)  # living workers send a heartbeat every 10 s

    asyncio.run(once())


def _run_worker(queue: str) -> None:
    import asyncio

    from procrastinate.contrib.django import app

    from anello.core.jobs.rescue import rescue

    with_worker = app.with_connector(app.connector.get_worker_connector())

    async def run_worker() -> None:
        async def rescuing() -> None:
            while True:
                await asyncio.sleep(0.5)
                await rescue(silence=1.0)

        async with with_worker.open_async():
            helper = asyncio.create_task(rescuing())
            _ready()
            try:
                await with_worker.run_worker_async(
                    queues=[queue],
                    concurrency=2,
                    update_heartbeat_interval=0.3,
                    stalled_worker_timeout=1.0,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=0.2,
                )
            finally:
                helper.cancel()

    asyncio.run(run_worker())


if __name__ == "__main__":
    main()
