"""What the tests of screens share: clients signed in as the cast, parts as htmx asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from anello.core.actions import run

PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def enter(cast: Any) -> Callable[[str], Client]:
    """`enter("carla")` is a browser in which Carla is signed in."""

    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return signed_in


def toasts(answer: Any) -> list[dict[str, str]]:
    """The messages an htmx answer carries."""
    found: list[dict[str, str]] = (
        json.loads(answer.headers.get("HX-Trigger", "{}")).get("toast", {}).get("messages", [])
    )
    return found


def place(answer: Any) -> str:
    """Where an htmx answer sends the browser."""
    return str(json.loads(answer.headers["HX-Location"])["path"])


@pytest.fixture
def as_() -> Callable[[Any], Client]:
    """`as_(user)` is a browser in which that person is signed in."""

    def signed_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def mario(cast: Any) -> Any:
    """A person of Carla's."""
    values = {"first_name": "Mario", "last_name": "Rossi", "city": "Milano", "email": "mario@rossi.example"}
    return run("person.create", values, cast.ctx("carla"))
