"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import settings

pytest_plugins = ["tests.browser.chromium", "tests.installation", "tests.shapes"]
settings.register_profile("anello", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("anello")


@pytest.fixture(autouse=True)
def _no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("django_db")
    real = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not real and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from tests.jobs import forget_jobs
    from tests.processes import end_sessions

    end_sessions()
    forget_jobs()


@pytest.fixture(autouse=True)
def _language_of_the_house() -> None:
    """Requests leave the language of their reader behind in the thread; the next test begins in the installation's."""
    translation.deactivate()


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
