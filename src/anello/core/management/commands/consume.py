"""`consume`: the process that runs every consumer of the event log."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import connection

from anello.core.events.consumers import follow
from anello.core.events.log import CHANNEL, ensure_partitions
from anello.core.events.stopping import signalled


class Command(BaseCommand):
    help = "Follow the event log with every consumer until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop, wake = threading.Event(), threading.Event()
        with signalled(stop, wake):
            ensure_partitions()
            threading.Thread(target=self._listen, args=(stop, wake), daemon=True).start()
            follow(stop, wake)

    def _listen(self, stop: threading.Event, wake: threading.Event) -> None:
        parameters = {
            k: v for k, v in connection.get_connection_params().items() if k not in ("cursor_factory", "context")
        }
        while not stop.is_set():
            try:
                with psycopg.connect(**parameters, autocommit=True) as listening:
                    listening.execute(f"LISTEN {CHANNEL}")
                    while not stop.is_set():
                        for _ in listening.notifies(timeout=5, stop_after=1):
                            wake.set()
            except psycopg.OperationalError:
                # The server restarts; polling goes on meanwhile.
                stop.wait(1)
