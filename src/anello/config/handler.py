"""Django behind ASGI, one thread for all of a request.

All our middleware and views are synchronous. Django's own ASGI handler goes to a thread and back for each signal, each
`process_view` and the view; each way costs as much as a short statement, and waits for the interpreter where others
compute. Here a request goes to a thread once, and its answer comes back whole.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from asgiref.sync import sync_to_async
from django import setup
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.db import connections
from django.http import FileResponse
from django.urls import set_script_prefix

from anello.config.env import env


class Handler(ASGIHandler):
    """As many requests at once as there are database connections; the others wait for their turn."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(max_workers=env.database_pool, thread_name_prefix="request")

    def load_middleware(self, is_async: bool = False) -> None:
        """The synchronous chain, whatever Django's handler asks for."""
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request. Who went away meanwhile is not told, and what was begun is finished."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._threads, self._answer, scope, body)
            try:
                await self.send_response(response, send)
            finally:
                if response.streaming:
                    await sync_to_async(response.close)()

    def _answer(self, scope: Any, body: Any) -> Any:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = refused if request is None else self.get_response(request)
        response._handler_class = type(self)
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if response.streaming:
            connections.close_all()  # it is read in another thread, with a connection of its own
        else:
            response.close()
        return response


def application() -> Handler:
    """Django, set up."""
    setup(set_prefix=False)
    return Handler()
