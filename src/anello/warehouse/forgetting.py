"""Forgetting a person: the landing is rewritten, and the warehouse made again from it.

The CRM has forgotten already (`customers.privacy`): what stands there now is what may stand here. Of older images only
what says nothing about who it was is kept, so that figures about the past stay the same; purchases of outside sources
stay too, of a person without a name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection

from anello.core.modules import Boolean, Choice, DateTime, Integer, Link, get
from anello.core.modules import fields as kinds
from anello.core.modules.models import Record
from anello.warehouse import building, landing, tombstones
from anello.warehouse.datasets import Dataset, datasets
from anello.warehouse.engine import literal, open_database, quote
from anello.warehouse.landing import File, Manifest
from anello.warehouse.loading import at_work
from anello.warehouse.outside import COLUMN_OF, TABLE

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger(__name__)

_TEXTS = ("VARCHAR", "JSON", "VARCHAR[]")
_PLAIN = (Boolean, DateTime, Integer, Link, kinds.Decimal)
PERSON = "customers_person"
_OWN = frozenset(f.column for f in Record._meta.concrete_fields)
"""The columns of every record: none of them leads to a person."""


def telling(dataset: Dataset) -> frozenset[str]:
    """The columns that may say who somebody is: texts, tags, addresses, numbers to call, dates of birth."""
    found = {column.name for column in dataset.columns if column.type in _TEXTS}
    for f in dataset.module.fields if dataset.module else ():
        if type(f) is Choice or isinstance(f, _PLAIN):
            found -= {f.attribute}
        if isinstance(f, kinds.Date) and dataset.table == PERSON:
            found.add(f.attribute)
    return frozenset(name for name in found if not name.endswith("_module"))


def orphaned(columns: Mapping[str, str], dataset: Dataset | None) -> frozenset[str]:
    """The landed columns that the CRM does not have any more, and that may have said who somebody is."""
    kinds_ = (*_TEXTS, "DATE") if dataset is None or dataset.table == PERSON else _TEXTS
    known = dataset.types if dataset else {}
    return frozenset(name for name, kind in columns.items() if kind in kinds_ and name not in known)


def forget(people: Sequence[int]) -> None:
    """Take out of the landing what says who these people were; then everything is made again."""
    with at_work() as folder:
        started = time.monotonic()
        known = landing.manifests()
        landing.tidy(known)
        work = _Forgetting(folder, known)
        try:
            changed = work.run(people)
        finally:
            work.duck.close()
        for manifest in changed:
            landing.commit(manifest)
        known = landing.manifests()
        landing.tidy(known)
        if known:
            building.build(folder, known, anew=True, alone=True)
    log.info("warehouse_forgot", people=len(people), loads=len(changed), seconds=round(time.monotonic() - started, 2))


class _Forgetting:
    def __init__(self, folder: Path, known: Sequence[Manifest]) -> None:
        self.duck: duckdb.DuckDBPyConnection = open_database(":memory:", scratch=folder)
        self.known = known

    def run(self, people: Sequence[int]) -> list[Manifest]:
        """New versions of the manifests whose files hold something about these people."""
        families = {person: self._family(person) for person in people}
        everybody = sorted({pk for family in families.values() for pk in family})
        tombstones.add({person: self._keys(family) for person, family in families.items()})
        bought = self._purchases()
        self.duck.execute("CREATE TABLE named (module VARCHAR, id BIGINT)")
        tables = datasets()
        landed = {f.dataset for m in self.known if m.source == "crm" for f in m.files} - {"event"}
        rows = {name: self._rows(name, tables.get(name), everybody) for name in sorted(landed)}
        rows |= {name: sorted({*ids, *self._below(tables.get(name), rows)}) for name, ids in rows.items()}
        for name, ids in rows.items():
            if ids and name in tables:
                self.duck.execute("INSERT INTO named SELECT ?, unnest(?)", [tables[name].name, ids])
        self._log()
        changed = []
        for manifest in self.known:
            files = []
            for one in manifest.files:
                if one.dataset == "event":
                    files.append(self._rewritten(one, _EVENTS, "(module, record_id) IN (SELECT module, id FROM named)"))
                elif one.path in bought:
                    here = literal(landing.landing() / one.path)
                    kept = f"SELECT * EXCLUDE filename FROM {bought[one.path]} WHERE filename = {here}"
                    files.append(self._next(one, kept))
                elif rows.get(one.dataset):
                    files.append(self._images(tables.get(one.dataset), one, rows[one.dataset]))
                else:
                    files.append(one)
            if files != list(manifest.files):
                changed.append(replace(manifest, files=tuple(files)))
        return changed

    def _family(self, person: int) -> list[int]:
        """The person and all that were merged into them."""
        model, found, rest = get("person").model, {person}, {person}
        while rest:
            rest = set(model._base_manager.filter(merged_into__in=rest).values_list("pk", flat=True)) - found
            found |= rest
        return sorted(found)

    def _keys(self, family: list[int]) -> set[tombstones.Key]:
        """What outside sources may have known these people by, ever."""
        found: set[tombstones.Key] = set()
        if people := self._landed(PERSON):
            for column, type_ in COLUMN_OF.items():
                rows = self.duck.execute(
                    f"SELECT DISTINCT lower({column}) FROM {people} WHERE id IN (SELECT unnest(?))", [family]
                )
                found |= {(type_, value) for (value,) in rows.fetchall() if value}
        if points := self._landed("customers_contactpoint"):
            rows = self.duck.execute(
                f"SELECT DISTINCT kind, lower(value) FROM {points} WHERE person_id IN (SELECT unnest(?))", [family]
            )
            found |= {("email" if kind == "email" else "phone", value) for kind, value in rows.fetchall() if value}
        return found

    def _purchases(self) -> dict[str, str]:
        """{path of a file of an outside source: the table with its rows as they may stay}, of those that change."""
        found: dict[str, str] = {}
        landed = {f.dataset for m in self.known for f in m.files if f.dataset.startswith(f"{TABLE}.") and f.path}
        for number, dataset in enumerate(sorted(landed)):
            table, source = f"bought_{number}", f"{self._landed(dataset)[:-1]}, filename = true)"
            self.duck.execute(f"CREATE TABLE {table} AS FROM {source}")
            tombstones.lay(self.duck, table)
            changed = self.duck.execute(f"SELECT DISTINCT filename FROM (FROM {table} EXCEPT FROM {source})")
            found |= {str(Path(name).relative_to(landing.landing())): table for (name,) in changed.fetchall()}
        return found

    def _landed(self, table: str) -> str:
        """What was landed of a dataset, to be read; empty if nothing was."""
        paths = [
            literal(landing.landing() / f.path) for m in self.known for f in m.files if f.dataset == table and f.path
        ]
        return f"read_parquet([{', '.join(paths)}], union_by_name = true)" if paths else ""

    def _rows(self, table: str, dataset: Dataset | None, people: list[int]) -> list[int]:
        """Ids of the rows that ever were, or pointed to, one of these people."""
        source, known = self._landed(table), dataset.types if dataset else {}
        columns = {
            name: kind
            for m in self.known
            for f in m.files
            if f.dataset == table and f.path
            for name, kind in f.columns.items()
        }
        links = {
            f.column
            for f in (dataset.model._meta.concrete_fields if dataset else ())
            if getattr(f.related_model, "__name__", "") == "Person"
        }
        conditions = ["id IN (SELECT unnest($people))"] if table == PERSON else []
        for name, kind in columns.items():
            to, them = name.removesuffix("_id"), f"{quote(name)} IN (SELECT unnest($people))"
            if to != name and f"{to}_module" in columns:
                conditions.append(f"({quote(f'{to}_module')} = 'person' AND {them})")
            # Where a link led that the CRM does not have any more, nobody can tell: it may have been people.
            elif name in links or (to != name and kind == "BIGINT" and name not in known and name not in _OWN):
                conditions.append(them)
        if not source or not conditions:
            return []
        found = self.duck.execute(
            f"SELECT DISTINCT id FROM {source} WHERE {' OR '.join(conditions)}", {"people": people}
        )
        return [pk for (pk,) in found.fetchall()]

    def _below(self, dataset: Dataset | None, rows: Mapping[str, list[int]]) -> list[int]:
        """Ids of the rows below such rows: they may bear their title."""
        found: list[int] = []
        for parent in dataset.module.parents if dataset and dataset.module else ():
            above = rows.get(get(parent).model._meta.db_table)
            source = self._landed(dataset.table) if dataset else ""
            if above and source and parent not in ("person", "organisation"):
                column = dataset.module.field(parent).attribute  # type: ignore[union-attr]
                here = f"SELECT DISTINCT id FROM {source} WHERE {quote(column)} IN (SELECT unnest($ids))"
                found += [pk for (pk,) in self.duck.execute(here, {"ids": above}).fetchall()]
        return found

    def _log(self) -> None:
        """Table `told`: what the events about these rows say now."""
        self.duck.execute("CREATE TABLE told (id BIGINT, data VARCHAR)")
        rows: list[tuple[Any, ...]] = []
        with connection.cursor() as cursor:
            for module, ids in self.duck.execute("SELECT module, list(id) FROM named GROUP BY module").fetchall():
                cursor.execute(
                    "SELECT id, data::text FROM event WHERE module = %s AND record_id = ANY(%s) AND data <> '{}'",
                    [module, ids],
                )
                rows += cursor.fetchall()
        if rows:
            self.duck.execute(
                "INSERT INTO told SELECT unnest(?), unnest(?)", [[pk for pk, _ in rows], [text for _, text in rows]]
            )

    def _images(self, dataset: Dataset | None, one: File, ids: list[int]) -> File:
        """The file with the telling columns of these rows as the CRM has them now; rows that are gone there go here.

        What the CRM does not have at all any more, a column or the whole table, is emptied.
        """
        empty = {name: f"NULL::{one.columns[name]}" for name in sorted(orphaned(one.columns, dataset))}
        if dataset is None:
            return self._rewritten(one, empty, f"f.id IN ({', '.join(map(str, ids))})")
        now = {column.name: column for column in dataset.columns}
        kept = sorted(telling(dataset) & set(one.columns))
        with connection.cursor() as cursor:
            columns = ", ".join(["id", *(now[name].read for name in kept)])
            cursor.execute(f"SELECT {columns} FROM {quote(dataset.table)} WHERE id = ANY(%s)", [ids])
            rows = cursor.fetchall()
        declared = ", ".join(["id BIGINT", *(f"{quote(name)} VARCHAR" for name in kept)])
        self.duck.execute(f"CREATE OR REPLACE TABLE present ({declared})")
        if rows:
            marks = ", ".join("?" * (len(kept) + 1))
            self.duck.executemany(
                f"INSERT INTO present VALUES ({marks})",
                [
                    [pk, *(None if v is None else v if isinstance(v, str) else _json(v) for v in rest)]
                    for pk, *rest in rows
                ],
            )
        self.duck.execute("CREATE OR REPLACE TABLE affected AS SELECT unnest($ids) AS id", {"ids": ids})
        replaced = {
            name: f"(SELECT CAST({_typed('p.' + quote(name), one.columns[name])} AS {one.columns[name]}) "
            f"FROM present p WHERE p.id = f.id)"
            for name in kept
        }
        gone = "f.id IN (SELECT id FROM affected) AND f.id NOT IN (SELECT id FROM present)"
        return self._rewritten(one, replaced | empty, "f.id IN (SELECT id FROM affected)", gone=gone)

    def _rewritten(self, one: File, replaced: Mapping[str, str], where: str, *, gone: str = "false") -> File:
        if not one.path or not replaced:
            return one
        source = landing.landing() / one.path
        counted = self.duck.execute(f"SELECT count(*) FROM read_parquet({literal(source)}) f WHERE {where}").fetchall()
        if not counted[0][0]:
            return one
        values = ", ".join(
            f"CASE WHEN {where} THEN {value} ELSE f.{quote(name)} END AS {quote(name)}"
            for name, value in replaced.items()
        )
        kept = f"SELECT * REPLACE ({values}) FROM read_parquet({literal(source)}) f WHERE NOT ({gone})"
        return self._next(one, kept)

    def _next(self, one: File, rows: str) -> File:
        """The file's next version, with these rows."""
        target = landing.following(landing.landing() / one.path)
        self.duck.execute(f"COPY ({rows}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
        left = self.duck.execute(f"SELECT count(*) FROM read_parquet({literal(target)})").fetchall()[0][0]
        return replace(one, path=str(target.relative_to(landing.landing())), rows=left, sha256=landing.digest(target))


_EVENTS = {"data": "CAST(coalesce((SELECT t.data FROM told t WHERE t.id = f.id), '{}') AS JSON)"}


def _typed(value: str, kind: str) -> str:
    return f"CAST({value} AS JSON)" if kind.endswith("[]") or kind == "JSON" else value


def _json(value: Any) -> str:
    import json

    return json.dumps(value)
