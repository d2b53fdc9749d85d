"""The stream of server-sent events: who hears what, over real notifications, and what an open page costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from tests import processes

from anello.core.actions import run
from anello.core.inbox import notify
from anello.core.ui.stream import application, hub

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 5.0


@pytest.fixture
def people(cast):
    yield cast
    connections.close_all()


def cookie(user: Any) -> str:
    browser = Client()
    browser.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


class Page:
    """An open page: what it was told so far."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.closing = asyncio.Event()
        self.status = 0

    async def receive(self) -> dict[str, Any]:
        await self.closing.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self.sent.put(message)

    async def hear(self, wait: float = SOON) -> tuple[str, dict[str, Any]] | None:
        """The next event, or None after `wait` seconds of silence."""
        try:
            async with asyncio.timeout(wait):
                while True:
                    body = (await self.sent.get()).get("body", b"").decode()
                    if body.startswith("event:"):
                        name, data = body.strip().split("\n", 1)
                        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
        except TimeoutError:
            return None


@contextlib.asynccontextmanager
async def opened(cookies: str, *, drain: bool = True, **topics: Any) -> AsyncIterator[Page]:
    """A page subscribed to topics, once its first answer has come and the hub listens."""
    page = Page()
    scope = {
        "type": "http",
        "method": "GET",
        "path": application.PATH,
        "query_string": urlencode(topics, doseq=True).encode(),
        "headers": [(b"cookie", cookies.encode())],
    }
    task = asyncio.create_task(application.stream(scope, page.receive, page.send))
    while not page.status:
        await asyncio.sleep(0.01)
    if page.status == 200:
        async with asyncio.timeout(SOON):
            await application.hub().connected.wait()
        # What is told at the beginning (everything anew) is no part of the test.
        while drain and await page.hear(0.1):
            pass
    try:
        yield page
    finally:
        page.closing.set()
        async with asyncio.timeout(SOON):
            await task


def play(scene: Any) -> None:
    async def whole() -> None:
        try:
            await scene
        finally:
            await application.hub().close()

    asyncio.run(whole())


async def does(function: Any, *arguments: Any, **more: Any) -> Any:
    """Run something on the database in a thread of its own."""

    def there() -> Any:
        try:
            return function(*arguments, **more)
        finally:
            connections.close_all()

    return await asyncio.to_thread(there)


def act(people: Any, name: str, values: dict[str, Any], **more: Any) -> Any:
    """An action of Carla's."""
    return run(name, values, people.ctx("carla"), **more)


def test_a_page_hears_of_the_record_and_the_list_it_shows(people):
    mario = run("person.create", {"last_name": "Rossi"}, people.ctx("carla"))
    carla = cookie(people.carla)

    async def scene():
        async with opened(carla, record=f"person:{mario.pk}", list="person") as page:
            await does(act, people, "person.update", {"city": "Roma"}, target=mario.pk)
            assert await page.hear() == ("record", {"module": "person", "id": mario.pk})
            assert await page.hear() == ("list", {"module": "person"})

    play(scene())


def test_nobody_hears_of_records_or_modules_they_may_not_see(people):
    mario = run("person.create", {"last_name": "Rossi"}, people.ctx("carla"))
    dario, marta = cookie(people.dario), cookie(people.marta)

    async def scene():
        topics = {"record": [f"person:{mario.pk}", "person:x", "nothing:1"], "list": ["person", "nothing"]}
        async with opened(dario, **topics) as foreign, opened(marta, **topics) as outsider:
            await does(act, people, "person.update", {"city": "Roma"}, target=mario.pk)
            # Dario may see people, but not this one: he learns that the list changed and nothing else.
            assert await foreign.hear() == ("list", {"module": "person"})
            assert await foreign.hear(0.5) is None
            assert await outsider.hear(0.5) is None

    play(scene())


def test_a_page_hears_what_changed_while_it_was_drawn(people):
    carla = cookie(people.carla)

    async def scene():
        async with opened(carla, list="person") as page:
            await does(act, people, "person.create", {"last_name": "Rossi"})
            assert await page.hear() == ("list", {"module": "person"})
            for age, heard in (("5.0", ("list", {"module": "person"})), ("0", None), ("x", None)):
                async with opened(carla, drain=False, list="person", age=age) as late:
                    assert await late.hear() == ("notice", {"count": 0, "text": ""})
                    assert await late.hear(0.5) == heard

    play(scene())


def test_a_notice_reaches_its_person_and_nobody_else(people):
    carla, dario = cookie(people.carla), cookie(people.dario)

    async def scene():
        async with opened(carla) as hers, opened(dario) as his:
            await does(notify, [people.carla], "Ciao")
            assert await hers.hear() == ("notice", {"count": 1, "text": "Ciao"})
            assert await his.hear(0.5) is None

    play(scene())


def test_what_is_rolled_back_is_not_told(people):
    carla = cookie(people.carla)

    async def scene():
        async with opened(carla, list="person") as page:
            await does(_fails, people)
            assert await page.hear(0.5) is None

    play(scene())


def _fails(people: Any) -> None:
    from django.db import transaction

    with contextlib.suppress(RuntimeError), transaction.atomic():
        run("person.create", {"last_name": "Nessuno"}, people.ctx("carla"))
        raise RuntimeError


def test_nobody_signed_in_is_told_not_to_come_back(people):
    async def scene():
        async with opened(f"{settings.SESSION_COOKIE_NAME}=forged") as page:
            assert page.status == 204

    play(scene())


def test_the_hub_listens_again_after_the_connection_broke_and_everything_looks_anew(people):
    carla = cookie(people.carla)

    async def scene():
        async with opened(carla, list="person") as page:
            await does(_break_listeners)
            assert await page.hear() == ("list", {"module": "person"})
            await does(act, people, "person.create", {"last_name": "Dopo"})
            assert await page.hear() == ("list", {"module": "person"})

    play(scene())


def _break_listeners() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN %%' AND pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_page_that_lags_too_far_behind_is_ended(people):
    carla = cookie(people.carla)

    async def scene():
        async with opened(carla, list="person") as page:
            (reader,) = application.hub()._readers
            for _ in range(hub.BACKLOG + 1):
                reader.all_anew()
            async with asyncio.timeout(SOON):
                while (await page.sent.get()).get("more_body", True):
                    pass

    play(scene())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def server(people):
    """The real web server on the tests' database."""
    port = _free_port()
    command = ["-m", "granian", "--interface", "asgi", "--port", str(port), "--workers", "1"]
    process = processes.start(*command, "anello.config.asgi:application", PORT="8000")
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{base}/healthz")
                break
            time.sleep(0.1)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(10)


def test_forty_open_pages_hold_one_connection_and_no_threads(people, server):
    """Through granian: every page hears the change; neither threads nor database connections grow with them."""
    base, pid = server
    headers = {"cookie": cookie(people.carla)}
    pages = 40

    async def scene():
        limits = httpx.Limits(max_connections=pages + 5)
        async with httpx.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=30) as browser:
            url = f"{application.PATH}?list=person"
            async with contextlib.AsyncExitStack() as stack:
                first = await stack.enter_async_context(browser.stream("GET", url))
                await asyncio.sleep(1)
                threads, connected = _threads(pid), await does(_connections)
                more = [await stack.enter_async_context(browser.stream("GET", url)) for _ in range(pages - 1)]
                await asyncio.sleep(1)
                assert _threads(pid) <= threads + 3
                assert await does(_connections) <= connected + 1
                await does(act, people, "person.create", {"last_name": "Rossi"})
                async with asyncio.timeout(10):
                    await asyncio.gather(*(_hears(page, "event: list") for page in [first, *more]))

    asyncio.run(scene())


async def _hears(page: httpx.Response, line: str) -> None:
    async for told in page.aiter_lines():
        if told == line:
            return


def _threads(pid: int) -> int:
    """Threads of the server's processes."""
    server = psutil.Process(pid)
    return sum(process.num_threads() for process in [server, *server.children()])


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
