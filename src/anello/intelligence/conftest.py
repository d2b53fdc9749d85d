"""Fixtures of intelligence."""

from __future__ import annotations

import pytest


@pytest.fixture
def marts(monkeypatch):
    """A warehouse of the test's own in memory, whose marts take rows directly (`tests/marts.py`)."""
    from tests.marts import Marts

    return Marts(monkeypatch)
