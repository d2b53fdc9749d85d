"""Every address of the product against nonsense, swept over the resolver and the module registry.

Which parameters a view reads is learnt by watching it read them, so a new view is covered the moment it exists.
"""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import transaction
from django.http import HttpResponseBase, QueryDict
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from anello.core.actions import registered
from anello.core.modules import Module, all_modules
from anello.core.policies import SYSTEM
from anello.core.ui.shell.widgets import offered
from anello.operations.sales.defaults import ensure_defaults
from tests.samples import sample

pytestmark = pytest.mark.django_db

PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://["}
NONSENSE = [
    "",
    "\x00",
    "9" * 5000,
    "-1",
    "0",
    "NaN",
    "1e999999",
    str(2**63),
    "٣",
    "²",
    "<script>alert(1)</script>\u202e😀",
    '{"all": [{"field": "owner", "op": "is", "value": {}}]}',
    '{"field": "owner", "op": "is", "value": "' + "9" * 5000 + '"}',
    "[[[]]]",
    "0000-00-00T99:99",
    "http://[",
    "../../etc/passwd",
    "true",
    "2026-11-22T10:00",
]
"""What no form sends: each value goes to all the parameters of a view at once."""
METHODS = ("GET", "POST")
PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?P<regex>[^)]*)\)")


@dataclass(frozen=True)
class Address:
    """One path of the resolver with its places filled."""

    route: str
    path: str
    module: Module | None = None

    @property
    def public(self) -> bool:
        """Those that ask who it is in their own way, or ask nobody."""
        return self.route.lstrip("^").startswith(
            ("accounts/", "oauth/", "design/", "calendar/feed/<", "calendar/answer/", "mail/")
        )


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item, route)
        else:
            yield route, item


def _words(route: str, name: str, regex: str | None, module: Module | None, pk: int) -> list[str]:
    """What may stand in one place of an address."""
    if regex and "|" in regex:
        return regex.split("|")
    if name in ("pk", "merge"):
        return [str(pk)]
    if name == "batch":
        return [str(uuid.uuid4())]
    if "edit/<str:name>" in route and module:
        kinds = {f.kind: name for name, f in module.inputs.items()}
        return [*kinds.values(), "title"]
    if "do/<str:name>" in route and module:
        return [a.name for a in registered(module.name)] or ["x"]
    if route.startswith("home/"):
        return [*(w.name for w in offered(SYSTEM)), "x"]
    if route.startswith("lookup/"):
        return [*(m.name for m in all_modules()), "any", "x"]
    return ["x", "%00", str(pk)]


def _is_route(route: str, path: str) -> bool:
    try:
        return resolve("/" + unquote(path)).route == route
    except Resolver404:
        return False


def _addresses(ids: dict[str, int]) -> Iterator[Address]:
    for route, _pattern in _patterns(get_resolver()):
        if route.startswith("api/"):
            continue
        bare = route.replace("^", "").replace("$", "")
        places = [(m["name"] or m["group"], m["regex"]) for m in PLACE.finditer(bare)]
        slugs = next((r.split("|") if r else None for n, r in places if n == "slug"), [])
        modules: list[Module | None] = [None]
        if slugs != []:
            modules = [m for m in all_modules() if slugs is None or m.slug in slugs]
        for module in modules:
            pk = ids[module.name] if module else 1
            rest = [_words(bare, n, r, module, pk) for n, r in places if n != "slug"]
            for words in itertools.product(*rest):
                values = iter(words)
                path = PLACE.sub(
                    lambda m, module=module, values=values: (
                        module.slug if module and "slug" in (m["name"], m["group"]) else next(values)
                    ),
                    bare,
                )
                # Some words fit the place and not its pattern.
                if _is_route(route, path):
                    yield Address(route, "/" + path, module)


@pytest.fixture
def addresses(cast) -> list[Address]:
    ensure_defaults()
    ids = {}
    for module in all_modules():
        stored = module.model._default_manager.first() or (sample(module, cast.carla) if module.is_record else None)
        ids[module.name] = stored.pk if stored else 1
    return list(_addresses(ids))


@pytest.fixture
def gates(addresses) -> list[Address]:
    """One address of each view and module: who is let in does not depend on the other words of it."""
    return list({(a.route, a.module): a for a in reversed(addresses)}.values())


class Browser:
    """Sends requests that leave no trace, and learns which parameters views read."""

    def __init__(self, user: Any = None, **options: Any) -> None:
        self.client = Client(raise_request_exception=False, **options)
        if user is not None:
            self.client.force_login(user)
            session = self.client.session
            session["elevated_until"] = time.time() + 3600
            session.save()
        self.cookies = self.client.cookies.copy()

    def send(
        self, method: str, address: Address, values: dict[str, Any] | None = None, headers: Any = None
    ) -> HttpResponseBase:
        self.client.cookies = self.cookies.copy()  # whatever signed the person out before
        with transaction.atomic():
            answer = self.client.generic(
                method, address.path, **_body(method, values or {}), headers=PART if headers is None else headers
            )
            transaction.set_rollback(True)
        return answer


def _body(method: str, values: dict[str, Any]) -> dict[str, Any]:
    query = QueryDict(mutable=True)
    query.update(values)
    if method == "GET":
        return {"QUERY_STRING": query.urlencode()}
    return {"data": query.urlencode(), "content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def learnt(monkeypatch) -> set[str]:
    """The names that views look up in what a request carries."""
    names: set[str] = set()

    def watch(method: str) -> None:
        original = getattr(QueryDict, method)

        def watched(self: QueryDict, key: str, *args: Any) -> Any:
            names.add(key)
            return original(self, key, *args)

        monkeypatch.setattr(QueryDict, method, watched)

    for method in ("__getitem__", "__contains__", "get", "getlist"):
        watch(method)
    return names


def test_no_nonsense_makes_a_server_error(cast, addresses, learnt):
    """Each address gets another value of `NONSENSE` for all the parameters its view was seen to read."""
    browser, values, broken = Browser(cast.anna), itertools.cycle(NONSENSE), []
    known: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for address in addresses:
        for method in METHODS:
            names = known[address.route, method]
            if not names:
                learnt.clear()
                browser.send(method, address)
                names |= learnt - {"csrfmiddlewaretoken"} | {"x"}
            value = next(values)
            given = dict.fromkeys([*names, *(address.module.inputs if address.module else ())], value)
            answer = browser.send(method, address, given)
            if answer.status_code >= 500:
                broken.append(f"{method} {address.path} with {value[:40]!r}: {answer.status_code}")
    assert not broken, "\n".join(broken)


def test_nothing_is_written_without_the_token_of_the_form(cast, gates):
    browser = Browser(cast.anna, enforce_csrf_checks=True)
    answers = {a.path: browser.send("POST", a).status_code for a in gates}
    # OAuth2 clients send their secret with each request, and no cookie; so does a mail program that unsubscribes
    # somebody in one click (RFC 8058), by a signed address.
    unsigned = [path for path in answers if path.startswith("/mail/unsubscribe/")]
    assert {path: status for path, status in answers.items() if status not in (403, 405)} == {
        "/oauth/token": 400,
        "/oauth/revoke": 400,
        **dict.fromkeys(unsigned, 404),
    }


def test_strangers_are_sent_to_sign_in(gates):
    browser = Browser()
    inside = [a for a in gates if not a.public]
    answers = {(m, a.path): browser.send(m, a, headers={}) for a in inside for m in METHODS}
    holes = [key for key, one in answers.items() if not one.headers.get("Location", "").startswith("/accounts/login/")]
    assert not holes


def test_an_outsider_finds_no_module(cast, gates):
    browser = Browser(cast.marta)
    inside = [a for a in gates if a.module is not None]
    holes = [
        (method, a.path, status)
        for a in inside
        for method in METHODS
        if (status := browser.send(method, a).status_code) not in (404, 405)
    ]
    assert not holes


def test_negative_control_the_sweep_notices_a_view_that_breaks(cast, addresses, learnt, monkeypatch):
    def breaks(source: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("anello.core.ui.lists.views.read", breaks)
    page = next(a for a in addresses if a.path == "/people/")
    assert Browser(cast.anna).send("GET", page).status_code == 500
