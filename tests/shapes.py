"""The shape of the modules ends with the test that changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from anello.core.actions import Context, Invalid, run
from anello.core.modules import get
from anello.core.modules.registry import withdraw
from anello.core.studio import plans, shape


@pytest.fixture(autouse=True)
def _as_the_code_says() -> Iterator[None]:
    """After the test, whose columns are gone, modules and models are again what the code says."""
    yield
    if shape._known:
        forget_addresses()
    for name in [*shape._made]:
        model = get(name).model
        withdraw(get(name))
        del apps.all_models[model._meta.app_label][model._meta.model_name]
    if shape._made:
        apps.clear_cache()
    shape._made.clear()
    for name in [*shape._code]:
        module = get(name)
        for column in [f for f in module.model._meta.local_fields if f.name.startswith("x_")]:
            module.model._meta.local_fields.remove(column)
            for attribute in {column.attname, column.name}:
                delattr(module.model, attribute)
        shape.forget_cached(module.model)
        module.__dict__ = shape._code.pop(name)
        for f in module.fields:
            f.module = module
    shape._seen.clear()
    shape._known = 0
    plans.forget()


def forget_addresses() -> None:
    """The API keeps those of a version, and the next test counts from the beginning."""
    from anello.core.api import urls

    urls._own.cache_clear()
    urls._described.cache_clear()


@pytest.fixture
def studio(db) -> Callable[[], None]:
    """Brings this process to what the test did, as its next request would."""
    return lambda: shape.follow(shape.version())


@pytest.fixture
def lasting(transactional_db, studio) -> Iterator[Callable[[], None]]:
    """`studio` for tests whose transactions end: afterwards the tables are again what the code says."""
    yield studio
    drop_all()


def drop_all() -> None:
    """Drop every table and column of administrators: where transactions end, the tables are what the code says again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = current_schema() AND starts_with(table_name, 'x_')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'DROP TABLE "{table}" CASCADE')
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND starts_with(column_name, 'x_')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')


def fresh(record: Any) -> Any:
    """The record as it is stored by now."""
    return type(record)._base_manager.get(pk=record.pk)


def refused(name: str, values: dict[str, Any], ctx: Context, target: Any = None) -> dict[str, list[str]]:
    """{field: messages} with which the action is refused."""
    with pytest.raises(Invalid) as error:
        run(name, values, ctx, target=target)
    return error.value.errors
