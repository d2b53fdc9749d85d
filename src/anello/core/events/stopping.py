"""Ending a process in order when it is told to."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signalled(*events: threading.Event) -> Iterator[None]:
    """Set the events, in order, on SIGTERM or SIGINT.

    A signal's handler interrupts the main thread anywhere, even while it holds an event's own lock: to set the event
    there would wait for ever. So a thread does it, woken through a socket that the signal itself writes to.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)

    def wait() -> None:
        if reading.recv(1):
            for event in events:
                event.set()

    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    former = signal.set_wakeup_fd(writing.fileno())
    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        for number, handler in before.items():
            signal.signal(number, handler)
        writing.close()
        waiting.join()
        reading.close()
