"""What the tests of administrators' fields share."""

from __future__ import annotations

import pytest
from django.db import connection

from anello.core.actions import Context, run
from anello.core.studio.jobs import refill


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
