"""Fixtures of the whole suite."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.browser.chromium"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: playwright's event loop runs in the main thread until the session ends, in others' way."""
    items.sort(key=lambda item: "chromium" in getattr(item, "fixturenames", ()))


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
