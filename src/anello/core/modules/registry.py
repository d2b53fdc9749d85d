"""All Modules by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models

from anello.core.modules.fields import Link, Ref
from anello.core.modules.spec import Module

_modules: dict[str, Module] = {}
_slugs: dict[str, Module] = {}
_models: dict[type[models.Model], Module] = {}
_instead: ContextVar[Mapping[str, Module] | None] = ContextVar("instead", default=None)


def register(module: Module) -> Module:
    """Make a Module known; its name, slug and model must be free."""
    if module.name in _modules or module.slug in _slugs or module.model in _models:
        raise ValueError(f"module {module.name} (/{module.slug}/) is registered twice")
    _modules[module.name] = _slugs[module.slug] = _models[module.model] = module
    return module


def withdraw(module: Module) -> None:
    """Make a Module unknown."""
    del _modules[module.name], _slugs[module.slug], _models[module.model]


@contextmanager
def instead(modules: Mapping[str, Module] | None) -> Iterator[None]:
    """Within, there are these modules and no others, for this thread or task alone; None: those that all know."""
    token = _instead.set(modules)
    try:
        yield
    finally:
        _instead.reset(token)


def _known() -> Mapping[str, Module]:
    instead = _instead.get()
    return _modules if instead is None else instead


def get(name: str) -> Module:
    """The Module of that name; KeyError if there is none."""
    return _known()[name]


def by_slug(slug: str) -> Module | None:
    return _slugs.get(slug)


def by_model(model: type[models.Model]) -> Module:
    return _models[model]


def names() -> frozenset[str]:
    return frozenset(_known())


def all_modules() -> list[Module]:
    return list(_known().values())


def incoming(module: Module) -> Iterator[tuple[Module, Link]]:
    """Every (module, link) that points here, owners and authors aside."""
    for other in all_modules():
        for f in other.fields:
            if (
                isinstance(f, Link)
                and f.to == module.name
                and f.name not in {"owner", "team", "created_by", "updated_by"}
            ):
                yield other, f


def pointing(module: Module) -> list[tuple[Module, Link | Ref]]:
    """Every (module, field) that can point here: links, and references to any of several modules."""
    refs = ((other, f) for other in all_modules() for f in other.fields if isinstance(f, Ref))
    return [*incoming(module), *((other, f) for other, f in refs if not f.modules or module.name in f.modules)]
