"""What the tests of what administrators shape share."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from anello.core.actions import Context, run
from anello.core.studio.jobs import refill
from anello.core.studio.models import Layout


@pytest.fixture
def anna(cast):
    return Context.of(cast.anna, elevated=True)


@pytest.fixture
def add(anna, studio):
    """Adds a field to a module, brings this process along and has the jobs done."""

    def add(module="person", kind="text", label="Hobby", **more):
        connection.check_constraints()  # as at the end of the transactions that made the records there are
        made = run(
            "custom_field.create", {"module": module, "kind": kind, "label_it": label, "label_en": label, **more}, anna
        )
        studio()
        refill()
        made.refresh_from_db()
        return made

    return add


@pytest.fixture
def arrange(anna, studio):
    """Makes a layout, and brings this process along."""

    def arrange(module: str, part: str, role: str = "", **content: Any) -> Layout:
        given = {"module": module, "part": part, "role": role, "content": content}
        made = run("layout.create", given, anna)
        studio()
        return made

    return arrange


@pytest.fixture
def enter(cast):
    """A client of somebody who has signed in, on request with an administrator's rights."""

    def enter(name: str, *, elevated: bool = False) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        if elevated:
            assert client.post("/elevate/", {"password": "anello-demo"}).status_code == 302
        return client

    return enter


@pytest.fixture
def lead(cast):
    given = {"first_name": "Ada", "last_name": "Rossi", "company": "Acme", "email": "ada@example.com", "value": "900"}
    return run("lead.create", given, cast.ctx("carla"))
