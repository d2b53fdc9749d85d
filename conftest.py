"""Fixtures of the whole suite."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.browser.chromium"]


@pytest.fixture
def cast(db):
    from tests.cast import create_cast

    return create_cast()
