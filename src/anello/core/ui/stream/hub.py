"""What happens in the database, told to the open pages of this process: one LISTEN, many readers.

A page costs a queue in memory: no database connection and no thread. The hub starts with the first reader and keeps
its one connection for as long as the event loop runs.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog

from anello.core.events.log import CHANNEL as EVENTS
from anello.core.inbox.notices import CHANNEL as NOTICES

log = structlog.get_logger(__name__)
BACKLOG = 200
"""Messages a slow page may lag behind; then it is cut off, connects again and looks anew."""
MEMORY = 10.0
"""Seconds for which what changed is remembered, for pages that were being drawn when it did."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0


@dataclass(frozen=True)
class Message:
    """One server-sent event: its name and its JSON data."""

    event: str
    data: dict[str, Any]

    def encode(self) -> bytes:
        return f"event: {self.event}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


@dataclass(eq=False)
class Reader:
    """One open page: whose, which records it shows, which modules' lists. Both were checked when it subscribed.

    `age` is how many seconds ago the page asked for what it shows; `unread` how many notices waited when it subscribed;
    after `lifetime` seconds it must subscribe again.
    """

    user: int
    records: frozenset[tuple[str, int]]
    lists: frozenset[str]
    age: float = 0.0
    unread: int = 0
    lifetime: float = 600.0
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def tell(self, message: Message) -> None:
        """Queue a message; a reader that lags too far behind is ended (None)."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)

    def all_anew(self) -> None:
        """Something may have been missed: everything the page shows may have changed."""
        for module, pk in self.records:
            self.tell(Message("record", {"module": module, "id": pk}))
        for module in self.lists:
            self.tell(Message("list", {"module": module}))


class Hub:
    """The readers of one event loop and the one connection that listens for them."""

    def __init__(self, parameters: Callable[[], dict[str, Any]]) -> None:
        self._parameters = parameters
        self._readers: set[Reader] = set()
        self._changes: deque[tuple[float, dict[str, Any]]] = deque()
        self._listening: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    def join(self, reader: Reader) -> None:
        self._readers.add(reader)
        reader.tell(Message("notice", {"count": reader.unread, "text": ""}))
        drawn = asyncio.get_running_loop().time() - reader.age
        for moment, change in self._changes:
            if moment >= drawn:
                self._change([reader], change)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())

    def leave(self, reader: Reader) -> None:
        self._readers.discard(reader)

    def __len__(self) -> int:
        return len(self._readers)

    async def close(self) -> None:
        """Stop listening; for tests and orderly shutdown."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**self._parameters(), autocommit=True) as connection:
                    for channel in (EVENTS, NOTICES):
                        await connection.execute(f"LISTEN {channel}")
                    self.connected.set()
                    pause = FIRST_PAUSE
                    # Between two connections nothing was heard.
                    for reader in list(self._readers):
                        reader.all_anew()
                    async for heard in connection.notifies():
                        self._spread(heard.channel, json.loads(heard.payload))
            except psycopg.OperationalError as error:
                log.warning("stream_reconnects", error=str(error).strip(), seconds=pause)
            except Exception:
                log.exception("stream_broke", seconds=pause)
            self.connected.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _spread(self, channel: str, payload: dict[str, Any]) -> None:
        if channel == NOTICES:
            message = Message("notice", {"count": payload["count"], "text": payload["text"]})
            self._tell((r for r in self._readers if r.user == payload["user"]), message)
            return
        now = asyncio.get_running_loop().time()
        self._changes.append((now, payload))
        while self._changes[0][0] < now - MEMORY:
            self._changes.popleft()
        self._change(list(self._readers), payload)

    @staticmethod
    def _change(readers: Iterable[Reader], payload: dict[str, Any]) -> None:
        module = payload["module"]
        # A notification names some of the records of a large gesture; what it does not name may have changed as well.
        whole = payload["count"] > len(payload["ids"])
        changed = {(module, pk) for pk in payload["ids"]}
        for reader in readers:
            for name, pk in reader.records:
                if (name, pk) in changed or (whole and name == module):
                    reader.tell(Message("record", {"module": name, "id": pk}))
            if module in reader.lists:
                reader.tell(Message("list", {"module": module}))

    @staticmethod
    def _tell(readers: Iterable[Reader], message: Message) -> None:
        for reader in list(readers):
            reader.tell(message)
