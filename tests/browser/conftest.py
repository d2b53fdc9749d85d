"""One running Anello for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import missing
from tests.browser.house import House, opened


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The company of `company.py`, served by real processes."""
    if reason := missing():
        pytest.skip(reason)
    with opened() as house:
        yield house
