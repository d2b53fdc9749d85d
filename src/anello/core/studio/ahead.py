"""A gesture that shapes several things at once: within it, the modules are what its transaction has made of them.

A solution brings a module, its fields and a formula over them, and each of these is asked of the modules there are. So
the gesture looks ahead: by itself, without a model or a table of this process being any different for the others.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from anello.core.modules import Field, Module, all_modules
from anello.core.modules.registry import instead
from anello.core.studio import ddl, shape
from anello.core.studio.kinds import field_apart
from anello.core.studio.made import apart, spec_of
from anello.core.studio.models import CustomField
from anello.core.studio.plans import plan

Step = Callable[[], AbstractContextManager[None]]


@contextmanager
def ahead() -> Iterator[Step]:
    """Within a transaction: after each step that does not fail, the modules are as they will be.

    Tables change at its end, all in one go, so that nobody waits for them while the rest is done; if it fails, they do
    not change at all.
    """
    ddl.alone()
    shape.follow(shape.version())
    plan()  # of the shape that everybody knows: it is kept
    modules: dict[str, Module] = {}
    look = _looking(modules)

    @contextmanager
    def step() -> Iterator[None]:
        with ddl.together():
            yield
        look()

    look()
    with instead(modules), ddl.together():
        yield step


def _looking(modules: dict[str, Module]) -> Callable[[], None]:
    """What makes these modules those of the transaction, whenever it is called."""
    apps = apart()
    fields: dict[tuple[int, int], Field] = {}
    seen: list[int] = []

    def field_of(row: CustomField) -> Field:
        return fields.setdefault((row.pk, row.version), field_apart(row))

    def look() -> None:
        version = shape.version()
        if seen == [version]:
            return
        seen[:] = [version]
        with instead(None):
            now = shape.said()
            living = {module.name: module for module in all_modules()}
        gone = shape.own() - now.modules.keys()
        modules.clear()
        modules.update((name, module) for name, module in living.items() if name not in gone)
        with instead(modules):
            for name, row in now.modules.items():
                if name not in modules:
                    modules[name] = spec_of(row, [], apps, field_of)
            for name in modules:
                if not shape.is_as(name, now):
                    code = shape.code_of(name)
                    own = {**code, "fields": [copy.copy(f) for f in code["fields"]]}  # each is of one module
                    modules[name] = now.module(name, own, apps, field_of)

    return look
