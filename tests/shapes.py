"""The shape of the modules after a test that changed it: what the code says, and models without the added columns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def studio(db) -> Iterator[object]:
    """`studio.follow()` brings this process to what the test did, as the next request would."""
    from anello.core.modules import get
    from anello.core.studio import shape

    class Studio:
        def follow(self) -> None:
            shape.follow(shape.version())

    before = {name: get(name).model for name in [m.name for m in shape.open_modules()]}
    yield Studio()
    for name, model in before.items():
        added = [f for f in model._meta.local_fields if f.name.startswith("x_")]
        for column in added:
            model._meta.local_fields.remove(column)
            delattr(model, column.attname)
            if column.attname != column.name:
                delattr(model, column.name)
        if added:
            shape.forget_cached(model)
        if name in shape._code:
            get(name).__dict__ = shape._code.pop(name)
            for f in get(name).fields:
                f.module = get(name)
    shape._seen.clear()
    shape._known = 0
