"""Django behind ASGI: one thread for a request, and what was taken is given back."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import Client

from anello.config.handler import Handler
from anello.core.actions import Context, run


@pytest.fixture(scope="module")
def handler():
    return Handler()


def ask(handler: Handler, path: str, cookies: dict[str, str] | None = None) -> httpx.Response:
    async def scene() -> httpx.Response:
        transport = httpx.ASGITransport(handler)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies) as browser:
            return await browser.get(path)

    return asyncio.run(scene())


@pytest.mark.django_db(transaction=True)
def test_one_thread_does_all_of_a_request(handler):
    seen: list[int] = []

    def note(**_: Any) -> None:
        seen.append(threading.get_ident())

    request_started.connect(note)
    request_finished.connect(note)
    try:
        assert ask(handler, "/accounts/login/").status_code == 200
    finally:
        request_started.disconnect(note)
        request_finished.disconnect(note)
    assert len(seen) == 2
    assert len({*seen, threading.get_ident()}) == 2


@pytest.mark.django_db(transaction=True)
def test_a_stream_is_read_whole_and_its_connections_are_given_back(handler, cast):
    run("person.create", [{"last_name": f"Rossi {i}"} for i in range(30)], Context.of(cast.bruno))
    client = Client()
    client.force_login(cast.bruno)
    before = sessions()
    answer = ask(handler, "/people/export/", {name: c.value for name, c in client.cookies.items()})
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 31
    for _ in range(100):
        if sessions() == before:
            break
        time.sleep(0.05)  # PostgreSQL ends a session a moment after it was left
    assert sessions() == before


def sessions() -> int:
    """Those of others on this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_who_goes_away_while_still_sending_gets_no_answer(handler):
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/people/", "query_string": b"", "headers": []}
    asyncio.run(handler(scope, receive, send))
    assert sent == []
