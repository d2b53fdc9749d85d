"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.browser.chromium"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process of the run opens the house and does all that visit it."""
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("house"))


@pytest.fixture(autouse=True)
def _no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Flushing knows nothing of the jobs' tables: what a test with real transactions enqueued would wait for others."""
    marker = request.node.get_closest_marker("django_db")
    real = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not real and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def cast(db):
    from tests.cast import create_cast

    return create_cast()


@pytest.fixture
def warehouse(settings, tmp_path):
    """A warehouse of the test's own, empty until it says `warehouse.load()`."""
    from anello import warehouse

    settings.WAREHOUSE_ROOT = tmp_path / "warehouse"
    return warehouse
