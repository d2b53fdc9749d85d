"""`/events/stream/`: server-sent events, served before Django so that an open page holds no thread.

The person and what the page may hear of are read once, in a thread with a database connection that is given back
before the stream starts. A stream ends after a few minutes: the page connects again, and is asked again who it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections, connections

from anello.core.accounts import viewing
from anello.core.inbox import notices
from anello.core.modules import get
from anello.core.modules.fields import BIGINT
from anello.core.modules.registry import names
from anello.core.policies import Actor, can, visible
from anello.core.ui.stream.hub import MEMORY, Hub, Reader

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/events/stream/"
HEARTBEAT = 20.0
"""Seconds of silence after which a comment keeps proxies from closing the connection."""
LIFETIME = 600.0
MOST_TOPICS = 200
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for closed in [other for other in _hubs if other.is_closed()]:
            del _hubs[closed]
        _hubs[loop] = Hub(_parameters)
    return _hubs[loop]


def _parameters() -> dict[str, Any]:
    own = connections["default"].get_connection_params()
    return {name: value for name, value in own.items() if name not in ("cursor_factory", "context", "pool")}


def with_stream(application: Application) -> Application:
    """The ASGI application with `/events/stream/` in front of it."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await stream(scope, receive, send)
        else:
            await application(scope, receive, send)

    return routed


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Topics come as `?record=person:12&list=person`, each repeatable; those that may not be heard are left out.

    `age` says how many seconds ago the page asked for what it shows: what has changed since is told at once.
    """
    async with ThreadSensitiveContext():
        reader = await sync_to_async(_identify)(scope) if scope["method"] == "GET" else None
    if reader is None:
        # 204 tells an EventSource not to come back: nobody is signed in.
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    here = hub()
    here.join(reader)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _pour(reader, receive, send)
    finally:
        here.leave(reader)


async def _pour(reader: Reader, receive: Receive, send: Send) -> None:
    """Send what the reader is told until the page is gone, lags behind, or the stream is old."""
    end = asyncio.get_running_loop().time() + reader.lifetime
    gone = asyncio.create_task(_gone(receive))
    try:
        await _send(send, b"retry: 3000\n\n")
        while not gone.done() and asyncio.get_running_loop().time() < end:
            told = asyncio.create_task(reader.queue.get())
            await asyncio.wait({told, gone}, timeout=min(HEARTBEAT, _left(end)), return_when=asyncio.FIRST_COMPLETED)
            if not told.done():
                told.cancel()
                if not gone.done() and _left(end):
                    await _send(send, b": here\n\n")
                continue
            message = told.result()
            if message is None:
                break
            await _send(send, message.encode())
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except OSError:
        # The page went away in the middle of a message.
        return
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


def _left(end: float) -> float:
    return max(0.0, end - asyncio.get_running_loop().time())


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _identify(scope: Scope) -> Reader | None:
    """Who asks, and which of the topics that person may hear of; None for nobody."""
    close_old_connections()
    try:
        request = ASGIRequest(dict(scope), io.BytesIO())
        sessions = import_module(settings.SESSION_ENGINE)
        request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        user: Any = get_user(request)
        if not user.is_authenticated or not user.is_active:
            return None
        actor = viewing.actor_in(request.session, user)
        lists = frozenset(n for n in request.GET.getlist("list")[:MOST_TOPICS] if n in names() and can(actor, n))
        records = _records(actor, request.GET.getlist("record")[:MOST_TOPICS])
        age, unread = _seconds(request.GET.get("age", "")), notices.unread(actor.user)
        return Reader(actor.user.pk, records, lists, age, unread, _lifetime(request, actor))
    finally:
        connections.close_all()


def _lifetime(request: ASGIRequest, actor: Actor) -> float:
    """Seconds after which the page must ask again: spread, so that a restart does not bring everybody back at once.

    Who sees as somebody else hears no longer than they may.
    """
    spread = LIFETIME * random.uniform(0.8, 1.2)  # noqa: S311 no secret
    if actor.viewer is None:
        return spread
    return min(spread, viewing.elevated_until(request.session) - time.time())


def _seconds(text: str) -> float:
    """What the page says of its age; none for what is no number."""
    return min(float(text), MEMORY) if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text) else 0.0


def _records(actor: Actor, topics: list[str]) -> frozenset[tuple[str, int]]:
    wanted: dict[str, set[int]] = {}
    for topic in topics:
        module, _, pk = topic.partition(":")
        if module in names() and pk.isdecimal() and len(pk) < 20 and int(pk) <= BIGINT:
            wanted.setdefault(module, set()).add(int(pk))
    allowed: set[tuple[str, int]] = set()
    for name, ids in wanted.items():
        if can(actor, name):
            seen = get(name).model._default_manager.filter(pk__in=ids).filter(visible(actor, name))
            allowed |= {(name, pk) for pk in seen.values_list("pk", flat=True)}
    return frozenset(allowed)
