"""A copy for analysts: nothing in it says who anybody is, and everything still hangs together.

Numbers of people and organisations become keyed hashes, the same in every table; texts, addresses, dates of birth and
names are left out; choices, amounts and dates stay. Who has the key can make the same numbers again, nobody else.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anello.kit.text import L
from anello.warehouse import reading
from anello.warehouse.datasets import Dataset, datasets
from anello.warehouse.engine import literal, open_database, quote
from anello.warehouse.errors import Empty, WarehouseError
from anello.warehouse.forgetting import telling

if TYPE_CHECKING:
    import duckdb

WHOM = ("person", "organisation")
MARTS = {
    "purchase": ["kind", "day", "amount", "margin", "currency", "quantity", "source"],
    "purchase_line": ["kind", "day", "product_id", "product", "quantity", "amount", "margin", "source"],
    "interaction": ["kind", "at", "day", "type", "channel", "direction", "module"],
    "customer": [
        "kind", "source", "created_at", "first_purchase_day", "last_purchase_day", "purchases", "revenue", "margin",
        "last_interaction_at", "phase", "phase_since",
    ],
}  # fmt: skip
"""The columns of marts that say nothing about who; `id` is added as a pseudonym."""
SAID = {"product": "CASE WHEN product_id IS NOT NULL THEN product END AS product"}
"""What somebody typed into a line is no product."""


def copy(out: Path, *, key: str = "") -> int:
    """Write the copy to `out`, which must not exist; returns how many rows it holds.

    Without a key, one is drawn and forgotten. Empty before the first load; WarehouseError when the file is there.
    """
    path = reading.built()
    if path is None:
        raise Empty
    if out.exists():
        raise WarehouseError(
            L(f"{out} esiste già: scegli un altro nome.", f"{out} exists already: choose another name.")
        )
    key = key or secrets.token_hex(32)
    partial = out.with_name(f"{out.name}.partial")
    partial.unlink(missing_ok=True)
    duck = open_database(partial, portable=True)
    try:
        duck.execute(f"ATTACH {literal(path)} AS whole (READ_ONLY)")
        duck.execute("CREATE SCHEMA mart")
        rows = 0
        for dataset in datasets().values():
            rows += _table(
                duck, f"whole.main.{quote(dataset.table)}", f"main.{quote(dataset.table)}", _kept(dataset, key)
            )
        for name, columns in MARTS.items():
            who = f"{_hidden('id', key, 'kind')} AS id"
            kept = [who, *(SAID.get(c, quote(c)) for c in columns)]
            rows += _table(duck, f"whole.mart.{name}", f"mart.{name}", kept)
        duck.execute("DETACH whole")
        duck.execute("CHECKPOINT")
    finally:
        duck.close()
    partial.replace(out)
    return rows


def _table(duck: duckdb.DuckDBPyConnection, source: str, target: str, columns: list[str]) -> int:
    duck.execute(f"CREATE TABLE {target} AS SELECT {', '.join(columns)} FROM {source}")
    return int(duck.execute(f"SELECT count(*) FROM {target}").fetchall()[0][0])


def _kept(dataset: Dataset, key: str) -> list[str]:
    """The columns of a table that may go out, as expressions."""
    modules: dict[Any, str] = {d.model: d.name for d in datasets().values()}
    links = {f.column: modules.get(f.related_model) for f in dataset.model._meta.concrete_fields if f.related_model}
    told, kept = telling(dataset), []
    for column in dataset.columns:
        name = column.name
        to = dataset.name if name == "id" else links.get(name)
        if to in WHOM:
            kept.append(f"{_hidden(name, key, literal(to))} AS {quote(name)}")
        elif name in ("about_id", "record_id") or (name.endswith("_module") and f"{name[:-7]}_id" in dataset.types):
            continue
        elif name not in told:
            kept.append(quote(name))
    return kept


def _hidden(column: str, key: str, kind: str) -> str:
    """A pseudonym: 60 bits of SHA-256 over the key, the kind of customer and its number."""
    digest = f"sha256({literal(key)} || ':' || {kind} || ':' || {quote(column)})"
    return f"CASE WHEN {quote(column)} IS NOT NULL THEN CAST('0x' || left({digest}, 15) AS BIGINT) END"
