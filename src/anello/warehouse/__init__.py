"""The warehouse: what happened, kept for figures and decisions. DuckDB behind a handful of functions.

Nothing here is imported before it is used: a web process that never opens a report never loads DuckDB.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anello.warehouse.hooks import Load, after_load
    from anello.warehouse.loading import load, rebuild
    from anello.warehouse.reading import connect, sql
    from anello.warehouse.translation import translate

__all__ = ["Load", "after_load", "connect", "load", "rebuild", "sql", "translate"]

_HOMES = {
    "Load": "hooks",
    "after_load": "hooks",
    "connect": "reading",
    "load": "loading",
    "rebuild": "loading",
    "sql": "reading",
    "translate": "translation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"anello.warehouse.{_HOMES[name]}"), name)
